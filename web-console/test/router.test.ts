import { describe, expect, it } from 'vitest';
import { href, parseRoute, type Route, setupTokenOf } from '../src/router';
import { random } from './random';

describe('router', () => {
  it('reads every page', () => {
    const pages: [string, Route][] = [
      ['', { view: 'overview' }],
      ['#', { view: 'overview' }],
      ['#/', { view: 'overview' }],
      ['#/nodes', { view: 'nodes' }],
      ['#/nodes/', { view: 'nodes' }],
      ['#/nodes/cpu-1', { view: 'node', node: 'cpu-1' }],
      ['#/models/glyphs', { view: 'model', model: 'glyphs' }],
      ['#/rollouts', { view: 'rollouts' }],
      ['#/rollouts/new', { view: 'newRollout' }],
      ['#/rollouts/new/glyphs', { view: 'newRollout', model: 'glyphs' }],
      ['#/rollouts/new/glyphs/1.0.0', { view: 'newRollout', model: 'glyphs', version: '1.0.0' }],
      ['#/rollouts/01K2', { view: 'rollout', rollout: '01K2' }],
      ['#/jobs/j-1', { view: 'job', job: 'j-1' }],
      ['#/graph-jobs', { view: 'graphs' }],
      ['#/graph-jobs/g-1', { view: 'graph', job: 'g-1' }],
      ['#/streams', { view: 'streams' }],
      ['#/streams/s-1', { view: 'stream', stream: 's-1' }],
      ['#/energy', { view: 'energy' }],
      ['#/alerts', { view: 'alerts' }],
      ['#/enrol', { view: 'enrol' }],
      ['#/audit', { view: 'audit' }],
    ];
    for (const [hash, route] of pages) {
      expect(parseRoute(hash), hash).toEqual(route);
    }
  });

  it('sends the unknown and the ill-written to the missing page', () => {
    for (const hash of ['#/what', '#/nodes/a/b', '#/enrol/x', '#/nodes/%E0%A4%A', '#/rollouts/new/a/b/c']) {
      expect(parseRoute(hash), hash).toEqual({ view: 'missing', path: hash.slice(1) });
    }
  });

  it('returns to the route from its address, whatever the name', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed);
      const name = Array.from({ length: 1 + Math.floor(next() * 12) }, () =>
        String.fromCharCode(33 + Math.floor(next() * 300)),
      ).join('');
      const route: Route = { view: 'node', node: name };
      expect(parseRoute(href(route)), `seed ${seed}`).toEqual(route);
    }
  });

  it('finds the setup token of a printed link', () => {
    expect(setupTokenOf('#setup=abc%2Fd')).toBe('abc/d');
    expect(setupTokenOf('#setup=%E0%A4%A')).toBe('%E0%A4%A');
    expect(setupTokenOf('#setup=')).toBeUndefined();
    expect(setupTokenOf('#/nodes')).toBeUndefined();
  });
});
