import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { changeOf, Live, type LiveState, retryDelayMillis } from '../src/live';
import { Problem } from '../src/problem';

const realTimeout = globalThis.setTimeout;

/** Lets streams move, which the made-up clock does not drive, until it holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    expect(turn).toBeLessThan(1_000);
    await new Promise((resolve) => realTimeout(resolve, 0));
  }
}

describe('retry delay', () => {
  it('doubles its bound up to a cap, and falls anywhere below it', () => {
    expect([0, 1, 2, 3].map((attempt) => retryDelayMillis(attempt, () => 1))).toEqual([500, 1_000, 2_000, 4_000]);
    expect(retryDelayMillis(6, () => 1)).toBe(30_000);
    expect(retryDelayMillis(10_000, () => 1)).toBe(30_000);
    expect(retryDelayMillis(4, () => 0)).toBe(0);
    expect(retryDelayMillis(4, () => 0.5)).toBe(4_000);
  });
});

describe('hints', () => {
  it('are read, or passed over when they are not hints', () => {
    expect(changeOf('{"kind":"node","id":"cpu-1"}')).toEqual({ kind: 'node', id: 'cpu-1' });
    expect(changeOf('{"kind":"job"}')).toEqual({ kind: 'job', id: '' });
    for (const data of ['', 'null', '7', '{', '{"kind":"weather"}', '{"kind":7}']) {
      expect(changeOf(data), data).toBeUndefined();
    }
  });
});

describe('live connection', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** A server whose connections the test opens, feeds and closes. */
  function server() {
    const open: { send: (text: string) => void; close: () => void }[] = [];
    const connect = (signal: AbortSignal) => {
      const stream = new TransformStream<Uint8Array, Uint8Array>();
      const writer = stream.writable.getWriter();
      signal.addEventListener('abort', () => void writer.abort(signal.reason).catch(() => undefined));
      open.push({
        send: (text) => void writer.write(new TextEncoder().encode(text)).catch(() => undefined),
        close: () => void writer.close().catch(() => undefined),
      });
      return Promise.resolve(new Response(stream.readable));
    };
    return { open, connect };
  }

  const settle = () => vi.advanceTimersByTimeAsync(0);

  it('passes hints to those who show that kind', async () => {
    const { open, connect } = server();
    const live = new Live(connect);
    const heard: string[] = [];
    void live.run();
    await settle();
    live.subscribe(['node', 'rollout'], () => heard.push('nodes'));
    const leave = live.subscribe(['job'], () => heard.push('jobs'));
    expect(live.state).toEqual({ state: 'live' });
    open[0]?.send('event: change\ndata: {"kind":"job","id":"1"}\n\nevent: other\ndata: {"kind":"job"}\n\n');
    await until(() => heard.length === 1);
    leave();
    open[0]?.send('event: change\ndata: {"kind":"job","id":"2"}\n\nevent: change\ndata: {"kind":"node","id":"n"}\n\n');
    await until(() => heard.length === 2);
    expect(heard).toEqual(['jobs', 'nodes']);
    live.stop();
  });

  it('comes back after a loss, and has everyone look again at each connection', async () => {
    const { open, connect } = server();
    const live = new Live(connect, () => 1);
    const states: LiveState['state'][] = [];
    let heard = 0;
    live.watch((state) => states.push(state.state));
    live.subscribe(['model'], () => heard++);
    void live.run();
    await settle();
    expect(heard).toBe(1);
    open[0]?.close();
    await until(() => live.state.state === 'waiting');
    expect(live.state).toEqual({ state: 'waiting', delayMillis: 1_000 });
    await vi.advanceTimersByTimeAsync(999);
    expect(open).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(open).toHaveLength(2);
    await until(() => live.state.state === 'live');
    expect(heard).toBe(2);
    expect(states).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live']);
    live.stop();
  });

  it('takes silence for a loss', async () => {
    const { open, connect } = server();
    const live = new Live(connect, () => 0);
    void live.run();
    await settle();
    await vi.advanceTimersByTimeAsync(89_000);
    open[0]?.send(': still here\n\n');
    await vi.advanceTimersByTimeAsync(89_000);
    expect(open).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(open).toHaveLength(2);
    live.stop();
  });

  it('waits longer while the controller is away, and gives up when the token is refused', async () => {
    const answers = [503, 503, 401];
    let calls = 0;
    const live = new Live(() => Promise.reject(new Problem(answers[calls++] ?? 0, 'http', 'no', '')), () => 1);
    const delays: number[] = [];
    live.watch((state) => state.state === 'waiting' && delays.push(state.delayMillis));
    const run = live.run();
    await vi.advanceTimersByTimeAsync(60_000);
    await run;
    expect(delays).toEqual([1_000, 2_000]);
    expect(calls).toBe(3);
    expect(live.state).toEqual({ state: 'stopped' });
  });
});
