import { count } from './format';
import type { Route } from './router';
import type { Alert, ChangeKind, Severity } from './wire';

/** Hints after which there may be other alerts. */
export const ALERT_KINDS: readonly ChangeKind[] = ['node', 'rollout', 'stream', 'job'];

const TITLES: Record<string, string> = {
  'node-lost': 'Node lost',
  'certificate-ended': 'Certificate over',
  'list-refused': 'List refused',
  'trust-root-ended': 'Trust root over',
  'controller-certificate-ended': 'Controller certificate over',
  'gate-breach': 'Gate breached',
  'rollout-failed': 'Rollout failed',
  'stream-failed': 'Stream failed',
  'node-offline': 'Node offline',
  'node-behind': 'Node behind its list',
  'node-hot': 'Node hot',
  'battery-low': 'Battery low',
  'certificate-ending': 'Certificate ends',
  'trust-root-ending': 'Trust root ends',
  'controller-certificate-ending': 'Controller certificate ends',
  'device-failing': 'Device failing',
  'slot-failed': 'Slot failed',
  'device-drifted': 'Device drifted',
  'rollout-needs-approval': 'Approval needed',
  'rollout-paused': 'Rollout paused',
  'rollout-rolling-back': 'Rollout goes back',
  'rollout-rolled-back': 'Rollout went back',
  'stream-degraded': 'Stream degraded',
  'stream-waiting': 'Stream waits',
  'webhook-given-up': 'Webhook given up',
};

/** A rule for people; one of a newer controller as it is. */
export function alertTitle(rule: string): string {
  return TITLES[rule] ?? rule;
}

/** The page of what an alert is about, if there is one. */
export function pageOf({ subject, node }: Alert): Route | undefined {
  switch (subject.kind) {
    case 'node':
    case 'device':
      return node ? { view: 'node', node } : undefined;
    case 'rollout':
      return { view: 'rollout', rollout: subject.id };
    case 'stream':
      return { view: 'stream', stream: subject.id };
    default:
      return undefined;
  }
}

export function countsText({ critical, warning }: Record<Severity, number>): string {
  return `${count(critical)} critical, ${count(warning)} ${warning === 1 ? 'warning' : 'warnings'}`;
}
