import type { Accuracy, EnergyMethod, Packing } from './wire';

/** Stands where a figure would, when there is none yet. */
export const NONE = '–';

interface Unit {
  name: string;
  /** One of this unit, in the base unit. */
  factor: number;
}

const TIME: readonly Unit[] = [
  { name: 'µs', factor: 1e-3 },
  { name: 'ms', factor: 1 },
  { name: 's', factor: 1e3 },
];
const ENERGY: readonly Unit[] = [
  { name: 'µJ', factor: 1e-3 },
  { name: 'mJ', factor: 1 },
  { name: 'J', factor: 1e3 },
];

/** Units that telemetry may name, with the ladder they belong to and their size in its base. */
const LADDERS: Record<string, { units: readonly Unit[]; factor: number }> = {
  us: { units: TIME, factor: 1e-3 },
  'µs': { units: TIME, factor: 1e-3 },
  ms: { units: TIME, factor: 1 },
  s: { units: TIME, factor: 1e3 },
  uJ: { units: ENERGY, factor: 1e-3 },
  'µJ': { units: ENERGY, factor: 1e-3 },
  mJ: { units: ENERGY, factor: 1 },
  J: { units: ENERGY, factor: 1e3 },
};

export function latency(millis: number | null | undefined): string {
  return millis === null || millis === undefined || !Number.isFinite(millis) ? NONE : scaled(millis, null, TIME);
}

/** Energy that a run is expected to take, millijoules. */
export function expectedEnergy(millijoules: number | null | undefined): string {
  return millijoules === null || millijoules === undefined || !Number.isFinite(millijoules)
    ? 'unknown'
    : scaled(millijoules, null, ENERGY);
}

export interface EnergyText {
  /** The figure with its unit and uncertainty, or "unknown"; never 0 for want of a figure. */
  text: string;
  known: boolean;
  /** How it was measured, for reading. */
  method: string;
  modelled: boolean;
}

const METHODS: Record<EnergyMethod, string> = {
  rapl: 'RAPL',
  hwmon: 'hwmon',
  battery: 'battery',
  gpu: 'GPU meter',
  external: 'external meter',
  model: 'model',
  unknown: 'unknown',
};

export function methodText(method: string | null | undefined): string {
  return method === null || method === undefined ? 'unknown' : (METHODS[method as EnergyMethod] ?? method);
}

/** Millijoules, with the method always beside the figure. A figure whose method is unknown is not a known figure. */
export function energy(
  millijoules: number | null | undefined,
  method: EnergyMethod | null | undefined,
  uncertainty: number | null = null,
): EnergyText {
  const known =
    millijoules !== null && millijoules !== undefined && Number.isFinite(millijoules) && methodText(method) !== 'unknown';
  return {
    text: known ? scaled(millijoules, uncertainty, ENERGY) : 'unknown',
    known,
    method: methodText(method),
    modelled: method === 'model',
  };
}

/** A telemetry value in the unit that the metric names; time and energy move to the unit that reads best. */
export function quantity(value: number, unit: string, uncertainty: number | null = null): string {
  const ladder = LADDERS[unit];
  if (ladder) {
    const spread = uncertainty === null ? null : uncertainty * ladder.factor;
    return scaled(value * ladder.factor, spread, ladder.units);
  }
  if (unit === 'bytes' || unit === 'B') {
    return bytes(value);
  }
  return unit === '' || unit === '1' ? withSpread(value, uncertainty) : `${withSpread(value, uncertainty)} ${unit}`;
}

function scaled(value: number, uncertainty: number | null, units: readonly Unit[]): string {
  const size = Math.abs(value);
  let unit = units[0] as Unit;
  for (const candidate of units) {
    // 999.6 µs would be written "1000 µs" with three digits: it belongs to the next unit.
    if (size >= candidate.factor * 0.9995) {
      unit = candidate;
    }
  }
  if (value === 0 && uncertainty === null) {
    unit = units[1] as Unit;
  }
  return `${withSpread(value / unit.factor, uncertainty === null ? null : uncertainty / unit.factor)} ${unit.name}`;
}

/** "12.3 ± 0.4": two digits of uncertainty, and the value to the same place; three digits of value without one. */
function withSpread(value: number, uncertainty: number | null): string {
  if (uncertainty === null || !(uncertainty > 0) || !Number.isFinite(uncertainty)) {
    return digits(value);
  }
  const places = Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(uncertainty))));
  return `${value.toFixed(places)} ± ${uncertainty.toFixed(places)}`;
}

function digits(value: number): string {
  if (value === 0) {
    return '0';
  }
  const size = Math.abs(value);
  if (size >= 999.5) {
    return count(value);
  }
  return size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** 12 345, with narrow no-break spaces. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** 1.23 M: for multiply-accumulates, where digits past the third say nothing. */
export function amount(value: number): string {
  for (const [factor, name] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (value >= factor * 0.9995) {
      return `${digits(value / factor)} ${name}`;
    }
  }
  return digits(value);
}

/** Operators of a network, `to` the one after the last. */
export function operators(from: number, to: number): string {
  return to <= from ? 'none, the input is sent on' : to - from === 1 ? String(from) : `${from} to ${to - 1}`;
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return NONE;
  }
  for (const [factor, name] of [[2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB']] as const) {
    if (value >= factor) {
      const size = value / factor;
      return `${size >= 99.95 ? count(size) : Number(size.toFixed(1))} ${name}`;
    }
  }
  return `${value} B`;
}

export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}

/** Accuracy that is lost: hundredths of a percent matter, and below 0 it is gained. */
export function loss(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}

/** Why values may cross no cut in few bits. */
export function notPacked(reason: NonNullable<Packing['reason']>): string {
  switch (reason) {
    case 'loss-not-measured':
      return 'Not packed: what packing costs was not measured.';
    case 'loss-above-max':
      return 'Not packed: it costs more accuracy than it may.';
    case 'accuracy-below-floor':
      return 'Not packed: what is left of the accuracy may be below the floor.';
  }
}

export interface AccuracyText {
  fraction: string;
  interval: string;
  n: string;
}

export function accuracy(value: Accuracy): AccuracyText {
  return {
    fraction: percent(value.fraction),
    interval: `${(value.low95 * 100).toFixed(1)}–${(value.high95 * 100).toFixed(1)} %`,
    n: count(value.n),
  };
}

/** How long ago, or how long until. */
export function ago(iso: string | null | undefined, nowMillis: number): string {
  const at = iso ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(at)) {
    return NONE;
  }
  const seconds = Math.round((nowMillis - at) / 1000);
  if (Math.abs(seconds) < 3) {
    return 'now';
  }
  return seconds > 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`;
}

function span(seconds: number): string {
  if (seconds < 90) {
    return `${seconds} s`;
  }
  if (seconds < 90 * 60) {
    return `${Math.round(seconds / 60)} min`;
  }
  return seconds < 36 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** 2026-03-04 05:06:07 UTC. */
export function instant(iso: string | null | undefined): string {
  const at = iso ? new Date(iso) : undefined;
  return at === undefined || Number.isNaN(at.getTime())
    ? NONE
    : `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The first digits of an id or digest, enough to tell them apart by eye. */
export function short(id: string | null | undefined): string {
  if (!id) {
    return NONE;
  }
  const bare = id.replace(/^sha256:/, '');
  return bare.length > 12 ? bare.slice(0, 10) : bare;
}

export function shape(dimensions: readonly number[]): string {
  return dimensions.join(' × ');
}

/** The host and port of an address, or the text itself when it is none. */
export function hostOf(address: string): string {
  return URL.parse(address)?.host ?? address;
}
