import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gate } from '../src/gate';

describe('refetch gate', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('turns a flood of hints into two refetches per second, and one after the last', async () => {
    const starts: number[] = [];
    const gate = new Gate(async () => void starts.push(Date.now()), 500, Date.now);
    const began = Date.now();
    for (let at = 0; at < 200; at++) {
      gate.hint();
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(5_000);
    expect(starts.map((at) => at - began)).toEqual([0, 500, 1_000, 1_500, 2_000]);
  });

  it('never runs two at a time, and remembers a hint that came meanwhile', async () => {
    let finish = () => {};
    let starts = 0;
    const gate = new Gate(() => new Promise((resolve) => (starts++, (finish = resolve))), 500, Date.now);
    gate.hint();
    await vi.advanceTimersByTimeAsync(0);
    gate.hint();
    gate.hint();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(starts).toBe(1);
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(starts).toBe(2);
    finish();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(starts).toBe(2);
  });

  it('does nothing after it was stopped', async () => {
    let starts = 0;
    const gate = new Gate(async () => void starts++, 500, Date.now);
    gate.hint();
    gate.stop();
    gate.hint();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(starts).toBe(0);
  });
});
