import { describe, expect, it } from 'vitest';
import { Api } from '../src/api';
import { Problem } from '../src/problem';

type Answer = () => Response | Promise<Response>;

function api(answer: Answer, token = 't-1') {
  const requests: { url: string; init: RequestInit }[] = [];
  let ended = 0;
  const send: typeof fetch = async (input, init) => {
    requests.push({ url: String(input), init: init ?? {} });
    return answer();
  };
  return { api: new Api(token, () => ended++, send), requests, ended: () => ended, send };
}

const json = (status: number, body: unknown, type = 'application/json') =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers: { 'content-type': type } });

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const thrown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(Problem);
  return thrown as Problem;
}

describe('api', () => {
  it('sends the token as a bearer, and no cookies', async () => {
    const { api: client, requests } = api(() => json(200, { tenant: 'a', name: 'b', role: 'admin' }));
    await client.whoami();
    expect(requests[0]?.url).toBe('/api/v1/whoami');
    expect(requests[0]?.init.headers).toMatchObject({ Authorization: 'Bearer t-1' });
    expect(requests[0]?.init.credentials).toBe('omit');
  });

  it('exchanges the setup token without a bearer', async () => {
    const { requests, send } = api(() => json(200, { token: 'x', name: 'admin', role: 'admin' }));
    expect((await Api.setup('s-1', send)).token).toBe('x');
    expect(requests[0]?.url).toBe('/api/v1/setup');
    expect(requests[0]?.init.headers).not.toHaveProperty('Authorization');
    expect(requests[0]?.init.body).toBe('{"setupToken":"s-1"}');
  });

  it('escapes names in paths and queries', async () => {
    const { api: client, requests } = api(() => json(200, { items: [] }));
    await client.node('a/b ?');
    await client.series('n&1', 'cpu0', 'inference.latency', 60);
    await client.nodes({ limit: 50 });
    expect(requests.map((request) => request.url)).toEqual([
      '/api/v1/nodes/a%2Fb%20%3F',
      '/api/v1/telemetry/series?node=n%261&device=cpu0&metric=inference.latency&minutes=60',
      '/api/v1/nodes?limit=50',
    ]);
  });

  it('reads problem+json', async () => {
    const body = { type: 'urn:fleetwright:problem:no-target', title: 'Nothing matches', status: 422, detail: 'No gpu.' };
    const { api: client, ended } = api(() => json(422, body, 'application/problem+json; charset=utf-8'));
    const problem = await problemOf(client.overview());
    expect(problem).toMatchObject({ status: 422, kind: 'no-target', title: 'Nothing matches', detail: 'No gpu.' });
    expect(ended()).toBe(0);
  });

  it('makes do with what a proxy answers', async () => {
    for (const answer of [
      () => json(502, '<h1>Bad gateway</h1>', 'text/html'),
      () => json(502, '{"type":', 'application/problem+json'),
      () => json(502, '[null]', 'application/json'),
      () => json(502, 'null', 'application/json'),
      () => json(502, { type: 7, title: [], detail: {} }),
      () => new Response(null, { status: 502 }),
    ]) {
      expect(await problemOf(api(answer).api.overview())).toMatchObject({
        status: 502,
        kind: 'http',
        title: 'The controller answered 502',
        detail: '',
      });
    }
  });

  it('ends the session at 401, but not for a setup token that was refused', async () => {
    const refused = () => json(401, { title: 'Unauthorized' }, 'application/problem+json');
    const { api: client, ended } = api(refused);
    expect((await problemOf(client.overview())).status).toBe(401);
    expect(ended()).toBe(1);
    expect((await problemOf(client.events(new AbortController().signal))).status).toBe(401);
    expect(ended()).toBe(2);
    const setup = api(refused);
    expect((await problemOf(Api.setup('x', setup.send))).status).toBe(401);
    expect(setup.ended()).toBe(0);
  });

  it('tells a controller that is away from one that is slow', async () => {
    const away = api(() => Promise.reject(new TypeError('fetch failed')));
    expect(await problemOf(away.api.overview())).toMatchObject({ status: 0, kind: 'unreachable' });
    const slow = api(() => Promise.reject(new DOMException('late', 'TimeoutError')));
    expect(await problemOf(slow.api.overview())).toMatchObject({ status: 0, kind: 'timeout' });
  });

  it('lets the caller give up without a problem', async () => {
    const end = new AbortController();
    const { api: client } = api(() => {
      end.abort();
      return Promise.reject(end.signal.reason);
    });
    await expect(client.overview(end.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('says when a success is not JSON', async () => {
    expect(await problemOf(api(() => json(200, '<html>', 'text/html')).api.overview())).toMatchObject({ status: 200 });
  });
});
