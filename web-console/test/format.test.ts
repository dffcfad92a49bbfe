import { describe, expect, it } from 'vitest';
import {
  accuracy,
  ago,
  amount,
  bytes,
  count,
  energy,
  expectedEnergy,
  instant,
  latency,
  loss,
  NONE,
  notPacked,
  operators,
  quantity,
  shape,
  short,
} from '../src/format';

describe('expectedEnergy', () => {
  it('is a figure or unknown, never 0 for want of one', () => {
    expect(expectedEnergy(0.42)).toBe('420 µJ');
    expect(expectedEnergy(null)).toBe('unknown');
    expect(expectedEnergy(Number.NaN)).toBe('unknown');
  });
});

describe('operators', () => {
  it('names the last one, not the one after it', () => {
    expect(operators(0, 22)).toBe('0 to 21');
    expect(operators(65, 66)).toBe('65');
    expect(operators(0, 0)).toBe('none, the input is sent on');
  });
});

describe('loss', () => {
  it('has hundredths of a percent, and below 0 what is gained', () => {
    expect(loss(0.0035)).toBe('0.35 %');
    expect(loss(-0.0005)).toBe('-0.05 %');
    expect(loss(0)).toBe('0.00 %');
  });

  it('has a sentence for each reason', () => {
    expect(notPacked('loss-not-measured')).toContain('not measured');
    expect(notPacked('loss-above-max')).toContain('more accuracy than it may');
    expect(notPacked('accuracy-below-floor')).toContain('below the floor');
  });
});

describe('latency', () => {
  it('moves between µs, ms and s', () => {
    expect(latency(0.0421)).toBe('42.1 µs');
    expect(latency(0.9994)).toBe('999 µs');
    expect(latency(0.9996)).toBe('1 ms');
    expect(latency(1.2345)).toBe('1.23 ms');
    expect(latency(152)).toBe('152 ms');
    expect(latency(999.6)).toBe('1 s');
    expect(latency(12_345)).toBe('12.3 s');
  });

  it('says so when there is none, and keeps a true zero', () => {
    expect(latency(null)).toBe(NONE);
    expect(latency(undefined)).toBe(NONE);
    expect(latency(Number.NaN)).toBe(NONE);
    expect(latency(0)).toBe('0 ms');
  });
});

describe('energy', () => {
  it('moves between µJ, mJ and J', () => {
    expect(energy(0.0123, 'rapl').text).toBe('12.3 µJ');
    expect(energy(2.64, 'rapl').text).toBe('2.64 mJ');
    expect(energy(4_200, 'external').text).toBe('4.2 J');
  });

  it('writes the uncertainty with two digits, and the figure to the same place and in the same unit', () => {
    expect(energy(2.6417, 'rapl', 0.1).text).toBe('2.64 ± 0.10 mJ');
    expect(energy(0.4123, 'model', 0.1236).text).toBe('412 ± 124 µJ');
    expect(energy(1_234.5, 'hwmon', 56).text).toBe('1.234 ± 0.056 J');
    expect(energy(2.6417, 'rapl', 0).text).toBe('2.64 mJ');
  });

  it('is unknown, never 0, without a figure or without a method', () => {
    expect(energy(null, 'rapl')).toEqual({ text: 'unknown', known: false, method: 'RAPL', modelled: false });
    expect(energy(undefined, undefined).text).toBe('unknown');
    expect(energy(3, 'unknown').text).toBe('unknown');
    expect(energy(3, null).known).toBe(false);
    expect(energy(0, 'rapl').text).toBe('0 mJ');
  });

  it('names the method and marks the modelled', () => {
    expect(energy(1, 'gpu')).toMatchObject({ method: 'GPU meter', modelled: false });
    expect(energy(1, 'model')).toMatchObject({ method: 'model', modelled: true });
  });
});

describe('telemetry quantities', () => {
  it('reads time and energy in any of their units', () => {
    expect(quantity(1_500, 'us')).toBe('1.5 ms');
    expect(quantity(0.25, 's', 0.01)).toBe('250 ± 10 ms');
    expect(quantity(2_100.5, 'uJ')).toBe('2.1 mJ');
  });

  it('leaves other units as they are', () => {
    expect(quantity(41.26, 'Cel', 0.5)).toBe('41.26 ± 0.50 Cel');
    expect(quantity(7, '1')).toBe('7');
    expect(quantity(2_048, 'bytes')).toBe('2 KiB');
  });
});

describe('other figures', () => {
  it('groups and shortens', () => {
    expect(count(1_234_567)).toBe('1\u202f234\u202f567');
    expect(amount(4_812_000)).toBe('4.81 M');
    expect(amount(999_600)).toBe('1 M');
    expect(amount(950)).toBe('950');
    expect(bytes(0)).toBe('0 B');
    expect(bytes(48_200)).toBe('47.1 KiB');
    expect(bytes(4 * 2 ** 30)).toBe('4 GiB');
    expect(bytes(null)).toBe(NONE);
    expect(shape([1, 32, 32, 1])).toBe('1 × 32 × 32 × 1');
    expect(short(`sha256:${'ab'.repeat(32)}`)).toBe('ababababab');
    expect(short(null)).toBe(NONE);
  });

  it('never gives accuracy without n and interval', () => {
    expect(accuracy({ n: 10_000, correct: 9_712, fraction: 0.9712, low95: 0.9679, high95: 0.9745 })).toEqual({
      fraction: '97.1 %',
      interval: '96.8–97.5 %',
      n: '10\u202f000',
    });
  });

  it('tells times', () => {
    const now = Date.parse('2026-03-04T05:06:07Z');
    expect(ago('2026-03-04T05:06:06Z', now)).toBe('now');
    expect(ago('2026-03-04T05:05:47Z', now)).toBe('20 s ago');
    expect(ago('2026-03-04T05:26:07Z', now)).toBe('in 20 min');
    expect(ago('2026-03-01T05:06:07Z', now)).toBe('3 days ago');
    expect(ago('yesterday', now)).toBe(NONE);
    expect(ago(null, now)).toBe(NONE);
    expect(instant('2026-03-04T05:06:07.891Z')).toBe('2026-03-04 05:06:07 UTC');
    expect(instant('x')).toBe(NONE);
  });
});
