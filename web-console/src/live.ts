import { Problem } from './problem';
import { isAbort } from './api';
import { SseParser } from './sse';
import type { ChangeKind } from './wire';

export type LiveState =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'waiting'; delayMillis: number }
  | { state: 'stopped' };

export interface Change {
  kind: ChangeKind;
  id: string;
}

const KINDS: readonly string[] = ['node', 'rollout', 'job', 'model', 'telemetry', 'stream'];
const DELAY_BASE_MILLIS = 500;
const DELAY_CAP_MILLIS = 30_000;
/** A connection that lasted this long was a good one: the next loss starts from the shortest delay again. */
const GOOD_MILLIS = 5_000;
/** A stream silent for this long is taken for dead (a half-open connection says nothing for ever). */
const QUIET_MILLIS = 90_000;

/** Exponential delay with full jitter: anywhere from 0 to the bound, so that consoles do not return in step. */
export function retryDelayMillis(attempt: number, random: () => number): number {
  const bound = Math.min(DELAY_CAP_MILLIS, DELAY_BASE_MILLIS * 2 ** Math.min(attempt, 16));
  return Math.round(random() * bound);
}

/** Reads a hint; anything that is not one is `undefined`, so that a newer controller can say more. */
export function changeOf(data: string): Change | undefined {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const { kind, id } = value as Record<string, unknown>;
  return typeof kind === 'string' && KINDS.includes(kind)
    ? { kind: kind as ChangeKind, id: typeof id === 'string' ? id : '' }
    : undefined;
}

/**
 * The one event stream of the page. It connects, stays connected, and hands hints to whoever shows that kind. After
 * every connection all subscribers are told, because hints were missed before it.
 */
export class Live {
  private readonly hearers = new Set<{ kinds: readonly ChangeKind[]; hear: () => void }>();
  private readonly watchers = new Set<(state: LiveState) => void>();
  private readonly end = new AbortController();
  private current: LiveState = { state: 'connecting' };

  constructor(
    private readonly connect: (signal: AbortSignal) => Promise<Response>,
    private readonly random: () => number = Math.random,
  ) {}

  get state(): LiveState {
    return this.current;
  }

  subscribe(kinds: readonly ChangeKind[], hear: () => void): () => void {
    const entry = { kinds, hear };
    this.hearers.add(entry);
    return () => this.hearers.delete(entry);
  }

  watch(watcher: (state: LiveState) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  stop(): void {
    this.end.abort();
    this.become({ state: 'stopped' });
  }

  /** Runs until {@link stop}; a refused token ends it too, because trying again cannot help. */
  async run(): Promise<void> {
    let attempt = 0;
    while (!this.end.signal.aborted) {
      this.become({ state: 'connecting' });
      const before = performance.now();
      try {
        await this.listen();
      } catch (thrown) {
        if (thrown instanceof Problem && thrown.status === 401) {
          this.stop();
          return;
        }
        if (!isAbort(thrown) && !(thrown instanceof Problem)) {
          console.warn('event stream lost', thrown);
        }
      }
      if (this.end.signal.aborted) {
        return;
      }
      attempt = performance.now() - before >= GOOD_MILLIS ? 0 : attempt + 1;
      const delayMillis = retryDelayMillis(attempt, this.random);
      this.become({ state: 'waiting', delayMillis });
      await pause(delayMillis, this.end.signal);
    }
  }

  private async listen(): Promise<void> {
    const quiet = new AbortController();
    const signal = AbortSignal.any([this.end.signal, quiet.signal]);
    let timer = setTimeout(() => quiet.abort(), QUIET_MILLIS);
    try {
      const response = await this.connect(signal);
      if (!response.body) {
        return;
      }
      this.become({ state: 'live' });
      this.hearers.forEach((entry) => entry.hear());
      const parser = new SseParser((event) => {
        const change = event.event === 'change' ? changeOf(event.data) : undefined;
        if (change) {
          this.hearers.forEach((entry) => entry.kinds.includes(change.kind) && entry.hear());
        }
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          return;
        }
        clearTimeout(timer);
        timer = setTimeout(() => quiet.abort(), QUIET_MILLIS);
        parser.push(value);
      }
    } finally {
      clearTimeout(timer);
      quiet.abort();
    }
  }

  private become(state: LiveState): void {
    this.current = state;
    this.watchers.forEach((watcher) => watcher(state));
  }
}

function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    signal.addEventListener('abort', done);
  });
}
