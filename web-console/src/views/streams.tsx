import type { ComponentChildren } from 'preact';
import { mayChange, useConsole } from '../context';
import { count, latency, loss, NONE, notPacked } from '../format';
import { useAction, usePaged, useResource } from '../hooks';
import { href } from '../router';
import {
  answerText,
  candidateName,
  energyPerFrame,
  facing,
  formText,
  minutesOf,
  series,
  stepsText,
  verdict,
} from '../streams';
import { Chart } from '../ui/chart';
import { Digest, Energy, Facts, Latency, Loading, Modelled, Panel, ProblemBox, Status, When } from '../ui/basics';
import { type Column, PagedTable, Table } from '../ui/table';
import type { Stream, StreamCandidate, StreamLatency, StreamOutcome, StreamPlan, StreamWindow } from '../wire';

const WINDOWS_SHOWN = 150;
const OUTCOMES_SHOWN = 24;
const CREATE = 'No stream yet: stream create MODEL --source NODE/DEVICE --sensor NAME --period-ms N --deadline-ms N.';

const COLUMNS: Column<Stream>[] = [
  {
    head: 'Stream',
    cell: (row) => (
      <a href={href({ view: 'stream', stream: row.stream })} title={row.stream}>
        {row.model} of {row.sensor}
      </a>
    ),
  },
  { head: 'State', cell: (row) => <Status state={row.state} /> },
  { head: 'Source', cell: (row) => <At device={row.source} /> },
  { head: 'Helper', cell: (row) => <At device={row.plan?.helper} /> },
  { head: 'Priority', number: true, cell: (row) => row.priority },
  { head: 'Met', number: true, cell: (row) => count(row.met) },
  { head: 'Missed', number: true, cell: (row) => <Bad figure={row.missed} /> },
  { head: 'Skipped', number: true, cell: (row) => count(row.skipped) },
  { head: 'p50 / p90', number: true, cell: (row) => <Both plan={row.plan} /> },
  { head: 'Energy per frame', number: true, cell: (row) => <PerFrame window={row.newest} /> },
  { head: 'Newest window', cell: (row) => <When at={row.heardAt} /> },
];

export function Streams() {
  const { api } = useConsole();
  const streams = usePaged('streams', api.streams, ['stream']);
  return (
    <>
      <div class="heading">
        <h1>Streams</h1>
      </div>
      <section class="panel">
        <PagedTable paged={streams} caption="Streams" columns={COLUMNS} keyOf={(row) => row.stream} empty={CREATE} />
      </section>
    </>
  );
}

export function StreamPage({ id }: { id: string }) {
  const { api, who } = useConsole();
  const stream = useResource(`stream ${id}`, (signal) => api.stream(id, signal), ['stream']);
  const why = useResource(`stream-why ${id}`, (signal) => api.streamWhy(id, signal), ['stream']);
  const windows = useResource(
    `stream-windows ${id}`,
    (signal) => api.streamWindows(id)({ limit: WINDOWS_SHOWN, signal }),
    ['stream'],
  );
  const stop = useAction(
    () => api.stopStream(id),
    () => stream.refetch(),
  );
  const data = stream.data;
  const open = data && ['running', 'degraded', 'waiting'].includes(data.state);
  return (
    <>
      <div class="heading">
        <h1>{data ? `${data.model} at ${data.source}` : `Stream ${id}`}</h1>
        {data && <Status state={data.state} />}
        {open && mayChange(who) && (
          <button type="button" class="danger" disabled={stop.busy} onClick={() => void stop.run()}>
            Stop
          </button>
        )}
      </div>
      <ProblemBox problem={stop.problem} />
      <ProblemBox problem={stream.problem} retry={stream.refetch} />
      <Loading when={stream.loading} />
      {data && (
        <>
          {data.reason && <p class="note attention">{data.reason}</p>}
          <StreamFacts stream={data} />
          <ProblemBox problem={windows.problem} retry={windows.refetch} />
          <Windows windows={windows.data?.items ?? []} />
          <ProblemBox problem={why.problem} retry={why.refetch} />
          <Plans plans={why.data?.plans ?? []} />
          <Outcomes windows={windows.data?.items ?? []} />
        </>
      )}
    </>
  );
}

function StreamFacts({ stream }: { stream: Stream }) {
  const facts: [string, ComponentChildren][] = [
    ['Stream', <code>{stream.stream}</code>],
    ['Sensor', stream.sensor],
    ['Helper', <At device={stream.plan?.helper} />],
    ['Priority', stream.priority],
    ['Period', latency(stream.periodMs)],
    ['Deadline', latency(stream.deadlineMs)],
    ['Met', count(stream.met)],
    ['Missed', <Bad figure={stream.missed} />],
    ['Skipped', count(stream.skipped)],
    ['Energy per frame', <PerFrame window={stream.newest} />],
    ['Begun', <When at={stream.createdAt} />],
    ['Newest window', <When at={stream.heardAt} />],
  ];
  if (stream.yieldsTo) {
    facts.push(['Yields to', <a href={href({ view: 'stream', stream: stream.yieldsTo })}>{stream.yieldsTo}</a>]);
  }
  if (stream.frame && stream.before) {
    facts.push(['Frames', formText(stream.frame)]);
    facts.push(['Before the network', stepsText(stream.before)]);
    facts.push(['Before it takes', <Taken took={stream.newest?.before} />]);
  }
  if (stream.after) {
    facts.push(['Behind the network', stepsText(stream.after)]);
    facts.push(['Behind it takes', <Taken took={stream.newest?.after} />]);
  }
  if (stream.energyBudgetMj != null) {
    facts.push(['Energy budget', `${stream.energyBudgetMj} mJ`]);
  }
  if (stream.accuracyFloor != null) {
    facts.push(['Accuracy floor', stream.accuracyFloor]);
  }
  if (stream.lossMax != null) {
    facts.push(['Packing may cost', loss(stream.lossMax)]);
  }
  if (stream.endedAt) {
    facts.push(['Ended', <When at={stream.endedAt} />]);
  }
  return <Facts facts={facts} />;
}

function Windows({ windows }: { windows: StreamWindow[] }) {
  const minutes = minutesOf(windows);
  const drawn = series(windows);
  return (
    <Panel title="Windows">
      {drawn.length === 0 && <p class="empty">The source has told of no window yet.</p>}
      {drawn.length > 0 && (
        <div class="charts">
          {drawn.map((one) => (
            <div key={`${one.metric} ${one.modelled}`}>
              <Chart title={one.metric} series={one} minutes={minutes} />
            </div>
          ))}
        </div>
      )}
    </Panel>
  );
}

const PLAN_COLUMNS: Column<StreamPlan>[] = [
  { head: 'Plan', cell: (row) => row.epoch },
  { head: 'Because of', cell: (row) => row.cause },
  { head: 'Helper', cell: (row) => <At device={row.helper} /> },
  { head: 'After', number: true, cell: (row) => row.after ?? NONE },
  { head: 'Planned', number: true, cell: (row) => latency(row.plannedMs) },
  { head: 'Seen p50', number: true, cell: (row) => <Seen plan={row} share="p50Ms" /> },
  { head: 'Met', number: true, cell: (row) => count(row.observed.met) },
  { head: 'Missed', number: true, cell: (row) => <Bad figure={row.observed.missed} /> },
  { head: 'Begun', cell: (row) => <When at={row.createdAt} /> },
];

function energy(millijoules: number | null | undefined): ComponentChildren {
  if (millijoules == null) {
    return <span class="unknown">unknown</span>;
  }
  return millijoules === 0 ? NONE : `${millijoules.toPrecision(3)} mJ`;
}

function transforms(candidate: StreamCandidate): ComponentChildren {
  const took = (candidate.beforeMs ?? 0) + (candidate.afterMs ?? 0);
  return took === 0 ? NONE : latency(took);
}

const CANDIDATE_COLUMNS: Column<StreamCandidate>[] = [
  { head: 'Way', cell: (row) => candidateName(row) },
  { head: 'Verdict', cell: (row) => verdict(row) },
  { head: 'Transforms', number: true, cell: (row) => transforms(row) },
  { head: 'Front', number: true, cell: (row) => latency(row.frontMs) },
  { head: 'Link', number: true, cell: (row) => latency(row.linkMs) },
  { head: 'Rest', number: true, cell: (row) => latency(row.backMs) },
  { head: 'In all', number: true, cell: (row) => latency(row.totalMs) },
  { head: 'p90', number: true, cell: (row) => latency(row.p90Ms) },
  { head: 'Computing', number: true, cell: (row) => energy(row.energyMj) },
  { head: 'Sending', number: true, cell: (row) => energy(row.linkMj) },
];

/** Where values may be packed. */
const LOSS_COLUMN: Column<StreamCandidate> = { head: 'Lost by packing', number: true, cell: (row) => lost(row) };

function lost(way: StreamCandidate): ComponentChildren {
  if (way.lossBasis === 'unknown') {
    return <span class="unknown">unknown</span>;
  }
  return way.lossBasis === 'measured' && way.loss != null ? loss(way.loss) : NONE;
}

function Plans({ plans }: { plans: StreamPlan[] }) {
  const newest = plans[0];
  const packing = newest?.why?.packing;
  const boards = newest?.why?.boards ?? [];
  return (
    <>
      {newest && (
        <Panel title={`Plan ${newest.epoch}, because of ${newest.cause}`}>
          {boards.length > 0 && <p class="note attention">{boards.map(facing).join('; ')}</p>}
          {packing?.reason && <p class="note attention">{notPacked(packing.reason)}</p>}
          <Table
            caption="Ways that were compared, the taken one first"
            columns={packing ? [...CANDIDATE_COLUMNS, LOSS_COLUMN] : CANDIDATE_COLUMNS}
            rows={newest.why?.candidates ?? []}
            keyOf={(row) => candidateName(row)}
            empty="Nothing was compared."
          />
        </Panel>
      )}
      <Panel title="Plans">
        <Table
          caption="Plans"
          columns={PLAN_COLUMNS}
          rows={plans}
          keyOf={(row) => row.epoch}
          empty="No plan yet: the source is not there, or cannot run the model."
        />
      </Panel>
    </>
  );
}

const OUTCOME_COLUMNS: Column<StreamOutcome>[] = [
  { head: 'Frame', cell: (row) => row.frame },
  { head: 'Sensor frame', number: true, cell: (row) => row.sensorFrame },
  { head: 'Ran on', cell: (row) => row.ranOn },
  { head: 'In time', cell: (row) => (row.met ? 'yes' : <span class="bad-ink">no</span>) },
  { head: 'Latency', number: true, cell: (row) => latency(row.latencyMs) },
  { head: 'Input', cell: (row) => <Digest value={row.input} /> },
  { head: 'Output', cell: (row) => <Answer outcome={row} /> },
];

function Answer({ outcome }: { outcome: StreamOutcome }) {
  if (!outcome.output) {
    return <span class="quiet">too large</span>;
  }
  const values = answerText(outcome);
  return values != null && outcome.form ? (
    <span title={formText(outcome.form)}>{values}</span>
  ) : (
    <code>{outcome.output}</code>
  );
}

function Outcomes({ windows }: { windows: StreamWindow[] }) {
  const rows = windows.flatMap((one) => [...(one.outcomes ?? [])].reverse()).slice(0, OUTCOMES_SHOWN);
  return (
    <Panel title="Newest answers">
      <Table
        caption="Newest answers"
        columns={OUTCOME_COLUMNS}
        rows={rows}
        keyOf={(row) => `${row.frame} ${row.input}`}
        empty="No frame was answered yet."
      />
    </Panel>
  );
}

/** What transforms took in a window; always measured. */
function Taken({ took }: { took: StreamLatency | null | undefined }) {
  return took ? (
    <span class="figure">
      {latency(took.p50Ms)} / {latency(took.p90Ms)}
    </span>
  ) : (
    <span class="quiet">{NONE}</span>
  );
}

function At({ device }: { device: string | null | undefined }) {
  const node = device?.split('/')[0];
  return node ? <a href={href({ view: 'node', node })}>{device}</a> : <span class="quiet">{NONE}</span>;
}

function Bad({ figure }: { figure: number }) {
  return figure > 0 ? <span class="bad-ink">{count(figure)}</span> : <>{count(0)}</>;
}

/** Times that were measured, else those that were modelled. */
function Seen({ plan, share }: { plan: StreamPlan | null | undefined; share: 'p50Ms' | 'p90Ms' }) {
  const measured = plan?.observed.measured;
  const seen = measured ?? plan?.observed.modelled;
  return seen ? <Latency millis={seen[share]} modelled={!measured} /> : <span class="quiet">{NONE}</span>;
}

function Both({ plan }: { plan: StreamPlan | null | undefined }) {
  const measured = plan?.observed.measured;
  const seen = measured ?? plan?.observed.modelled;
  return seen ? (
    <span class="figure">
      {latency(seen.p50Ms)} / {latency(seen.p90Ms)}
      {!measured && <Modelled />}
    </span>
  ) : (
    <span class="quiet">{NONE}</span>
  );
}

function PerFrame({ window }: { window: StreamWindow | null | undefined }) {
  const energy = window?.energy;
  if (!window || !energy) {
    return <span class="quiet">{NONE}</span>;
  }
  return (
    <>
      <Energy millijoules={energyPerFrame(window)} method={energy.energyMethod} />
      {window.modelled && energy.mj != null && energy.energyMethod !== 'model' && <Modelled />}
    </>
  );
}
