import { useConsole, mayChange } from '../context';
import { count } from '../format';
import { useAction, usePaged, useResource } from '../hooks';
import { href } from '../router';
import { Digest, Facts, Loading, Panel, ProblemBox, Status, When } from '../ui/basics';
import { type Column, PagedTable, Table } from '../ui/table';
import type { Rollout, Target } from '../wire';
import { Place, ROLLOUT_COLUMNS } from './columns';

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
  { head: 'Reason', cell: (row) => row.reason ?? <span class="quiet">–</span> },
];

export function RolloutPage({ id }: { id: string }) {
  const { api, who } = useConsole();
  const rollout = useResource(`rollout ${id}`, (signal) => api.rollout(id, signal), ['rollout']);
  const abort = useAction(
    () => api.abortRollout(id),
    () => rollout.refetch(),
  );
  const data = rollout.data;
  return (
    <>
      <div class="heading">
        <h1>{data ? `${data.model} ${data.version}` : 'Rollout'}</h1>
        {data && <Status state={data.state} />}
        {data && !data.finishedAt && data.state !== 'rolling-back' && mayChange(who) && (
          <button
            type="button"
            class="danger"
            disabled={abort.busy}
            onClick={() => confirm(`Abort the rollout of ${data.model} ${data.version}?`) && void abort.run()}
          >
            Abort
          </button>
        )}
      </div>
      <ProblemBox problem={abort.problem} />
      <ProblemBox problem={rollout.problem} retry={rollout.refetch} />
      <Loading when={rollout.loading} />
      {data && (
        <>
          {data.reason && <p class={data.state === 'succeeded' ? 'note' : 'note attention'}>{data.reason}</p>}
          <Facts
            facts={[
              ['Rollout', <code>{data.rollout}</code>],
              ['Model', <a href={href({ view: 'model', model: data.model })}>{data.model}</a>],
              ['Started', <When at={data.createdAt} />],
              ['Finished', <When at={data.finishedAt} />],
              ['Targets', <Counts counts={data.counts} />],
            ]}
          />
          <Waves rollout={data} />
          <Panel title="Targets">
            <Table
              caption="Targets of this rollout"
              columns={TARGET_COLUMNS}
              rows={data.targets ?? []}
              keyOf={(row) => `${row.node}/${row.device}`}
              empty="No targets."
            />
          </Panel>
        </>
      )}
    </>
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

function Waves({ rollout }: { rollout: Rollout }) {
  return (
    <Panel title="Waves">
      <ol class="waves">
        {rollout.waves.map((share, wave) => {
          const targets = (rollout.targets ?? []).filter((target) => target.wave === wave);
          const done = targets.filter((target) => target.state === 'succeeded').length;
          return (
            <li key={wave} class={wave === rollout.wave ? 'current' : ''}>
              <strong>
                Wave {wave + 1} <span class="quiet">to {share} %</span>
              </strong>
              <Status state={waveState(rollout, wave, targets)} />
              <progress max={Math.max(1, targets.length)} value={done} aria-label={`Wave ${wave + 1}`} />
              <span class="quiet small">
                {count(done)} of {count(targets.length)} targets
              </span>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

function waveState(rollout: Rollout, wave: number, targets: Target[]): string {
  if (targets.some((target) => target.state === 'failed')) {
    return 'failed';
  }
  if (wave < rollout.wave || rollout.state === 'succeeded') {
    return 'succeeded';
  }
  if (wave > rollout.wave) {
    return rollout.state === 'running' ? 'pending' : 'skipped';
  }
  return rollout.state;
}
