import { h, render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '../src/app';
import { FakeNode, FakePage } from './drawing';

describe('session', () => {
  const root = new FakeNode(1, 'body');
  let kept: Map<string, string>;
  let events: ReadableStreamDefaultController<Uint8Array>[];
  let revoked: boolean;
  let asked: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    kept = new Map([['fleetwright.token', 't-1']]);
    events = [];
    revoked = false;
    asked = [];
    const storage = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => kept.set(name, value),
      removeItem: (name: string) => kept.delete(name),
    };
    vi.stubGlobal('document', new FakePage());
    vi.stubGlobal('window', Object.assign(new EventTarget(), { scrollTo: () => undefined }));
    vi.stubGlobal('location', { hash: '#/audit', search: '', pathname: '/' });
    vi.stubGlobal('sessionStorage', storage);
    vi.stubGlobal('localStorage', storage);
    vi.stubGlobal('fetch', (input: string, init: RequestInit) => {
      const bearer = new Headers(init.headers).get('authorization');
      if (bearer) {
        asked.push(input);
      }
      return Promise.resolve(bearer && revoked ? Response.json({ title: 'Unauthorized' }, { status: 401 }) : answer(input));
    });
  });
  afterEach(() => {
    render(null, root as unknown as Element);
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  function answer(url: string): Response {
    if (url.endsWith('/events')) {
      return new Response(new ReadableStream({ start: (controller) => void events.push(controller) }));
    }
    return Response.json(url.endsWith('/whoami') ? { tenant: 'a', name: 'b', role: 'admin' } : { items: [] });
  }

  it('ends at the sign-in page when the event stream comes back to a token that was revoked', async () => {
    render(h(App, { entrance: undefined }), root as unknown as Element);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(events).toHaveLength(1);
    expect(root.text).toContain('Audit');
    revoked = true;
    events[0]?.close();
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(1_000);
      expect(root.text).toContain('The session has ended');
    });
    expect(kept.has('fleetwright.token')).toBe(false);
    expect(asked.at(-1)).toBe('/api/v1/events');
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(asked).toHaveLength(before);
  });
});
