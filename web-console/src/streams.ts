import type { Series, StreamBoard, StreamCandidate, StreamOutcome, StreamStep, StreamWindow, ValueForm } from './wire';

const VALUES_SHOWN = 8;

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

/** What charts of windows, the newest first, reach over; a minute at least. */
export function minutesOf(windows: readonly StreamWindow[]): number {
  const [newest, oldest] = [windows[0], windows.at(-1)];
  return newest && oldest ? Math.max(1, Math.round((Date.parse(newest.at) - Date.parse(oldest.at)) / 60_000)) : 1;
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

/** Type and shape, such as int8[240,320,3]. */
export function formText(form: ValueForm): string {
  return `${form.type}[${form.shape.join(',')}]`;
}

/** Transforms one after the other, such as resize (height 96, width 96), argmax. */
export function stepsText(steps: readonly StreamStep[]): string {
  return steps
    .map((step) => {
      const parameters = Object.entries(step.parameters).map(([name, value]) => `${name} ${value}`);
      return parameters.length === 0 ? step.transform : `${step.transform} (${parameters.join(', ')})`;
    })
    .join(', ');
}

/** The first values of an answer that transforms made; null for any other. */
export function answerText(outcome: StreamOutcome): string | null {
  if (!outcome.form || outcome.output == null) {
    return null;
  }
  const bytes = Uint8Array.from(atob(outcome.output), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const size = outcome.form.type === 'int32' ? 4 : 1;
  const count = Math.floor(bytes.length / size);
  const values: string[] = [];
  for (let i = 0; i < Math.min(count, VALUES_SHOWN); i++) {
    values.push(String(size === 4 ? view.getInt32(4 * i, true) : view.getInt8(i)));
  }
  return values.join(', ') + (count > VALUES_SHOWN ? ', ...' : '');
}
