import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { isAbort, type Lister } from './api';
import { useConsole } from './context';
import { Gate } from './gate';
import { cursorOf, FIRST_PAGE, type Trail } from './pages';
import { asProblem, type Problem } from './problem';
import type { ChangeKind } from './wire';

export interface Resource<T> {
  data: T | undefined;
  problem: Problem | undefined;
  loading: boolean;
  refetch: () => void;
}

/**
 * What `load` answers, fetched again when a hint of one of `kinds` comes. Data on show stays on show while it is
 * fetched again, and when that fails. Nothing is fetched while the page is hidden.
 *
 * @param key names what is loaded: another key starts afresh
 */
export function useResource<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  kinds: readonly ChangeKind[],
  gapMillis?: number,
): Resource<T> {
  const { live } = useConsole();
  const [held, setHeld] = useState<{ key: string; data?: T; problem?: Problem }>({ key });
  const latest = useRef(load);
  latest.current = load;
  const gate = useRef<Gate>();
  const kindsKey = kinds.join();

  useEffect(() => {
    const end = new AbortController();
    let missed = false;
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
    const mine = new Gate(fetchOnce, gapMillis);
    gate.current = mine;
    const hear = () => {
      missed = document.hidden;
      if (!missed) {
        mine.hint();
      }
    };
    const onVisible = () => {
      if (!document.hidden && missed) {
        hear();
      }
    };
    const leave = live.subscribe(kindsKey.split(',') as ChangeKind[], hear);
    document.addEventListener('visibilitychange', onVisible);
    mine.hint();
    return () => {
      leave();
      document.removeEventListener('visibilitychange', onVisible);
      mine.stop();
      end.abort();
    };
  }, [key, kindsKey, live, gapMillis]);

  const current = held.key === key ? held : { key, data: undefined, problem: undefined };
  return {
    data: current.data,
    problem: current.problem,
    loading: current.data === undefined && current.problem === undefined,
    refetch: useCallback(() => gate.current?.hint(), []),
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

/** A request that changes something: its problem is shown beside the button that sent it. */
export function useAction<T>(act: () => Promise<T>, done: (answer: T) => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const run = async () => {
    if (busy) {
      return;
    }
    setBusy(true);
    setProblem(undefined);
    try {
      done(await act());
    } catch (thrown) {
      setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run };
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
