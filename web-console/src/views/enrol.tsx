import { useEffect, useState } from 'preact/hooks';
import { useConsole, mayChange } from '../context';
import { useAction } from '../hooks';
import { agentUrlOf, installCommands, isLoopback, sha256Of } from '../install';
import { Panel, ProblemBox, When } from '../ui/basics';
import type { EnrolmentToken } from '../wire';

const LIFETIMES: [number, string][] = [
  [15, '15 minutes'],
  [60, '1 hour'],
  [1_440, '1 day'],
  [10_080, '7 days'],
];

export function Enrol() {
  const { api, who } = useConsole();
  const [uses, setUses] = useState(1);
  const [minutes, setMinutes] = useState(60);
  const [token, setToken] = useState<EnrolmentToken>();
  const make = useAction(() => api.enrolmentToken(uses, minutes), setToken);

  if (!mayChange(who)) {
    return (
      <>
        <h1>Enrol</h1>
        <p class="note">A viewer cannot make enrolment tokens. Ask an operator.</p>
      </>
    );
  }
  return (
    <>
      <h1>Enrol</h1>
      <form
        class="panel form"
        onSubmit={(event) => {
          event.preventDefault();
          void make.run();
        }}
      >
        <p>
          A board joins with an enrolment token. The token carries the fingerprint of this controller’s authority, so
          that the agent trusts no other.
        </p>
        <label>
          Boards that may use it
          <input
            type="number"
            min={1}
            max={1000}
            required
            value={uses}
            onInput={(event) => setUses(event.currentTarget.valueAsNumber)}
          />
        </label>
        <label>
          Valid for
          <select value={minutes} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
            {LIFETIMES.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <ProblemBox problem={make.problem} />
        <button type="submit" class="primary" disabled={make.busy}>
          {make.busy ? 'Making…' : 'Make a token'}
        </button>
      </form>
      {token && <Install token={token} />}
    </>
  );
}

function Install({ token }: { token: EnrolmentToken }) {
  const [agentUrl, setAgentUrl] = useState(() => agentUrlOf(location));
  const [sha256, setSha256] = useState<string>();
  const [copied, setCopied] = useState('');

  useEffect(() => {
    const end = new AbortController();
    // Without it the commands fetch the checksum on the board instead.
    fetch('/install/agent.tar.gz.sha256', { signal: end.signal, credentials: 'omit' })
      .then((response) => (response.ok ? response.text() : ''))
      .then((text) => setSha256(sha256Of(text)))
      .catch(() => undefined);
    return () => end.abort();
  }, []);

  const commands = installCommands({ origin: location.origin, agentUrl, token: token.token, sha256 }).join('\n');
  // What was copied were other commands.
  useEffect(() => setCopied(''), [commands]);
  const copy = () =>
    navigator.clipboard
      .writeText(commands)
      .then(() => setCopied('Copied.'))
      .catch(() => setCopied('Copying is not allowed here: select the text instead.'));
  return (
    <Panel title="On the board">
      <p>
        Shown once. For {token.uses === 1 ? 'one board' : `${token.uses} boards`}; expires{' '}
        <When at={token.expiresAt} />.
      </p>
      <label class="field">
        Address that agents use
        <input
          type="url"
          value={agentUrl}
          spellcheck={false}
          onInput={(event) => setAgentUrl(event.currentTarget.value)}
        />
      </label>
      {isLoopback(location.hostname) && (
        <p class="note attention">
          You opened the console as <code>{location.hostname}</code>, which on another board means that board. Open it by
          the controller’s name to get commands for other machines.
        </p>
      )}
      <pre class="commands" tabIndex={0} aria-label="Commands for the board">
        {commands}
      </pre>
      <div class="row">
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <span role="status" class="quiet">
          {copied}
        </span>
      </div>
      <p class="quiet small">The board needs a Java 25 runtime, curl and tar.</p>
    </Panel>
  );
}
