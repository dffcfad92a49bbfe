import { useEffect, useState } from 'preact/hooks';
import { Api, SIGN_IN } from '../api';
import { hostOf } from '../format';
import { asProblem, Problem } from '../problem';
import { ProblemBox } from '../ui/basics';

export interface SignInProps {
  notice: Problem | undefined;
  onToken: (token: string) => void;
}

export function SignIn({ notice, onToken }: SignInProps) {
  const [kind, setKind] = useState<'api' | 'setup'>('api');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(notice);
  const [issuer, setIssuer] = useState<string>();

  useEffect(() => {
    // Without an answer there is the token, which will say what is wrong.
    Api.issuer().then(setIssuer, () => {});
  }, []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const field = new FormData(event.currentTarget as HTMLFormElement).get('token');
    const token = typeof field === 'string' ? field.trim() : '';
    if (token === '' || busy) {
      return;
    }
    setBusy(true);
    setProblem(undefined);
    try {
      if (kind === 'setup') {
        onToken((await Api.setup(token)).token);
      } else {
        await new Api(token).whoami();
        onToken(token);
      }
    } catch (thrown) {
      const refused = asProblem(thrown);
      setProblem(
        refused.status === 401
          ? new Problem(401, refused.kind, 'That token was not accepted', refused.detail)
          : refused,
      );
      setBusy(false);
    }
  };

  return (
    <main class="signin">
      <h1>Fleetwright</h1>
      <form class="panel" onSubmit={submit}>
        <h2>Sign in</h2>
        {issuer !== undefined && (
          <>
            <a class="button primary" href={SIGN_IN}>
              Sign in at {hostOf(issuer)}
            </a>
            <p class="quiet small">or with a token</p>
          </>
        )}
        <fieldset class="choices">
          <legend>With</legend>
          {(['api', 'setup'] as const).map((value) => (
            <label key={value}>
              <input type="radio" name="kind" value={value} checked={kind === value} onChange={() => setKind(value)} />
              {value === 'api' ? 'API token' : 'Setup token'}
            </label>
          ))}
        </fieldset>
        <label>
          {kind === 'api' ? 'API token' : 'Setup token'}
          <input type="password" name="token" required autocomplete="off" spellcheck={false} aria-describedby="hint" />
        </label>
        <p id="hint" class="quiet small">
          {kind === 'api'
            ? 'It is kept in this tab only, and forgotten when the tab closes.'
            : 'The controller prints it once, at its first start. It is exchanged for an administrator’s API token.'}
        </p>
        <ProblemBox problem={problem} />
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
