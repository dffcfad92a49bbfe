import type { Operator, OperatorTimes } from './wire';

/** A layer as a row: its rate is in multiply-accumulates a nanosecond, which tells slow kernels from large layers. */
export interface LayerRow extends Operator {
  rate: number | null;
}

export function layerRows(operators: readonly Operator[]): LayerRow[] {
  return operators.map((one) => ({
    ...one,
    rate: one.macs > 0 && one.p50Ms > 0 ? one.macs / (one.p50Ms * 1e6) : null,
  }));
}

/** With two figures, or more before the point. */
export function rateText(rate: number | null): string {
  return rate === null ? '–' : rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2);
}

const TEXTS: Record<OperatorTimes['state'], string> = {
  measured: 'The board has timed these layers; plans that cut the network count with their shares.',
  'left-out':
    'The board has timed these layers, and together they take more than twice what runs take: plans count by multiply-accumulates.',
  awaited: 'The board has not timed its layers yet. It does so while it is idle, a minute after a rollout or later.',
  modelled: 'The times of this device come from a published figure of the whole network, spread by multiply-accumulates.',
  'not-measured': 'This board times no layers: plans count by multiply-accumulates.',
  empty: 'Nothing runs in this slot.',
};

/** What a state means for plans; of one that this console does not know, its name. */
export function timesText(state: string): string {
  return (TEXTS as Record<string, string>)[state] ?? state;
}
