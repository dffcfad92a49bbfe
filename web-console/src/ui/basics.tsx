import type { ComponentChildren } from 'preact';
import { ago, energy, instant, latency, methodText, short } from '../format';
import { useNow } from '../hooks';
import type { Problem } from '../problem';
import type { EnergyMethod } from '../wire';

type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'idle';

/** One tone and one mark per state word, so that colour is never the only sign. */
const TONES: Record<string, Tone> = {
  online: 'good',
  active: 'good',
  succeeded: 'good',
  evaluated: 'busy',
  approved: 'good',
  retired: 'warn',
  running: 'busy',
  changing: 'busy',
  queued: 'idle',
  pending: 'idle',
  empty: 'idle',
  draft: 'idle',
  unknown: 'idle',
  skipped: 'idle',
  offline: 'warn',
  expired: 'warn',
  aborted: 'warn',
  'rolled-back': 'warn',
  'rolling-back': 'warn',
  paused: 'warn',
  'needs-approval': 'warn',
  cancelled: 'warn',
  degraded: 'warn',
  waiting: 'idle',
  stopped: 'idle',
  passed: 'good',
  open: 'busy',
  withdrawing: 'warn',
  withdrawn: 'warn',
  breached: 'bad',
  lost: 'bad',
  failed: 'bad',
  critical: 'bad',
  warning: 'warn',
};
const MARKS: Record<Tone, string> = { good: '●', busy: '◐', warn: '▲', bad: '✕', idle: '○' };

export function Status({ state }: { state: string }) {
  const tone = TONES[state] ?? 'idle';
  return (
    <span class={`status ${tone}`}>
      <span aria-hidden="true">{MARKS[tone]}</span> {state}
    </span>
  );
}

/** The figure comes from a profile, not from a meter. */
export function Modelled() {
  return (
    <span class="badge modelled" title="Computed from the device profile, not measured">
      modelled
    </span>
  );
}

export function Latency({ millis, modelled }: { millis: number | null | undefined; modelled: boolean }) {
  const text = latency(millis);
  return (
    <span class="figure">
      {text}
      {modelled && millis !== null && millis !== undefined && <Modelled />}
    </span>
  );
}

export function Energy(props: { millijoules: number | null | undefined; method: EnergyMethod | null | undefined }) {
  const figure = energy(props.millijoules, props.method);
  return (
    <span class="figure">
      <span class={figure.known ? '' : 'unknown'}>{figure.text}</span>
      {figure.modelled && figure.known ? <Modelled /> : figure.method !== 'unknown' && <Method method={props.method} />}
    </span>
  );
}

export function Method({ method }: { method: string | null | undefined }) {
  return (
    <span class="badge" title="How the energy was measured">
      {methodText(method)}
    </span>
  );
}

export function When({ at }: { at: string | null | undefined }) {
  const now = useNow();
  return at ? (
    <time dateTime={at} title={instant(at)}>
      {ago(at, now)}
    </time>
  ) : (
    <span class="quiet">–</span>
  );
}

export function Digest({ value }: { value: string | null | undefined }) {
  return value ? (
    <code title={value}>{short(value)}</code>
  ) : (
    <span class="quiet">–</span>
  );
}

export function ProblemBox({ problem, retry }: { problem: Problem | undefined; retry?: () => void }) {
  return problem ? (
    <div class="problem" role="alert">
      <p>
        <strong>{problem.title}</strong>
        {problem.detail !== '' && <> {problem.detail}</>}
      </p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  ) : null;
}

export function Loading({ when }: { when: boolean }) {
  return when ? (
    <p class="quiet" role="status">
      Loading…
    </p>
  ) : null;
}

export function Panel(props: { title: ComponentChildren; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="panel">
      <header>
        <h2>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** Name and value pairs of one thing. */
export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
