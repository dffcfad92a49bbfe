import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Api, isAbort } from './api';
import { ConsoleProvider, type Console } from './context';
import { Live } from './live';
import { asProblem, Problem } from './problem';
import { parseRoute, type Route } from './router';
import { session } from './session';
import { Loading, ProblemBox } from './ui/basics';
import { Shell } from './ui/shell';
import { Alerts } from './views/alerts';
import { Audit } from './views/audit';
import { Energy } from './views/energy';
import { Enrol } from './views/enrol';
import { GraphPage, Graphs } from './views/graphs';
import { JobPage, Jobs } from './views/jobs';
import { ModelPage, Models } from './views/models';
import { NewRollout } from './views/newRollout';
import { NodePage } from './views/node';
import { Nodes } from './views/nodes';
import { Overview } from './views/overview';
import { RolloutPage, Rollouts } from './views/rollouts';
import { SignIn } from './views/signin';
import { StreamPage, Streams } from './views/streams';

/** What the console was opened with, to be exchanged for an API token. */
export type Entrance = () => Promise<{ token: string }>;

/** @param entrance taken at once */
export function App({ entrance }: { entrance: Entrance | undefined }) {
  const [token, setToken] = useState(() => (entrance === undefined ? session.token() : ''));
  const [exchanging, setExchanging] = useState(entrance !== undefined);
  const [notice, setNotice] = useState<Problem>();

  const enter = (next: string) => {
    session.keep(next);
    setNotice(undefined);
    setToken(next);
  };
  const leave = (why?: Problem) => {
    session.forget();
    setNotice(why);
    setToken('');
  };

  useEffect(() => {
    if (entrance !== undefined) {
      entrance()
        .then((answer) => enter(answer.token))
        .catch((thrown: unknown) => setNotice(asProblem(thrown)))
        .finally(() => setExchanging(false));
    }
  }, [entrance]);

  if (exchanging) {
    return (
      <main class="signin">
        <Loading when />
      </main>
    );
  }
  return token === '' ? (
    <SignIn key={notice?.message} notice={notice} onToken={enter} />
  ) : (
    <Session key={token} token={token} onEnd={leave} />
  );
}

function Session({ token, onEnd }: { token: string; onEnd: (why?: Problem) => void }) {
  const [open, setOpen] = useState<Console>();
  const [problem, setProblem] = useState<Problem>();
  const [attempt, setAttempt] = useState(0);
  const ended = useRef(false);

  const api = useMemo(
    () =>
      new Api(token, () => {
        if (!ended.current) {
          ended.current = true;
          onEnd(new Problem(401, 'unauthorized', 'The session has ended', 'Sign in again.'));
        }
      }),
    [token],
  );

  useEffect(() => {
    const end = new AbortController();
    const live = new Live((signal) => api.events(signal));
    api
      .whoami(end.signal)
      .then((who) => {
        if (!end.signal.aborted) {
          setOpen({ api, live, who });
          void live.run();
        }
      })
      .catch((thrown: unknown) => {
        if (!isAbort(thrown)) {
          setProblem(asProblem(thrown));
        }
      });
    return () => {
      end.abort();
      live.stop();
    };
  }, [api, attempt]);

  const retry = () => {
    setProblem(undefined);
    setAttempt(attempt + 1);
  };
  if (!open) {
    return (
      <main class="signin">
        <ProblemBox problem={problem} retry={retry} />
        <Loading when={!problem} />
      </main>
    );
  }
  return (
    <ConsoleProvider value={open}>
      <Routed onSignOut={() => onEnd()} />
    </ConsoleProvider>
  );
}

function Routed({ onSignOut }: { onSignOut: () => void }) {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => {
      setHash(location.hash);
      window.scrollTo(0, 0);
      // Where a full page load would, so that screen readers begin with the new page.
      document.getElementById('main')?.focus({ preventScroll: true });
    };
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  const route = useMemo(() => parseRoute(hash), [hash]);
  useEffect(() => {
    document.title = `${titleOf(route)} · Fleetwright`;
  }, [route]);
  return (
    <Shell route={route} onSignOut={onSignOut}>
      <View key={hash} route={route} />
    </Shell>
  );
}

function View({ route }: { route: Route }) {
  switch (route.view) {
    case 'overview':
      return <Overview />;
    case 'nodes':
      return <Nodes />;
    case 'node':
      return <NodePage name={route.node} />;
    case 'models':
      return <Models />;
    case 'model':
      return <ModelPage name={route.model} />;
    case 'rollouts':
      return <Rollouts />;
    case 'newRollout':
      return <NewRollout model={route.model} version={route.version} />;
    case 'rollout':
      return <RolloutPage id={route.rollout} />;
    case 'jobs':
      return <Jobs />;
    case 'job':
      return <JobPage id={route.job} />;
    case 'graphs':
      return <Graphs />;
    case 'graph':
      return <GraphPage id={route.job} />;
    case 'streams':
      return <Streams />;
    case 'stream':
      return <StreamPage id={route.stream} />;
    case 'energy':
      return <Energy />;
    case 'alerts':
      return <Alerts />;
    case 'enrol':
      return <Enrol />;
    case 'audit':
      return <Audit />;
    case 'missing':
      return (
        <>
          <h1>No such page</h1>
          <p>
            <code>{route.path}</code> is not a page of this console. <a href="#/">Overview</a>
          </p>
        </>
      );
  }
}

function titleOf(route: Route): string {
  switch (route.view) {
    case 'node':
      return route.node;
    case 'model':
      return route.model;
    case 'rollout':
      return `Rollout ${route.rollout}`;
    case 'newRollout':
      return 'Start a rollout';
    case 'job':
    case 'graph':
      return `Job ${route.job}`;
    case 'graphs':
      return 'Jobs of several tasks';
    case 'stream':
      return `Stream ${route.stream}`;
    case 'missing':
      return 'No such page';
    default:
      return route.view.charAt(0).toUpperCase() + route.view.slice(1);
  }
}
