import { describe, expect, it } from 'vitest';
import {
  answerText, candidateName, energyPerFrame, facing, formText, minutesOf, series, stepsText, verdict,
} from '../src/streams';
import type { StreamOutcome, StreamWindow } from '../src/wire';

function window(at: string, modelled: boolean, p50Ms: number, more: Partial<StreamWindow> = {}): StreamWindow {
  return {
    epoch: 1, from: 1, to: 10, met: 10, missed: 0, skipped: 0, helped: 0, fallbacks: 0, modelled, at,
    latency: { frames: 10, p50Ms, p90Ms: p50Ms * 2 }, latencyMaxMs: p50Ms * 3,
    energy: { frames: 4, mj: 8, energyMethod: 'model' }, ...more,
  };
}

describe('streams', () => {
  it('keeps measured and modelled windows apart, the oldest first', () => {
    const drawn = series([
      window('2026-01-01T00:00:04Z', true, 3),
      window('2026-01-01T00:00:02Z', false, 2),
      window('2026-01-01T00:00:00Z', true, 1),
    ]);
    expect(drawn.map((one) => [one.modelled, one.points.map((point) => point[1])])).toEqual([
      [false, [2]],
      [false, [4]],
      [true, [1, 3]],
      [true, [2, 6]],
    ]);
  });

  it('draws missed frames only when there are some, and nothing of windows without an answer', () => {
    const none = window('2026-01-01T00:00:00Z', true, 1, { latency: null, missed: 2, skipped: 1 });
    expect(series([none]).map((one) => [one.metric, one.points[0]?.[1]])).toEqual([
      ['missed and skipped', 3],
    ]);
    expect(series([])).toEqual([]);
  });

  it('span the time from the oldest window to the newest, however many there are', () => {
    const at = (time: string) => window(`2026-01-01T${time}Z`, true, 1);
    expect(minutesOf([at('01:30:00'), at('01:00:00'), at('00:00:00')])).toBe(90);
    expect(minutesOf([at('00:00:02'), at('00:00:00')])).toBe(1);
    expect(minutesOf([at('00:00:00')])).toBe(1);
    expect(minutesOf([])).toBe(1);
  });

  it('leaves an unknown energy unknown', () => {
    expect(energyPerFrame(window('2026-01-01T00:00:00Z', true, 1))).toBe(2);
    const unknown = { frames: 0, mj: null, energyMethod: 'unknown' } as const;
    expect(energyPerFrame(window('2026-01-01T00:00:00Z', true, 1, { energy: unknown }))).toBeNull();
  });

  it('says who holds a helper', () => {
    const way = { device: 'b/gpu0', verdict: 'held', totalMs: 1, p90Ms: 1, frontMs: 1, linkMs: 0, backMs: 0 };
    expect(verdict({ ...way, heldBy: ['s-1', 's-2'] })).toBe('held by s-1, s-2');
    expect(verdict({ ...way, verdict: 'keeps', heldBy: [] })).toBe('keeps');
  });

  it('reads the short answer of a frame, and no other', () => {
    const outcome: StreamOutcome = {
      frame: 1, sensorFrame: 1, input: 'sha256:0', output: 'BwAAAP////8=', latencyMs: 1, met: true, ranOn: 'source',
      form: { type: 'int32', shape: [2] },
    };
    expect(answerText(outcome)).toBe('7, -1');
    expect(answerText({ ...outcome, output: 'gH8=', form: { type: 'int8', shape: [2] } })).toBe('-128, 127');
    expect(answerText({ ...outcome, output: btoa('\0'.repeat(9)), form: { type: 'int8', shape: [9] } })).toBe(
      '0, 0, 0, 0, 0, 0, 0, 0, ...',
    );
    expect(answerText({ ...outcome, form: null })).toBeNull();
    expect(answerText({ ...outcome, output: null })).toBeNull();
  });

  it('says what a source does to frames and answers', () => {
    expect(formText({ type: 'int8', shape: [240, 320, 3] })).toBe('int8[240,320,3]');
    expect(
      stepsText([{ transform: 'resize', parameters: { height: 96, width: 64 } }, { transform: 'argmax', parameters: {} }]),
    ).toBe('resize (height 96, width 64), argmax');
  });

  it('says what a plan counted with', () => {
    expect(facing({ device: 'a/cpu0', hot: true, celsius: 81.4, low: true, batteryPercent: 12, slowedBy: 1.5 })).toBe(
      'a/cpu0: too hot at 81 °C, battery low at 12 %, 1.50 times as slow as expected',
    );
    expect(candidateName({ device: 'alone', verdict: 'keeps', totalMs: 1, p90Ms: 1, frontMs: 1, linkMs: 0, backMs: 0 })).toBe(
      'alone',
    );
  });
});
