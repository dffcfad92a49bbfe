import type { Series, StreamBoard, StreamCandidate, StreamWindow } from './wire';

/** Energy of a frame in a window, millijoules; null when it is known of none. */
export function energyPerFrame(window: StreamWindow): number | null {
  const { frames, mj } = window.energy;
  return mj == null || frames === 0 ? null : mj / frames;
}

/** Latencies of windows over time, oldest first; measured and modelled ones apart, since a line must not mix them. */
export function series(windows: readonly StreamWindow[]): Series[] {
  const drawn: Series[] = [];
  for (const modelled of [false, true]) {
    const shown = windows.filter((one) => one.modelled === modelled && one.latency).reverse();
    for (const [metric, of] of [
      ['p50 of each window', (one: StreamWindow) => one.latency!.p50Ms],
      ['p90 of each window', (one: StreamWindow) => one.latency!.p90Ms],
    ] as const) {
      if (shown.length > 0) {
        drawn.push({ metric, unit: 'ms', modelled, points: shown.map((one) => [Date.parse(one.at), of(one), null]) });
      }
    }
  }
  const missed = windows.filter((one) => one.missed + one.skipped > 0);
  if (missed.length > 0) {
    drawn.push({
      metric: 'missed and skipped',
      unit: '1',
      modelled: false,
      points: [...windows].reverse().map((one) => [Date.parse(one.at), one.missed + one.skipped, null]),
    });
  }
  return drawn;
}

export function candidateName(candidate: StreamCandidate): string {
  return candidate.after == null
    ? candidate.device
    : `${candidate.device} after operator ${candidate.after}, ${candidate.bits} bits`;
}

/** How well a way keeps the objective, and for whom its helper has too much to do. */
export function verdict(candidate: StreamCandidate): string {
  const holders = (candidate.heldBy ?? []).join(', ');
  if (holders === '') {
    return candidate.verdict;
  }
  return candidate.verdict === 'held' ? `held by ${holders}` : `${candidate.verdict}, held by ${holders}`;
}

/** What a plan counted with that a device is not usually like. */
export function facing(board: StreamBoard): string {
  const parts: string[] = [];
  if (board.hot) {
    parts.push(board.celsius == null ? 'too hot' : `too hot at ${board.celsius.toFixed(0)} °C`);
  }
  if (board.low) {
    parts.push(board.batteryPercent == null ? 'battery low' : `battery low at ${board.batteryPercent.toFixed(0)} %`);
  }
  if (board.slowedBy > 1) {
    parts.push(`${board.slowedBy.toFixed(2)} times as slow as expected`);
  }
  return `${board.device}: ${parts.join(', ')}`;
}
