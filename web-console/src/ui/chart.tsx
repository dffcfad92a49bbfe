import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { quantity } from '../format';
import { columnsOf, summarise } from '../summary';
import type { Series } from '../wire';
import { Method, Modelled } from './basics';

const HEIGHT = 150;

/** One series over time, with the band of its uncertainty, and the same figures as text beneath. */
export function Chart({ title, series, minutes }: { title: string; series: Series; minutes: number }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const latest = useRef(series);
  latest.current = series;

  useEffect(() => {
    const host = box.current;
    if (!host) {
      return undefined;
    }
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(host, latest.current), dataOf(latest.current), host);
    };
    draw();
    const resized = new ResizeObserver(() => {
      if (host.clientWidth > 0) {
        plot.current?.setSize({ width: host.clientWidth, height: HEIGHT });
      }
    });
    resized.observe(host);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    window.addEventListener('fleetwright:theme', draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', draw);
      window.removeEventListener('fleetwright:theme', draw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [series.unit, series.modelled]);

  useEffect(() => {
    plot.current?.setData(dataOf(series));
  }, [series]);

  const summary = summarise(series);
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        {series.modelled && <Modelled />}
        {series.energyMethod && !series.modelled && <Method method={series.energyMethod} />}
        {summary && <span class="chart-latest">{summary.latest}</span>}
      </figcaption>
      <div ref={box} class="plot" aria-hidden="true" />
      <p class="quiet small">
        {summary ? (
          <>
            <span class="unseen">
              {title}
              {series.modelled ? ', modelled' : ''}:{' '}
            </span>
            median {summary.median}, range {summary.least} to {summary.most}; {summary.points} points in {minutes} min
          </>
        ) : (
          `No points in the last ${minutes} min.`
        )}
      </p>
    </figure>
  );
}

function dataOf(series: Series): uPlot.AlignedData {
  const { seconds, values, low, high } = columnsOf(series.points);
  return [seconds, values, low, high];
}

function options(host: HTMLElement, { unit, modelled }: Series): uPlot.Options {
  const style = getComputedStyle(host);
  const ink = style.getPropertyValue('--ink-quiet').trim();
  const grid = style.getPropertyValue('--line').trim();
  const stroke = style.getPropertyValue(modelled ? '--modelled' : '--accent').trim();
  const band = style.getPropertyValue(modelled ? '--band-modelled' : '--band').trim();
  const font = `11px ${style.fontFamily}`;
  const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return {
    width: Math.max(120, host.clientWidth),
    height: HEIGHT,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: { y: { range: (_, low, high) => spread(low, high) } },
    axes: [
      { ...axis, space: 70, size: 26, values: (_, splits) => splits.map(clock) },
      { ...axis, size: 62, space: 34, values: (_, splits) => splits.map((value) => (value === 0 ? '0' : quantity(value, unit))) },
    ],
    series: [
      {},
      // Dashed, so that a modelled line is told from a measured one without its colour.
      { stroke, width: 1.5, points: { show: false }, ...(modelled && { dash: [5, 3] }) },
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: band }],
  };
}

/** Room above and below; from zero when the values are near it anyway. */
function spread(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) {
    return [0, 1];
  }
  const room = (high - low || Math.abs(high) || 1) * 0.15;
  const from = low - room;
  return [from < 0 || low < high / 2 ? Math.min(0, low) : from, high + room];
}

function clock(seconds: number): string {
  const at = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}
