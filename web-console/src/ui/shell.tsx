import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ALERT_KINDS, countsText } from '../alerts';
import { useConsole } from '../context';
import { count } from '../format';
import { useResource } from '../hooks';
import type { LiveState } from '../live';
import { href, type Route } from '../router';
import { applyTheme, theme as keptTheme, type Theme } from '../session';

/** Alerts are told by all kinds of hints, most of which change none. */
const ALERT_GAP_MILLIS = 5_000;

const PAGES: { name: string; route: Route; views: Route['view'][] }[] = [
  { name: 'Overview', route: { view: 'overview' }, views: ['overview'] },
  { name: 'Nodes', route: { view: 'nodes' }, views: ['nodes', 'node'] },
  { name: 'Models', route: { view: 'models' }, views: ['models', 'model'] },
  { name: 'Rollouts', route: { view: 'rollouts' }, views: ['rollouts', 'rollout', 'newRollout'] },
  { name: 'Jobs', route: { view: 'jobs' }, views: ['jobs', 'job', 'graphs', 'graph'] },
  { name: 'Streams', route: { view: 'streams' }, views: ['streams', 'stream'] },
  { name: 'Energy', route: { view: 'energy' }, views: ['energy'] },
  { name: 'Alerts', route: { view: 'alerts' }, views: ['alerts'] },
  { name: 'Enrol', route: { view: 'enrol' }, views: ['enrol'] },
  { name: 'Audit', route: { view: 'audit' }, views: ['audit'] },
];

interface ShellProps {
  route: Route;
  onSignOut: () => void;
  children: ComponentChildren;
}

export function Shell({ route, onSignOut, children }: ShellProps) {
  const { who } = useConsole();
  const skip = (event: Event) => {
    // The fragment is the router's: the link moves the focus itself.
    event.preventDefault();
    document.getElementById('main')?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to content
      </a>
      <header class="top">
        <span class="brand">Fleetwright</span>
        <nav aria-label="Main">
          <ul>
            {PAGES.map((page) => (
              <li key={page.name}>
                <a href={href(page.route)} aria-current={page.views.includes(route.view) ? 'page' : undefined}>
                  {page.name}
                  {page.route.view === 'alerts' && <AlertBadge />}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="tools">
          <Connection />
          <ThemeToggle />
          <span class="who" title={`Tenant ${who.tenant}`}>
            {who.name} <span class="badge">{who.role}</span>
          </span>
          <button type="button" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

/** How many things need eyes; nothing while all is well. */
function AlertBadge() {
  const { api } = useConsole();
  const counts = useResource('alert-counts', api.alertCounts, ALERT_KINDS, { gapMillis: ALERT_GAP_MILLIS }).data?.counts;
  const total = counts ? counts.critical + counts.warning : 0;
  return counts && total > 0 ? (
    <>
      {' '}
      <span class={`badge ${counts.critical > 0 ? 'bad' : 'warn'}`} title={countsText(counts)}>
        <span aria-hidden="true">{count(total)}</span>
        <span class="unseen">{countsText(counts)}</span>
      </span>
    </>
  ) : null;
}

function Connection() {
  const { live } = useConsole();
  const [state, setState] = useState<LiveState>(live.state);
  useEffect(() => {
    setState(live.state);
    return live.watch(setState);
  }, [live]);
  return (
    <span class={`connection ${state.state}`} role="status" aria-live="polite">
      <span aria-hidden="true">{state.state === 'live' ? '●' : state.state === 'connecting' ? '◐' : '▲'}</span>{' '}
      {state.state === 'live' ? 'Live' : state.state === 'connecting' ? 'Connecting' : 'Not live'}
    </span>
  );
}

const NEXT: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };

function ThemeToggle() {
  const [theme, setTheme] = useState<Theme>(keptTheme);
  const next = () => {
    applyTheme(NEXT[theme]);
    setTheme(NEXT[theme]);
  };
  return (
    <button type="button" onClick={next} aria-label={`Theme: ${theme}. Change to ${NEXT[theme]}`}>
      {theme === 'auto' ? '◑ Auto' : theme === 'light' ? '○ Light' : '● Dark'}
    </button>
  );
}
