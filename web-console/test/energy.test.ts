import { describe, expect, it } from 'vitest';
import { rowsOf, totalTitle } from '../src/energy';
import type { EnergyFigure, EnergyUse } from '../src/wire';

const figure = (mj: number, energyMethod: EnergyFigure['energyMethod']): EnergyFigure => ({
  kind: 'inference',
  modelled: energyMethod === 'model',
  energyMethod,
  runs: 4,
  mj,
  mjEach: mj / 4,
});

const use = (items: EnergyUse['items']): EnergyUse => ({
  by: 'device',
  from: '',
  to: '',
  runs: 9,
  unknown: 1,
  totals: [],
  items,
  more: 0,
});

describe('energy', () => {
  it('has a line for each figure, with a bar against the largest, and one for a group without any', () => {
    const rows = rowsOf(
      use([
        { group: 'a', runs: 8, unknown: 0, unknownShare: 0, figures: [figure(40, 'rapl'), figure(10, 'model')] },
        { group: 'b', runs: 1, unknown: 1, unknownShare: 1, figures: [] },
      ]),
    );
    expect(rows.map((row) => [row.group, row.figure?.energyMethod, row.bar, row.runs])).toEqual([
      ['a', 'rapl', 1, 4],
      ['a', 'model', 0.25, 4],
      ['b', undefined, 0, 1],
    ]);
    expect(new Set(rows.map((row) => row.key)).size).toBe(3);
    expect(rowsOf(use([]))).toEqual([]);
  });

  it('never names a sum without saying whether it was measured', () => {
    const total = { runs: 1, mj: 1, mjEach: 1 };
    expect(totalTitle({ ...total, what: 'computing', modelled: false })).toBe('Computing, measured');
    expect(totalTitle({ ...total, what: 'radio', modelled: true })).toBe('Sending, modelled');
  });
});
