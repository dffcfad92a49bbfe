import { h } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useResource } from '../src/hooks';
import { Drawing } from './drawing';

describe('resource', () => {
  let drawing: Drawing;
  let starts: number[];
  let began: number;

  beforeEach(() => {
    vi.useFakeTimers();
    drawing = new Drawing();
    vi.stubGlobal('document', drawing.page);
    starts = [];
    began = Date.now();
  });
  afterEach(() => {
    drawing.leave();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

  function Shown({ refreshMillis }: { refreshMillis: number | undefined }) {
    const load = async () => {
      starts.push(Math.round((Date.now() - began) / 1_000));
      return starts.length;
    };
    const { data } = useResource('shown', load, ['job'], { gapMillis: 5_000, ...(refreshMillis && { refreshMillis }) });
    return h('p', null, String(data));
  }

  it('is fetched again by hints alone, unless it has an age', async () => {
    drawing.draw(h(Shown, { refreshMillis: undefined }));
    await seconds(600);
    expect(starts).toEqual([0]);
    drawing.hint('job');
    await seconds(1);
    expect(starts).toEqual([0, 600]);
    expect(drawing.root.text).toBe('2');
  });

  it('is fetched again when it has grown old, counted from the last time', async () => {
    drawing.draw(h(Shown, { refreshMillis: 60_000 }));
    await seconds(90);
    expect(starts).toEqual([0, 60]);
    drawing.hint('job');
    await seconds(100);
    expect(starts).toEqual([0, 60, 90, 150]);
    expect(drawing.root.text).toBe('4');
  });

  it('rests while the page is hidden, and is fetched at once when that was too long', async () => {
    drawing.draw(h(Shown, { refreshMillis: 60_000 }));
    await seconds(10);
    drawing.page.show(false);
    await seconds(600);
    expect(starts).toEqual([0]);
    drawing.page.show(true);
    await seconds(1);
    expect(starts).toEqual([0, 610]);
    drawing.page.show(false);
    await seconds(20);
    drawing.page.show(true);
    await seconds(30);
    expect(starts).toEqual([0, 610]);
    await seconds(20);
    expect(starts).toEqual([0, 610, 670]);
  });

  it('is fetched at once after the machine has slept, though no timer ran meanwhile', async () => {
    drawing.draw(h(Shown, { refreshMillis: 60_000 }));
    await seconds(10);
    drawing.page.show(false);
    vi.setSystemTime(began + 600_000);
    drawing.page.show(true);
    await seconds(1);
    expect(starts).toEqual([0, 600]);
  });

  it('is fetched once when the page comes back after hints', async () => {
    drawing.draw(h(Shown, { refreshMillis: undefined }));
    await seconds(1);
    drawing.hint('job');
    drawing.page.show(false);
    drawing.hint('job');
    await seconds(60);
    expect(starts).toEqual([0]);
    drawing.page.show(true);
    await seconds(60);
    expect(starts).toEqual([0, 61]);
  });

  it('leaves no timer behind', async () => {
    drawing.draw(h(Shown, { refreshMillis: 60_000 }));
    await seconds(1);
    drawing.leave();
    await seconds(1);
    expect(vi.getTimerCount()).toBe(0);
    drawing.page.show(false);
    drawing.page.show(true);
    await seconds(600);
    expect(starts).toEqual([0]);
  });
});
