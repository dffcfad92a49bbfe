import { h } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Api } from '../src/api';
import { RolloutPage } from '../src/views/rollouts';
import { Drawing } from './drawing';

describe('why a target is where it is', () => {
  let drawing: Drawing;
  let rolloutState: string;
  let targetState: string;
  let why: { status: number; rule: string };
  let asked: string[];

  beforeEach(async () => {
    vi.useFakeTimers();
    rolloutState = 'running';
    targetState = 'pending';
    why = { status: 200, rule: 'wave' };
    asked = [];
    drawing = new Drawing(new Api('t', undefined, (input) => Promise.resolve(answer(String(input)))));
    vi.stubGlobal('document', drawing.page);
    drawing.draw(h(RolloutPage, { id: 'r-1' }));
    await settle();
  });
  afterEach(() => {
    drawing.leave();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  function answer(url: string): Response {
    if (url.includes('/why/')) {
      asked.push(url);
      return why.status === 200
        ? Response.json({ rule: `${why.rule}:`, detail: 'because' })
        : Response.json({ title: 'Not now' }, { status: why.status });
    }
    if (url.includes('/targets')) {
      return Response.json({ items: ['a', 'b'].map((node) => ({ node, device: 'cpu0', wave: 0, state: targetState })) });
    }
    if (url.includes('/waves') || url.includes('/gates')) {
      return Response.json({ items: [] });
    }
    return Response.json({
      rollout: 'r-1', model: 'm', version: '1', state: rolloutState, createdAt: '2026-01-01T00:00:00Z', wave: 0,
      waves: [100], counts: {},
    });
  }

  const settle = () => vi.advanceTimersByTimeAsync(3_000);
  const hint = async () => {
    drawing.hint('rollout');
    await settle();
  };
  const ask = async () => {
    drawing.button('Why?')?.fire('click');
    await settle();
  };

  it('is asked for the target that was pointed at alone', async () => {
    await hint();
    expect(asked).toEqual([]);
    await ask();
    expect(asked).toEqual(['/api/v1/rollouts/r-1/why/a/cpu0']);
    expect(drawing.root.text).toContain('wave: because');
    expect(drawing.button('Why?')).toBeDefined();
  });

  it('is asked again when the target or its rollout has moved on', async () => {
    await ask();
    [targetState, why.rule] = ['running', 'offered'];
    await hint();
    expect(drawing.root.text).toContain('offered: because');
    expect(drawing.root.text).not.toContain('wave: because');
    [rolloutState, why.rule] = ['paused', 'paused'];
    await hint();
    expect(drawing.root.text).toContain('paused: because');
    expect(drawing.root.text).not.toContain('offered: because');
  });

  it('is no longer told when asking again failed, and can be asked for once more', async () => {
    await ask();
    why.status = 503;
    await hint();
    expect(drawing.root.text).toContain('Not now');
    expect(drawing.root.text).not.toContain('wave: because');
    why = { status: 200, rule: 'offered' };
    drawing.button('Again')?.fire('click');
    await settle();
    expect(drawing.root.text).toContain('offered: because');
  });
});
