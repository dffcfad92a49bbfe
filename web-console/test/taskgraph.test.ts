import { describe, expect, it } from 'vitest';
import { lanes, layout, place, taskOf, values, what } from '../src/taskgraph';
import type { GraphTask } from '../src/wire';
import { random } from './random';

function task(name: string, inputs: string[], more: Partial<GraphTask> = {}): GraphTask {
  return {
    task: name,
    kind: 'transform',
    transform: { transform: 'argmax' },
    inputs,
    type: 'int8',
    shape: [1],
    state: 'waiting',
    plannedStartMs: 0,
    plannedMs: 0,
    ...more,
  };
}

describe('task graph', () => {
  it('puts a task behind all that feed it', () => {
    const { placed, edges, columns, rows } = layout([
      task('vote', ['task:lc', 'task:rc']),
      task('l', ['input:left']),
      task('r', ['input:right']),
      task('lc', ['task:l.0']),
      task('rc', ['task:r', 'task:r']),
    ]);
    const column = Object.fromEntries(placed.map((one) => [one.task.task, one.column]));
    expect(column).toEqual({ l: 0, r: 0, lc: 1, rc: 1, vote: 2 });
    expect([columns, rows]).toEqual([3, 2]);
    expect(edges.map(([from, to]) => `${from.task.task} ${to.task.task}`).sort()).toEqual([
      'l lc',
      'lc vote',
      'r rc',
      'rc vote',
    ]);
  });

  it('keeps every edge pointing to the right and every place its own, whatever the graph', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed);
      const count = 1 + Math.floor(next() * 20);
      const tasks = Array.from({ length: count }, (_, at) =>
        task(
          `t${at}`,
          Array.from({ length: 1 + Math.floor(next() * 3) }, () =>
            at === 0 || next() < 0.3 ? 'input:a' : `task:t${Math.floor(next() * at)}`,
          ),
        ),
      );
      const { placed, edges } = layout(tasks);
      for (const [from, to] of edges) {
        expect(from.column, `seed ${seed}`).toBeLessThan(to.column);
      }
      expect(new Set(placed.map((one) => `${one.column} ${one.row}`)).size, `seed ${seed}`).toBe(count);
    }
  });

  it('ends on an ill-made answer whose tasks wait for each other', () => {
    expect(layout([task('a', ['task:b']), task('b', ['task:a'])]).placed).toHaveLength(2);
    expect(layout([]).columns).toBe(0);
  });

  it('gives bars that overlap rows of their own, the plan first', () => {
    const inference = { job: 'j', state: 'running', node: 'n1', device: 'cpu0', attempts: 1, modelled: false, energyMethod: 'unknown' } as const;
    const rows = lanes(
      [
        task('l', [], { kind: 'model', model: 'm', plannedMs: 5, startMs: 1, observedMs: 10, inference }),
        task('r', [], { kind: 'model', model: 'm', plannedMs: 5, startMs: 4, inference }),
        task('c', [], { plannedStartMs: 5, plannedMs: 1, startMs: 11, observedMs: 0 }),
        task('w', [], { plannedStartMs: 6, plannedMs: 1 }),
      ],
      50,
    );
    expect(rows.map((lane) => [lane.name, lane.planned, lane.bars.map((bar) => [bar.task.task, bar.startMs, bar.endMs])])).toEqual([
      ['Planned', true, [['l', 0, 5], ['c', 5, 6], ['w', 6, 7]]],
      ['Planned', true, [['r', 0, 5]]],
      ['controller', false, [['c', 11, 11]]],
      ['n1/cpu0', false, [['l', 1, 11]]],
      ['n1/cpu0', false, [['r', 4, 50]]],
    ]);
  });

  it('says what a task does, where, and what came out', () => {
    expect(taskOf('task:a.3')).toBe('a');
    expect(taskOf('input:a')).toBeUndefined();
    expect(what(task('s', [], { kind: 'segment', model: 'm', from: 2, to: 5 }))).toBe('m 2..5');
    expect(place(task('m', [], { kind: 'model', model: 'm' }))).toBe('not placed');
    const taken = task('frame:cam', ['input:cam'], { kind: 'frame', sensor: 'camera', source: 'eye/cpu0' });
    expect(what(taken)).toBe('frame of camera');
    expect(place(taken)).toBe('not placed');
    expect(taskOf('task:frame:cam')).toBe('frame:cam');
    expect(place(task('r', ['task:m']))).toBe('controller');
    expect(place(task('r', ['input:cam'], { source: 'eye/cpu0' }))).toBe('not placed');
    expect(values({ type: 'int32', shape: [2], data: btoa('\x08\0\0\0\xff\xff\xff\xff') })).toBe('8, -1');
    expect(values({ type: 'int8', shape: [30], data: btoa('\xff'.repeat(30)) })).toBe('-1, '.repeat(24) + '…');
    expect(values({ type: 'int8', shape: [1], data: '!' })).toBe('unreadable');
  });
});
