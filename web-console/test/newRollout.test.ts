import { h } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Api } from '../src/api';
import { selectorText } from '../src/selector';
import { NewRollout } from '../src/views/newRollout';
import type { DryRun, RolloutRequest } from '../src/wire';
import { Drawing } from './drawing';

describe('review of a rollout', () => {
  let drawing: Drawing;
  let reviews: { body: RolloutRequest; answer: (status: number, body: unknown) => void }[];
  let started: RolloutRequest[];

  beforeEach(async () => {
    vi.useFakeTimers();
    reviews = [];
    started = [];
    drawing = new Drawing(
      new Api('t', undefined, (input, init) => {
        const url = String(input);
        const body = init?.body ? (JSON.parse(String(init.body)) as RolloutRequest) : undefined;
        if (body && url.endsWith('?dryRun=true')) {
          return new Promise((resolve) =>
            reviews.push({ body, answer: (status, answer) => resolve(Response.json(answer, { status })) }),
          );
        }
        if (body) {
          started.push(body);
          return Promise.resolve(Response.json({ rollout: 'r-1' }, { status: 201 }));
        }
        const versions = [{ version: '1', state: 'approved', variants: [] }];
        return Promise.resolve(
          Response.json(url.includes('/models') ? { items: [{ model: 'm', versions }] } : { devices: {} }),
        );
      }),
    );
    vi.stubGlobal('document', drawing.page);
    vi.stubGlobal('location', { hash: '' });
    drawing.draw(h(NewRollout, { model: 'm', version: '1' }));
    await settle();
  });
  afterEach(() => {
    drawing.leave();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const settle = () => vi.advanceTimersByTimeAsync(100);
  const review = async () => {
    drawing.root.all('form')[0]?.fire('submit');
    await settle();
  };
  const edit = async (query: string) => {
    const input = drawing.root.all('input').find((each) => each.attribute('aria-describedby') === 'query-hint');
    input?.fire('input', { value: query });
    await settle();
  };
  const answered = (matched: number): DryRun => ({
    matched, fitting: matched, bytes: 1, waves: [{ wave: 0, devices: matched }], devices: [],
  });

  it('starts what was reviewed, and says for whom', async () => {
    await edit('group==edge');
    await review();
    reviews[0]?.answer(200, answered(3));
    await settle();
    expect(drawing.root.text).toContain('3 of 3 matched devices');
    expect(drawing.root.text).toContain('Targets: every class, group==edge.');
    drawing.button('Start')?.fire('click');
    await settle();
    expect(started).toEqual([reviews[0]?.body]);
    expect(started[0]?.selector).toEqual({ q: 'group==edge' });
  });

  it('is taken back by an edit', async () => {
    await review();
    reviews[0]?.answer(200, answered(900));
    await settle();
    await edit('group==edge');
    expect(drawing.button('Start')).toBeUndefined();
    expect(drawing.button('Review')?.attribute('disabled')).toBeUndefined();
  });

  it('is not taken for a form that was edited meanwhile', async () => {
    await review();
    await edit('group==edge');
    reviews[0]?.answer(200, answered(900));
    await settle();
    expect(drawing.button('Start')).toBeUndefined();
    expect(drawing.root.text).not.toContain('900');
  });

  it('need not wait for the answer to an earlier form', async () => {
    await review();
    await edit('group==edge');
    await review();
    expect(reviews.map(({ body }) => body.selector)).toEqual([{}, { q: 'group==edge' }]);
    reviews[1]?.answer(200, answered(3));
    await settle();
    reviews[0]?.answer(422, { title: 'Nothing matches' });
    await settle();
    expect(drawing.root.text).not.toContain('Nothing matches');
    drawing.button('Start')?.fire('click');
    await settle();
    expect(started).toEqual([reviews[1]?.body]);
  });
});

describe('targets of a rollout', () => {
  it('are said in a few words', () => {
    expect(selectorText({})).toBe('every device');
    expect(selectorText({ classes: ['gpu', 'npu'] })).toBe('gpu or npu');
    expect(selectorText({ q: 'group==edge' })).toBe('every class, group==edge');
    expect(selectorText({ classes: ['gpu'], q: 'group==edge' })).toBe('gpu, group==edge');
  });
});
