/** Ports of the agents' own HTTPS listener stand this far above the console's, unless set otherwise. */
const AGENT_PORT_OFFSET = 363;
/** The archive unpacks to a folder, which holds the script that starts the agent. */
const SCRIPT = './fleetwright-agent/fleetwright-agent';

/** The agents' address, guessed from the console's; a proxy in between needs its own, so the page lets it be changed. */
export function agentUrlOf(location: { protocol: string; hostname: string; port: string }): string {
  const port = location.port === '' ? (location.protocol === 'https:' ? 443 : 80) : Number(location.port);
  return `https://${location.hostname}:${port + AGENT_PORT_OFFSET}`;
}

/** True for addresses that name the machine itself: another board cannot use them. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}

/** Hex of a checksum file as `sha256sum` writes it, or `undefined` for anything else. */
export function sha256Of(text: string): string | undefined {
  return /^([0-9a-f]{64})\b/.exec(text.trim())?.[1];
}

export interface Install {
  origin: string;
  agentUrl: string;
  token: string;
  /** Known when the console could read it; otherwise the board fetches it. */
  sha256: string | undefined;
}

/** What to type on the board, line by line; each line stops the next when it fails. */
export function installCommands({ origin, agentUrl, token, sha256 }: Install): string[] {
  const archive = `${origin}/install/agent.tar.gz`;
  const check =
    sha256 === undefined
      ? [`curl -fsSLO ${quoted(`${archive}.sha256`)} &&`, 'sha256sum -c agent.tar.gz.sha256 &&']
      : [`echo '${sha256}  agent.tar.gz' | sha256sum -c - &&`];
  return [
    `curl -fsSLO ${quoted(archive)} &&`,
    ...check,
    'tar -xzf agent.tar.gz &&',
    `${SCRIPT} --controller ${quoted(agentUrl)} --token ${quoted(token)} --data ./agent-data`,
  ];
}

/** As one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
