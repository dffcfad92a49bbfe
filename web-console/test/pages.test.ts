import { describe, expect, it } from 'vitest';
import type { Lister, PageAsk } from '../src/api';
import { back, collect, cursorOf, FIRST_PAGE, forward } from '../src/pages';

describe('trail', () => {
  it('goes forward by the cursor and back the same way', () => {
    const third = forward(forward(FIRST_PAGE, 'b'), 'c');
    expect(cursorOf(FIRST_PAGE)).toBeUndefined();
    expect(cursorOf(third)).toBe('c');
    expect(cursorOf(back(third))).toBe('b');
    expect(back(back(third))).toEqual(FIRST_PAGE);
    expect(back(FIRST_PAGE)).toEqual(FIRST_PAGE);
  });

  it('stays where the list ends', () => {
    expect(forward(FIRST_PAGE, undefined)).toBe(FIRST_PAGE);
    expect(forward(FIRST_PAGE, '')).toBe(FIRST_PAGE);
  });
});

describe('collect', () => {
  function lister(total: number, pageMax: number) {
    const asks: PageAsk[] = [];
    const list: Lister<number> = async (ask) => {
      asks.push(ask);
      const from = Number(ask.cursor ?? 0);
      const to = Math.min(total, from + Math.min(pageMax, ask.limit ?? 50));
      const items = Array.from({ length: to - from }, (_, at) => from + at);
      return to < total ? { items, next: String(to) } : { items };
    };
    return { list, asks };
  }

  it('follows the cursor to the end', async () => {
    for (const total of [0, 1, 199, 200, 201, 450]) {
      const { list } = lister(total, 200);
      expect(await collect(list, 1_000)).toEqual(Array.from({ length: total }, (_, at) => at));
    }
  });

  it('stops at its limit, and never asks for more than it wants', async () => {
    const { list, asks } = lister(10_000, 200);
    expect(await collect(list, 250)).toHaveLength(250);
    expect(asks.map((ask) => ask.limit)).toEqual([200, 50]);
  });

  it('ends when a cursor comes twice', async () => {
    let calls = 0;
    const list: Lister<number> = async () => ({ items: [calls++], next: 'same' });
    expect(await collect(list, 1_000)).toEqual([0, 1]);
  });
});
