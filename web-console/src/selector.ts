import type { RolloutRequest } from './wire';

/** Whom a rollout would reach, as the form asked for it. */
export function selectorText({ classes = [], q }: RolloutRequest['selector']): string {
  if (q === undefined) {
    return classes.length === 0 ? 'every device' : classes.join(' or ');
  }
  return `${classes.length === 0 ? 'every class' : classes.join(' or ')}, ${q}`;
}
