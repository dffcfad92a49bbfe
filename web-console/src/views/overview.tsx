import type { ComponentChildren } from 'preact';
import { useConsole } from '../context';
import { count } from '../format';
import { usePaged, useResource } from '../hooks';
import { href } from '../router';
import { Loading, Panel, ProblemBox, Status } from '../ui/basics';
import { Table } from '../ui/table';
import type { Overview as Facts } from '../wire';
import { JOB_COLUMNS, ROLLOUT_COLUMNS } from './columns';

/** The last minute moves on while nothing runs. */
const PACE = { gapMillis: 1_000, refreshMillis: 60_000 };

export function Overview() {
  const { api } = useConsole();
  const facts = useResource('overview', api.overview, ['node', 'rollout', 'job', 'model', 'telemetry'], PACE);
  const rollouts = usePaged('rollouts', api.rollouts, ['rollout'], 5);
  const jobs = usePaged('jobs', api.jobs, ['job'], 8);
  return (
    <>
      <h1>Overview</h1>
      <ProblemBox problem={facts.problem} retry={facts.refetch} />
      <Loading when={facts.loading} />
      {facts.data && <Tiles facts={facts.data} />}
      <Panel title="Recent rollouts" aside={<a href={href({ view: 'rollouts' })}>All rollouts</a>}>
        <ProblemBox problem={rollouts.problem} retry={rollouts.refetch} />
        <Loading when={rollouts.loading} />
        {rollouts.data && (
          <Table
            caption="Recent rollouts"
            columns={ROLLOUT_COLUMNS}
            rows={rollouts.data}
            keyOf={(row) => row.rollout}
            empty="No rollout yet."
          />
        )}
      </Panel>
      <Panel title="Recent jobs" aside={<a href={href({ view: 'jobs' })}>All jobs</a>}>
        <ProblemBox problem={jobs.problem} retry={jobs.refetch} />
        <Loading when={jobs.loading} />
        {jobs.data && (
          <Table
            caption="Recent jobs"
            columns={JOB_COLUMNS}
            rows={jobs.data}
            keyOf={(row) => row.job}
            empty="No job yet."
          />
        )}
      </Panel>
    </>
  );
}

function Tiles({ facts }: { facts: Facts }) {
  const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, value) => sum + value, 0);
  return (
    <div class="tiles">
      <Tile name="Nodes" to={href({ view: 'nodes' })} value={total(facts.nodes)}>
        <States counts={facts.nodes} always={['online']} />
      </Tile>
      <Tile name="Devices" value={total(facts.devices)}>
        {Object.entries(facts.devices).map(([name, value]) => (
          <span key={name}>
            {count(value)} {name}
          </span>
        ))}
      </Tile>
      <Tile name="Models" to={href({ view: 'models' })} value={facts.models} />
      <Tile name="Rollouts running" to={href({ view: 'rollouts' })} value={facts.rollouts.running}>
        <States counts={facts.rollouts} always={['succeeded', 'failed']} without="running" />
      </Tile>
      <Tile name="Jobs in work" to={href({ view: 'jobs' })} value={facts.jobs.queued + facts.jobs.running}>
        <States counts={facts.jobs} always={['queued', 'running', 'succeeded']} />
      </Tile>
      <Tile name="Inferences per minute" value={facts.inferencesLastMinute} />
      <Tile name="Dropped messages" value={facts.droppedMessages} alarm={facts.droppedMessages > 0} />
    </div>
  );
}

function Tile(props: { name: string; value: number; to?: string; alarm?: boolean; children?: ComponentChildren }) {
  return (
    <section class={props.alarm ? 'tile alarm' : 'tile'}>
      <h2>{props.to ? <a href={props.to}>{props.name}</a> : props.name}</h2>
      <p class="big">
        {count(props.value)}
        {props.alarm && <span class="badge warn">look</span>}
      </p>
      <div class="parts">{props.children}</div>
    </section>
  );
}

/** States with anything in them, and those that are always worth saying. */
function States(props: { counts: Record<string, number>; always: string[]; without?: string }) {
  return (
    <>
      {Object.entries(props.counts)
        .filter(([name, value]) => name !== props.without && (value > 0 || props.always.includes(name)))
        .map(([name, value]) => (
          <span key={name}>
            {count(value)} <Status state={name} />
          </span>
        ))}
    </>
  );
}
