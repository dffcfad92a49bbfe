import { Problem } from './problem';
import type {
  Alert,
  AlertPage,
  AuditEntry,
  DryRun,
  EnergyGroup,
  EnergyUse,
  EnrolmentToken,
  GateTest,
  GraphJob,
  Job,
  Metric,
  Model,
  Node,
  OperatorTimes,
  Overview,
  Page,
  Rollout,
  RolloutRequest,
  Series,
  SetupAnswer,
  Stream,
  StreamPlan,
  StreamWindow,
  Target,
  Wave,
  Who,
  Why,
} from './wire';

const BASE = '/api/v1';
/** The way to the issuer; a link, since the browser goes there. */
export const SIGN_IN = `${BASE}/sign-in/start`;
const TIMEOUT_MILLIS = 15_000;

type Query = Record<string, string | number | undefined>;

/** What a person may tell a rollout to do. */
export type RolloutOrder = 'approve' | 'pause' | 'resume' | 'retry' | 'abort';

export interface Call {
  method?: 'GET' | 'POST';
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** Sends the cookie of a visit to the issuer, and says that a script asks, which gets a status in the place of a redirect. */
  visit?: boolean;
}

export interface PageAsk {
  limit?: number;
  cursor?: string | undefined;
  signal?: AbortSignal;
}

/** `GET /nodes` and its like, one page at a time. */
export type Lister<T> = (ask: PageAsk) => Promise<Page<T>>;

/** The REST contract as methods; every failure is a {@link Problem}, or an AbortError when the caller gave up. */
export class Api {
  constructor(
    readonly token: string,
    /** Told once for every 401 under a token: the session is over. */
    private readonly onUnauthorized: () => void = () => {},
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Exchanges the one-time setup token. */
  static async setup(setupToken: string, send: typeof fetch = (input, init) => fetch(input, init)): Promise<SetupAnswer> {
    return new Api('', undefined, send).call<SetupAnswer>('/setup', { method: 'POST', body: { setupToken } });
  }

  /** Where people may sign in besides by token. */
  static async issuer(send: typeof fetch = (input, init) => fetch(input, init)): Promise<string | undefined> {
    return (await new Api('', undefined, send).get<{ issuer?: string | null }>('/sign-in')).issuer ?? undefined;
  }

  /** Exchanges the visit to the issuer, which the browser has just come back from. */
  static async signIn(send: typeof fetch = (input, init) => fetch(input, init)): Promise<SetupAnswer> {
    return new Api('', undefined, send).call<SetupAnswer>('/sign-in/token', { method: 'POST', visit: true });
  }

  whoami = (signal?: AbortSignal) => this.get<Who>('/whoami', signal);
  overview = (signal?: AbortSignal) => this.get<Overview>('/overview', signal);

  nodes: Lister<Node> = (ask) => this.page('/nodes', ask);
  node = (node: string, signal?: AbortSignal) => this.get<Node>(`/nodes/${part(node)}`, signal);
  operators = (node: string, device: string, slot: string, signal?: AbortSignal) =>
    this.get<OperatorTimes>(`/devices/${part(node)}/${part(device)}/operators/${part(slot)}`, signal);

  models: Lister<Model> = (ask) => this.page('/models', ask);
  model = (model: string, signal?: AbortSignal) => this.get<Model>(`/models/${part(model)}`, signal);

  rollouts: Lister<Rollout> = (ask) => this.page('/rollouts', ask);
  rollout = (id: string, signal?: AbortSignal) => this.get<Rollout>(`/rollouts/${part(id)}`, signal);
  startRollout = (body: RolloutRequest) => this.call<Rollout>('/rollouts', { method: 'POST', body });
  dryRun = (body: RolloutRequest) =>
    this.call<DryRun>('/rollouts', { method: 'POST', query: { dryRun: 'true' }, body });
  orderRollout = (id: string, order: RolloutOrder) =>
    this.call<Rollout>(`/rollouts/${part(id)}/${order}`, { method: 'POST' });
  targets =
    (id: string): Lister<Target> =>
    (ask) =>
      this.page(`/rollouts/${part(id)}/targets`, ask);
  waves = (id: string, signal?: AbortSignal) =>
    this.get<{ items: Wave[] }>(`/rollouts/${part(id)}/waves`, signal).then((answer) => answer.items);
  gates = (id: string, signal?: AbortSignal) =>
    this.get<{ items: GateTest[] }>(`/rollouts/${part(id)}/gates`, signal).then((answer) => answer.items);
  why = (id: string, node: string, device: string, signal?: AbortSignal) =>
    this.get<Why>(`/rollouts/${part(id)}/why/${part(node)}/${part(device)}`, signal);

  jobs: Lister<Job> = (ask) => this.page('/jobs', ask);
  job = (id: string, signal?: AbortSignal) => this.get<Job>(`/jobs/${part(id)}`, signal);
  graphs: Lister<GraphJob> = (ask) => this.page('/graph-jobs', ask);
  graph = (id: string, signal?: AbortSignal) => this.get<GraphJob>(`/graph-jobs/${part(id)}`, signal);
  cancelGraph = (id: string) => this.call<GraphJob>(`/graph-jobs/${part(id)}/cancel`, { method: 'POST' });

  streams: Lister<Stream> = (ask) => this.page('/streams', ask);
  stream = (id: string, signal?: AbortSignal) => this.get<Stream>(`/streams/${part(id)}`, signal);
  streamWhy = (id: string, signal?: AbortSignal) => this.get<{ plans: StreamPlan[] }>(`/streams/${part(id)}/why`, signal);
  streamWindows =
    (id: string): Lister<StreamWindow> =>
    (ask) =>
      this.page(`/streams/${part(id)}/windows`, ask);
  stopStream = (id: string) => this.call<Stream>(`/streams/${part(id)}/stop`, { method: 'POST' });

  cancelJob = (id: string) => this.call<Job>(`/jobs/${part(id)}/cancel`, { method: 'POST' });

  enrolmentToken = (uses: number, minutes: number) =>
    this.call<EnrolmentToken>('/enrolment-tokens', { method: 'POST', body: { uses, minutes } });

  series = (node: string, device: string, metric: string, minutes: number, signal?: AbortSignal) =>
    this.call<Series>('/telemetry/series', { query: { node, device, metric, minutes }, ...(signal && { signal }) });
  metrics = (node: string, signal?: AbortSignal) =>
    this.call<Page<Metric>>('/telemetry/metrics', { query: { node }, ...(signal && { signal }) });

  alerts: Lister<Alert> = (ask) => this.page('/alerts', ask);
  alertCounts = (signal?: AbortSignal) =>
    this.call<AlertPage>('/alerts', { query: { limit: 1 }, ...(signal && { signal }) });

  energy = (group: EnergyGroup, minutes: number, signal?: AbortSignal) =>
    this.call<EnergyUse>('/energy', { query: { group, minutes }, ...(signal && { signal }) });

  audit: Lister<AuditEntry> = (ask) => this.page('/audit', ask);

  /** The stream of change hints; the caller reads the body and ends it through the signal. */
  async events(signal: AbortSignal): Promise<Response> {
    const response = await this.raw('/events', { signal }, 'text/event-stream');
    if (!response.ok) {
      throw await this.refused(response);
    }
    return response;
  }

  private get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.call<T>(path, signal ? { signal } : {});
  }

  private page<T>(path: string, ask: PageAsk): Promise<Page<T>> {
    const { limit, cursor, signal } = ask;
    return this.call<Page<T>>(path, { query: { limit, cursor }, ...(signal && { signal }) });
  }

  async call<T>(path: string, call: Call): Promise<T> {
    const timeout = AbortSignal.timeout(TIMEOUT_MILLIS);
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
    const response = await this.raw(path, { ...call, signal }, 'application/json');
    if (!response.ok) {
      throw await this.refused(response);
    }
    try {
      return (await response.json()) as T;
    } catch (thrown) {
      rethrowAbort(thrown, call.signal);
      throw new Problem(response.status, 'http', 'The answer was not JSON', `${BASE}${path}`);
    }
  }

  private async raw(path: string, call: Call, accept: string): Promise<Response> {
    const headers: Record<string, string> = { Accept: accept };
    if (this.token !== '') {
      headers.Authorization = `Bearer ${this.token}`;
    }
    if (call.visit) {
      headers['X-Requested-With'] = 'JavaScript';
    }
    const init: RequestInit = {
      method: call.method ?? 'GET',
      headers,
      cache: 'no-store',
      credentials: call.visit ? 'same-origin' : 'omit',
    };
    if (call.body !== undefined) {
      headers['Content-Type'] = 'application/json';
      init.body = JSON.stringify(call.body);
    }
    if (call.signal) {
      init.signal = call.signal;
    }
    try {
      return await this.send(BASE + path + queryText(call.query), init);
    } catch (thrown) {
      rethrowAbort(thrown, call.signal);
      throw Problem.unreachable(thrown);
    }
  }

  private async refused(response: Response): Promise<Problem> {
    if (response.status === 401 && this.token !== '') {
      this.onUnauthorized();
    }
    return Problem.of(response);
  }
}

/** True for "the caller gave up", which is no failure and is never shown. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}

function rethrowAbort(thrown: unknown, signal: AbortSignal | undefined): void {
  if (isAbort(thrown) && signal?.aborted) {
    throw thrown;
  }
}

function part(id: string): string {
  return encodeURIComponent(id);
}

function queryText(query: Query | undefined): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) {
      pairs.set(name, String(value));
    }
  }
  const text = pairs.toString();
  return text === '' ? '' : `?${text}`;
}
