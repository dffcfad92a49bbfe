import type { EnergyFigure, EnergyTotal, EnergyUse } from './wire';

/** One line of the table: a figure of a group, or a group of which nothing is known. */
export interface EnergyRow {
  key: string;
  group: string;
  runs: number;
  unknownShare: number;
  figure?: EnergyFigure;
  /** Length of the bar, 0 to 1, of the largest figure. */
  bar: number;
}

export function rowsOf(use: EnergyUse): EnergyRow[] {
  const largest = Math.max(0, ...use.items.flatMap((item) => item.figures.map((figure) => figure.mj)));
  return use.items.flatMap(({ group, runs, unknownShare, figures }) =>
    figures.length === 0
      ? [{ key: group, group, runs, unknownShare, bar: 0 }]
      : figures.map((figure) => ({
          key: `${group} ${figure.kind} ${figure.energyMethod}`,
          group,
          runs: figure.runs,
          unknownShare,
          figure,
          bar: largest > 0 ? figure.mj / largest : 0,
        })),
  );
}

const KINDS: Record<EnergyFigure['kind'], string> = {
  inference: 'inferences',
  part: 'parts of shared inferences',
  frame: 'frames of streams',
  radio: 'sending and receiving',
};

export function kindText(kind: EnergyFigure['kind']): string {
  return KINDS[kind] ?? kind;
}

export function totalTitle({ what, modelled }: EnergyTotal): string {
  return `${what === 'radio' ? 'Sending' : 'Computing'}, ${modelled ? 'modelled' : 'measured'}`;
}
