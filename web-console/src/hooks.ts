import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { isAbort, type Lister } from './api';
import { useConsole } from './context';
import { cursorOf, FIRST_PAGE, type Trail } from './pages';
import { asProblem, type Problem } from './problem';
import { Refresh } from './refresh';
import type { ChangeKind } from './wire';

export interface Resource<T> {
  data: T | undefined;
  problem: Problem | undefined;
  loading: boolean;
  refetch: () => void;
}

export interface Pace {
  /** The least time between two fetches. */
  gapMillis?: number;
  /** The age at which it is fetched again without a hint: for figures that change with time alone. */
  refreshMillis?: number;
}

/**
 * What `load` answers, fetched again when a hint of one of `kinds` comes, or when it has grown old. Data on show stays
 * on show while it is fetched again, and when that fails. Nothing is fetched while the page is hidden.
 *
 * @param key names what is loaded: another key starts afresh
 */
export function useResource<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  kinds: readonly ChangeKind[],
  { gapMillis, refreshMillis }: Pace = {},
): Resource<T> {
  const { live } = useConsole();
  const [held, setHeld] = useState<{ key: string; data?: T; problem?: Problem }>({ key });
  const latest = useRef(load);
  latest.current = load;
  const refresh = useRef<Refresh>();
  const kindsKey = kinds.join();

  useEffect(() => {
    const end = new AbortController();
    const fetchOnce = async () => {
      try {
        const data = await latest.current(end.signal);
        if (!end.signal.aborted) {
          setHeld({ key, data });
        }
      } catch (thrown) {
        if (!end.signal.aborted && !isAbort(thrown)) {
          const problem = asProblem(thrown);
          setHeld((before) => (before.key === key ? { ...before, problem } : { key, problem }));
        }
      }
    };
    const mine = new Refresh(fetchOnce, document, gapMillis, refreshMillis);
    refresh.current = mine;
    const leave = live.subscribe(kindsKey.split(',') as ChangeKind[], () => mine.hint());
    return () => {
      leave();
      mine.stop();
      end.abort();
    };
  }, [key, kindsKey, live, gapMillis, refreshMillis]);

  const current = held.key === key ? held : { key, data: undefined, problem: undefined };
  return {
    data: current.data,
    problem: current.problem,
    loading: current.data === undefined && current.problem === undefined,
    refetch: useCallback(() => refresh.current?.hint(), []),
  };
}

export interface Paged<T> extends Resource<T[]> {
  trail: Trail;
  next: string | undefined;
  go: (trail: Trail) => void;
}

/** One page of a list, with the way back to the first. */
export function usePaged<T>(name: string, list: Lister<T>, kinds: readonly ChangeKind[], limit = 50): Paged<T> {
  const [trail, go] = useState<Trail>(FIRST_PAGE);
  const cursor = cursorOf(trail);
  const resource = useResource(
    `${name}?${cursor ?? ''}`,
    (signal) => list({ limit, cursor, signal }),
    kinds,
  );
  return { ...resource, data: resource.data?.items, trail, next: resource.data?.next ?? undefined, go };
}

/**
 * A request that a person sends: its problem is shown beside the button that sent it. Once it is taken back, neither
 * its answer nor its problem is told, and the next one need not wait for them.
 */
export function useAction<T>(act: () => Promise<T>, done: (answer: T) => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const turn = useRef(0);
  const run = async () => {
    if (busy) {
      return;
    }
    const mine = ++turn.current;
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await act();
      if (mine === turn.current) {
        done(answer);
      }
    } catch (thrown) {
      if (mine === turn.current) {
        setProblem(asProblem(thrown));
      }
    } finally {
      if (mine === turn.current) {
        setBusy(false);
      }
    }
  };
  const takeBack = () => {
    turn.current++;
    setBusy(false);
    setProblem(undefined);
  };
  return { busy, problem, run, takeBack };
}

/** The clock for "12 s ago": redraws, fetches nothing. */
export function useNow(periodMillis = 5_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), periodMillis);
    return () => clearInterval(timer);
  }, [periodMillis]);
  return now;
}
