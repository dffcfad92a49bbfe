import type { GraphOutput, GraphTask } from './wire';

/** Where the tasks of a job stand when they are drawn, and what lies on which row of a chart over time. Pure. */

/** A task's column is the longest way to it, so that every edge goes to the right. */
export interface Placed {
  task: GraphTask;
  column: number;
  row: number;
}

export interface Layout {
  placed: Placed[];
  edges: [from: Placed, to: Placed][];
  columns: number;
  rows: number;
}

/** The task that a reference names, or undefined when it names an input. */
export function taskOf(reference: string): string | undefined {
  return /^task:([^.]+)/.exec(reference)?.[1];
}

export function layout(tasks: readonly GraphTask[]): Layout {
  const byName = new Map(tasks.map((task) => [task.task, task]));
  const columns = new Map<string, number>();
  const columnOf = (task: GraphTask, depth: number): number => {
    const known = columns.get(task.task);
    if (known !== undefined) {
      return known;
    }
    let column = 0;
    // A graph of the controller has no cycle; depth keeps an ill-made answer from going round for ever.
    for (const reference of depth > tasks.length ? [] : task.inputs) {
      const feeder = byName.get(taskOf(reference) ?? '');
      if (feeder) {
        column = Math.max(column, 1 + columnOf(feeder, depth + 1));
      }
    }
    columns.set(task.task, column);
    return column;
  };
  const used: number[] = [];
  const placed = tasks.map((task) => {
    const column = columnOf(task, 0);
    const row = used[column] ?? 0;
    used[column] = row + 1;
    return { task, column, row };
  });
  const at = new Map(placed.map((one) => [one.task.task, one]));
  const edges: [Placed, Placed][] = [];
  for (const to of placed) {
    for (const name of new Set(to.task.inputs.map(taskOf))) {
      const from = at.get(name ?? '');
      if (from) {
        edges.push([from, to]);
      }
    }
  }
  return { placed, edges, columns: used.length, rows: Math.max(0, ...used.map((count) => count ?? 0)) };
}

export interface Bar {
  task: GraphTask;
  /** Place among all tasks, for the colour. */
  at: number;
  startMs: number;
  endMs: number;
}

export interface Lane {
  name: string;
  planned: boolean;
  bars: Bar[];
}

/** Bars that do not overlap share a row; what was planned comes first. */
export function lanes(tasks: readonly GraphTask[], nowMs: number): Lane[] {
  const bars = (planned: boolean): [string, Bar][] =>
    tasks.flatMap((task, at): [string, Bar][] => {
      if (planned) {
        return [['Planned', { task, at, startMs: task.plannedStartMs, endMs: task.plannedStartMs + task.plannedMs }]];
      }
      if (task.startMs === null || task.startMs === undefined) {
        return [];
      }
      const endMs = Math.max(task.startMs, task.observedMs == null ? nowMs : task.startMs + task.observedMs);
      return [[place(task), { task, at, startMs: task.startMs, endMs }]];
    });
  const out: Lane[] = [];
  for (const planned of [true, false]) {
    const sorted = bars(planned).sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x.startMs - y.startMs || x.at - y.at));
    for (const [name, bar] of sorted) {
      const free = out.find(
        (lane) =>
          lane.planned === planned && lane.name === name && (lane.bars[lane.bars.length - 1]?.endMs ?? 0) <= bar.startMs,
      );
      if (free) {
        free.bars.push(bar);
      } else {
        out.push({ name, planned, bars: [bar] });
      }
    }
  }
  return out;
}

/** Where a task ran, or waits to. */
export function place(task: GraphTask): string {
  const inference = task.inference;
  if (task.kind === 'transform' && !task.source) {
    return 'controller';
  }
  return inference?.node ? `${inference.node}/${inference.device}` : 'not placed';
}

/** What a task does. */
export function what(task: GraphTask): string {
  if (task.kind === 'transform') {
    return task.transform?.transform ?? 'transform';
  }
  if (task.kind === 'frame') {
    return `frame of ${task.sensor ?? 'a sensor'}`;
  }
  return task.kind === 'segment' ? `${task.model} ${task.from}..${task.to}` : (task.model ?? '');
}

const SHOWN_MAX = 24;

/** The first values of an output. */
export function values(output: GraphOutput): string {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(output.data), (char) => char.charCodeAt(0));
  } catch {
    return 'unreadable';
  }
  const view = new DataView(bytes.buffer);
  const size = output.type === 'int32' ? 4 : 1;
  const count = Math.floor(bytes.length / size);
  const shown = Array.from({ length: Math.min(count, SHOWN_MAX) }, (_, at) =>
    size === 4 ? view.getInt32(4 * at, true) : view.getInt8(at),
  );
  return shown.join(', ') + (count > SHOWN_MAX ? ', …' : '');
}
