import { describe, expect, it } from 'vitest';
import { layerRows, rateText, timesText } from '../src/layers';
import type { Operator } from '../src/wire';

const operator = (macs: number, p50Ms: number): Operator => ({
  index: 0,
  operator: 'CONV_2D',
  kernel: 'gemm',
  macs,
  bytes: 10,
  p50Ms,
  share: 1,
  macsShare: 1,
});

describe('layers', () => {
  it('have a rate in multiply-accumulates a nanosecond', () => {
    expect(layerRows([operator(3_000_000, 0.1)])[0]?.rate).toBeCloseTo(30);
  });

  it('that multiply nothing, or took no time that could be told, have none', () => {
    expect(layerRows([operator(0, 0.1), operator(100, 0)]).map((row) => row.rate)).toEqual([null, null]);
  });

  it('that are slow have figures too', () => {
    expect([null, 0.0123, 1.26, 12.6, 126].map(rateText)).toEqual(['–', '0.012', '1.3', '13', '126']);
  });

  it('say for every state what plans do, and its name for one from a later controller', () => {
    const states = ['measured', 'left-out', 'awaited', 'modelled', 'not-measured', 'empty'];
    expect(new Set(states.map(timesText)).size).toBe(states.length);
    expect(states.every((state) => timesText(state) !== state)).toBe(true);
    expect(timesText('borrowed')).toBe('borrowed');
  });
});
