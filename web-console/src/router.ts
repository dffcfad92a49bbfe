/** Every page of the console. */
export type Route =
  | { view: 'overview' }
  | { view: 'nodes' }
  | { view: 'node'; node: string }
  | { view: 'models' }
  | { view: 'model'; model: string }
  | { view: 'rollouts' }
  | { view: 'newRollout'; model?: string; version?: string }
  | { view: 'rollout'; rollout: string }
  | { view: 'jobs' }
  | { view: 'job'; job: string }
  | { view: 'graphs' }
  | { view: 'graph'; job: string }
  | { view: 'streams' }
  | { view: 'stream'; stream: string }
  | { view: 'energy' }
  | { view: 'alerts' }
  | { view: 'enrol' }
  | { view: 'audit' }
  | { view: 'missing'; path: string };

/** Reads the fragment of the address; anything unknown or ill-written is the `missing` page, never a failure. */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#/, '');
  const missing: Route = { view: 'missing', path };
  let parts: string[];
  try {
    parts = path.split('/').filter((text) => text !== '').map(decodeURIComponent);
  } catch {
    return missing;
  }
  const [list, first, second, third] = parts;
  if (list === undefined) {
    return { view: 'overview' };
  }
  if (first === undefined) {
    switch (list) {
      case 'nodes':
      case 'models':
      case 'rollouts':
      case 'jobs':
      case 'streams':
      case 'energy':
      case 'alerts':
      case 'enrol':
      case 'audit':
        return { view: list };
      case 'graph-jobs':
        return { view: 'graphs' };
      default:
        return missing;
    }
  }
  if (list === 'rollouts' && first === 'new' && parts.length <= 4) {
    return { view: 'newRollout', ...(second && { model: second }), ...(third && { version: third }) };
  }
  if (parts.length > 2) {
    return missing;
  }
  switch (list) {
    case 'nodes':
      return { view: 'node', node: first };
    case 'models':
      return { view: 'model', model: first };
    case 'rollouts':
      return { view: 'rollout', rollout: first };
    case 'jobs':
      return { view: 'job', job: first };
    case 'graph-jobs':
      return { view: 'graph', job: first };
    case 'streams':
      return { view: 'stream', stream: first };
    default:
      return missing;
  }
}

/** The address of a page; `parseRoute(href(route))` is the route again. */
export function href(route: Route): string {
  const to = (...parts: (string | undefined)[]) =>
    '#/' + parts.filter((text) => text !== undefined).map((text) => encodeURIComponent(text)).join('/');
  switch (route.view) {
    case 'overview':
      return '#/';
    case 'node':
      return to('nodes', route.node);
    case 'model':
      return to('models', route.model);
    case 'newRollout':
      return to('rollouts', 'new', route.model, route.model === undefined ? undefined : route.version);
    case 'rollout':
      return to('rollouts', route.rollout);
    case 'job':
      return to('jobs', route.job);
    case 'graphs':
      return to('graph-jobs');
    case 'graph':
      return to('graph-jobs', route.job);
    case 'stream':
      return to('streams', route.stream);
    case 'missing':
      return '#' + route.path;
    default:
      return to(route.view);
  }
}

/** True when the browser comes back from the issuer. */
export function cameBack(search: string): boolean {
  return search === '?signed-in';
}

/** The setup token that a printed link carries as `#setup=...`, if any. */
export function setupTokenOf(hash: string): string | undefined {
  const match = /^#setup=(.+)$/.exec(hash);
  if (!match?.[1]) {
    return undefined;
  }
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}
