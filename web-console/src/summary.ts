import { quantity } from './format';
import type { Point, Series } from './wire';

export interface SeriesSummary {
  points: number;
  latest: string;
  median: string;
  least: string;
  most: string;
}

/** The figures that a chart shows, as text; `undefined` when there are no points. */
export function summarise(series: Series): SeriesSummary | undefined {
  const last = series.points[series.points.length - 1];
  if (!last) {
    return undefined;
  }
  const values = series.points.map((point) => point[1]).sort((a, b) => a - b);
  const at = (index: number) => values[index] as number;
  const middle = (at((values.length - 1) >> 1) + at(values.length >> 1)) / 2;
  return {
    points: values.length,
    latest: quantity(last[1], series.unit, last[2]),
    median: quantity(middle, series.unit),
    least: quantity(at(0), series.unit),
    most: quantity(at(values.length - 1), series.unit),
  };
}

/** Columns for the chart: seconds, value, and the band's edges (`null` where the uncertainty is unknown). */
export function columnsOf(points: readonly Point[]) {
  return {
    seconds: points.map((point) => point[0] / 1000),
    values: points.map((point) => point[1]),
    low: points.map((point) => (point[2] === null ? null : Math.max(0, point[1] - point[2]))),
    high: points.map((point) => (point[2] === null ? null : point[1] + point[2])),
  };
}
