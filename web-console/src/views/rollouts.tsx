import { useEffect, useState } from 'preact/hooks';
import type { RolloutOrder } from '../api';
import { mayApprove, mayChange, useConsole } from '../context';
import { count } from '../format';
import { useAction, usePaged, useResource } from '../hooks';
import { href } from '../router';
import { Digest, Facts, Loading, Panel, ProblemBox, Status, When } from '../ui/basics';
import { type Column, PagedTable, Table } from '../ui/table';
import type { GateTest, Rollout, Target, Wave, Who } from '../wire';
import { Place, ROLLOUT_COLUMNS } from './columns';

const WHY_GAP_MILLIS = 2_000;

export function Rollouts() {
  const { api, who } = useConsole();
  const rollouts = usePaged('rollouts', api.rollouts, ['rollout']);
  return (
    <>
      <div class="heading">
        <h1>Rollouts</h1>
        {mayChange(who) && (
          <a class="button" href={href({ view: 'newRollout' })}>
            Start a rollout
          </a>
        )}
      </div>
      <section class="panel">
        <PagedTable
          paged={rollouts}
          caption="Rollouts"
          columns={ROLLOUT_COLUMNS}
          keyOf={(row) => row.rollout}
          empty="No rollout yet."
        />
      </section>
    </>
  );
}

const TARGET_COLUMNS: Column<Target>[] = [
  { head: 'Device', cell: (row) => <Place node={row.node} device={row.device} /> },
  { head: 'State', cell: (row) => <Status state={row.state} /> },
  { head: 'Wave', number: true, cell: (row) => row.wave + 1 },
  { head: 'Variant', cell: (row) => row.variant ?? <span class="quiet">–</span> },
  { head: 'Digest', cell: (row) => <Digest value={row.digest} /> },
  { head: 'Reason', cell: (row) => row.failure ?? row.reason ?? <span class="quiet">–</span> },
];

interface Order {
  order: RolloutOrder;
  label: string;
  may: (who: Who) => boolean;
  fits: (rollout: Rollout) => boolean;
  ask?: string;
}

const ORDERS: Order[] = [
  { order: 'approve', label: 'Approve', may: mayApprove, fits: ({ state }) => state === 'needs-approval' },
  { order: 'pause', label: 'Pause', may: mayChange, fits: ({ state }) => state === 'running' },
  {
    order: 'resume',
    label: 'Resume',
    may: mayChange,
    fits: ({ state }) => state === 'paused',
    ask: 'A breach of its wave counts as accepted.',
  },
  {
    order: 'retry',
    label: 'Retry failed',
    may: mayChange,
    fits: ({ state, counts }) => (state === 'running' || state === 'paused') && counts.failed > 0,
  },
  {
    order: 'abort',
    label: 'Abort',
    may: mayChange,
    fits: ({ state, finishedAt }) => !finishedAt && state !== 'rolling-back',
    ask: 'Every device that was touched goes back to what it ran before.',
  },
];

/** An order that waits for a yes, given for the wave that was seen. */
interface Asked {
  order: Order;
  wave: number;
}

/** A yes to another wave is another decision; stopping everything is the same in each. */
const stands = ({ order, wave }: Asked, rollout: Rollout) =>
  order.fits(rollout) && (order.order === 'abort' || wave === rollout.wave);

export function RolloutPage({ id }: { id: string }) {
  const { api, who } = useConsole();
  const rollout = useResource(`rollout ${id}`, (signal) => api.rollout(id, signal), ['rollout']);
  const waves = useResource(`waves ${id}`, (signal) => api.waves(id, signal), ['rollout']);
  const gates = useResource(`gates ${id}`, (signal) => api.gates(id, signal), ['rollout', 'telemetry']);
  const targets = usePaged(`targets ${id}`, api.targets(id), ['rollout']);
  const [asked, setAsked] = useState<Asked>();
  const action = useAction(
    () => api.orderRollout(id, (asked as Asked).order.order),
    () => {
      setAsked(undefined);
      rollout.refetch();
    },
  );
  const data = rollout.data;
  const order = asked && data && stands(asked, data) ? asked.order : undefined;
  useEffect(() => {
    if (asked && data && !stands(asked, data)) {
      setAsked(undefined);
    }
  }, [asked, data]);
  return (
    <>
      <div class="heading">
        <h1>{data ? `${data.model} ${data.version}` : 'Rollout'}</h1>
        {data && <Status state={data.state} />}
        {data &&
          ORDERS.filter((each) => each.may(who) && each.fits(data)).map((each) => (
            <button
              key={each.order}
              type="button"
              class={each.order === 'abort' ? 'danger' : ''}
              disabled={action.busy}
              onClick={() => setAsked({ order: each, wave: data.wave })}
            >
              {each.label}
            </button>
          ))}
      </div>
      {order && data && (
        <div class="confirm" role="group" aria-label={order.label}>
          <p>
            {order.label} the rollout of {data.model} {data.version}? {order.ask}
          </p>
          <button type="button" class="primary" disabled={action.busy} onClick={() => void action.run()}>
            {order.label}
          </button>
          <button type="button" onClick={() => setAsked(undefined)}>
            Leave it
          </button>
        </div>
      )}
      <ProblemBox problem={action.problem} />
      <ProblemBox problem={rollout.problem} retry={rollout.refetch} />
      <Loading when={rollout.loading} />
      {data && (
        <>
          {data.reason && (
            <p class={data.state === 'succeeded' ? 'note' : 'note attention'}>
              {data.reason}
              {data.detail && <>: {data.detail}</>}
            </p>
          )}
          <Facts
            facts={[
              ['Rollout', <code>{data.rollout}</code>],
              ['Model', <a href={href({ view: 'model', model: data.model })}>{data.model}</a>],
              ['Started', <When at={data.createdAt} />],
              ['Finished', <When at={data.finishedAt} />],
              ['Targets', <Counts counts={data.counts} />],
            ]}
          />
          <Waves rollout={data} waves={waves.data ?? []} />
          {gates.data && gates.data.length > 0 && (
            <Panel title="Gates">
              <Table
                caption="Tests of this rollout's gates"
                columns={GATE_COLUMNS}
                rows={gates.data}
                keyOf={(row) => `${row.metric} ${row.stratum}`}
                empty="None."
              />
            </Panel>
          )}
          <Panel title="Targets">
            <PagedTable
              paged={targets}
              caption="Targets of this rollout"
              columns={[...TARGET_COLUMNS, whyColumn(data)]}
              keyOf={(row) => `${row.node}/${row.device}`}
              empty="No targets."
            />
          </Panel>
        </>
      )}
    </>
  );
}

const GATE_COLUMNS: Column<GateTest>[] = [
  { head: 'Metric', cell: (row) => row.metric },
  { head: 'Devices', cell: (row) => row.stratum },
  { head: 'State', cell: (row) => <Status state={gateState(row)} /> },
  { head: 'Samples', number: true, cell: (row) => `${count(row.samples)} of ${count(row.samplesMin)}` },
  { head: 'Figures', cell: (row) => <span class="small">{row.detail}</span> },
];

function gateState({ decision, passed }: GateTest): string {
  return decision === 'rejected' ? 'breached' : passed ? 'passed' : 'open';
}

function whyColumn(rollout: Rollout): Column<Target> {
  return {
    head: 'Why',
    cell: (row) => (rollout.finishedAt ? <span class="quiet">–</span> : <WhyCell rollout={rollout} target={row} />),
  };
}

interface WhyProps {
  rollout: Rollout;
  target: Target;
}

/** Asked for target by target, since a page of answers would be a page of requests. */
function WhyCell(props: WhyProps) {
  const [asked, setAsked] = useState(false);
  return asked ? (
    <WhyAnswer {...props} />
  ) : (
    <button type="button" class="link" onClick={() => setAsked(true)}>
      Why?
    </button>
  );
}

/** Starts afresh when the target or its rollout has moved on: an older answer would speak of another state. */
function WhyAnswer({ rollout: { rollout, state, wave }, target }: WhyProps) {
  const { api } = useConsole();
  const { node, device } = target;
  const { data, problem, refetch } = useResource(
    `why ${rollout} ${node}/${device} ${state} ${wave} ${target.state}`,
    (signal) => api.why(rollout, node, device, signal),
    ['rollout'],
    { gapMillis: WHY_GAP_MILLIS },
  );
  if (problem) {
    return (
      <span class="small">
        {problem.message}{' '}
        <button type="button" class="link" onClick={refetch}>
          Again
        </button>
      </span>
    );
  }
  return data ? (
    <span class="small">
      <strong>{data.rule}</strong> {data.detail}
    </span>
  ) : (
    <span class="quiet">Looking…</span>
  );
}

function Counts({ counts }: { counts: Rollout['counts'] }) {
  const kept = Object.entries(counts).filter(([, value]) => value > 0);
  return (
    <span class="parts">
      {kept.length === 0
        ? 'none'
        : kept.map(([state, value]) => (
            <span key={state}>
              {count(value)} <Status state={state} />
            </span>
          ))}
    </span>
  );
}

function Waves({ rollout, waves }: { rollout: Rollout; waves: Wave[] }) {
  return (
    <Panel title="Waves">
      <ol class="waves">
        {waves.map(({ wave, counts }) => {
          const all = Object.values(counts).reduce((sum, value) => sum + value, 0);
          return (
            <li key={wave} class={wave === rollout.wave ? 'current' : ''}>
              <strong>Wave {wave + 1}</strong>
              <Status state={waveState(rollout, wave, counts)} />
              <progress max={Math.max(1, all)} value={counts.succeeded} aria-label={`Wave ${wave + 1}`} />
              <span class="quiet small">
                {count(counts.succeeded)} of {count(all)} targets
              </span>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

function waveState(rollout: Rollout, wave: number, counts: Wave['counts']): string {
  if (counts.failed > 0) {
    return 'failed';
  }
  if (counts.withdrawing + counts.withdrawn > 0) {
    return counts.withdrawing > 0 ? 'rolling-back' : 'rolled-back';
  }
  if (wave < rollout.wave || rollout.state === 'succeeded') {
    return 'succeeded';
  }
  if (wave > rollout.wave) {
    return rollout.finishedAt ? 'skipped' : 'pending';
  }
  return rollout.state;
}
