import { describe, expect, it } from 'vitest';
import { alertTitle, countsText, pageOf } from '../src/alerts';
import type { Alert } from '../src/wire';

const alert = (kind: Alert['subject']['kind'], id: string, node?: string): Alert => ({
  alert: `x:${id}`,
  rule: 'x',
  severity: 'warning',
  subject: { kind, id },
  ...(node && { node }),
  detail: '',
});

describe('alerts', () => {
  it('lead to the page of what they are about, where there is one', () => {
    expect(pageOf(alert('node', 'n1', 'n1'))).toEqual({ view: 'node', node: 'n1' });
    expect(pageOf(alert('device', 'n1/cpu0', 'n1'))).toEqual({ view: 'node', node: 'n1' });
    expect(pageOf(alert('rollout', 'r-1'))).toEqual({ view: 'rollout', rollout: 'r-1' });
    expect(pageOf(alert('stream', 's-1', 'n1'))).toEqual({ view: 'stream', stream: 's-1' });
    expect(pageOf(alert('webhook', 'w-1'))).toBeUndefined();
    expect(pageOf(alert('trust', 'root'))).toBeUndefined();
  });

  it('have a title, of which a newer controller may have more', () => {
    expect(alertTitle('node-lost')).toBe('Node lost');
    expect(alertTitle('node-on-fire')).toBe('node-on-fire');
  });

  it('are counted by severity', () => {
    expect(countsText({ critical: 0, warning: 1 })).toBe('0 critical, 1 warning');
    expect(countsText({ critical: 2, warning: 1_200 })).toBe('2 critical, 1\u202f200 warnings');
  });
});
