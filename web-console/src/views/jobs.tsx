import type { ComponentChildren } from 'preact';
import { useConsole, mayChange } from '../context';
import { bytes, expectedEnergy, latency, NONE, notPacked, operators } from '../format';
import { useAction, usePaged, useResource } from '../hooks';
import { href } from '../router';
import { Digest, Energy, Facts, Latency, Loading, Panel, ProblemBox, Status, When } from '../ui/basics';
import { type Column, PagedTable, Table } from '../ui/table';
import type { Candidate, Job, Shared, SharedPart } from '../wire';
import { JOB_COLUMNS, Place } from './columns';

export function Jobs() {
  const { api } = useConsole();
  const jobs = usePaged('jobs', api.jobs, ['job']);
  return (
    <>
      <div class="heading">
        <h1>Jobs</h1>
        <a class="button" href={href({ view: 'graphs' })}>
          Jobs of several tasks
        </a>
      </div>
      <section class="panel">
        <PagedTable paged={jobs} caption="Jobs" columns={JOB_COLUMNS} keyOf={(row) => row.job} empty="No job yet." />
      </section>
    </>
  );
}

export function JobPage({ id }: { id: string }) {
  const { api, who } = useConsole();
  const job = useResource(`job ${id}`, (signal) => api.job(id, signal), ['job']);
  const cancel = useAction(
    () => api.cancelJob(id),
    () => job.refetch(),
  );
  const data = job.data;
  return (
    <>
      <div class="heading">
        <h1>Job {id}</h1>
        {data && <Status state={data.state} />}
        {(data?.state === 'queued' || data?.state === 'running') && mayChange(who) && (
          <button type="button" class="danger" disabled={cancel.busy} onClick={() => void cancel.run()}>
            Cancel
          </button>
        )}
      </div>
      <ProblemBox problem={cancel.problem} />
      <ProblemBox problem={job.problem} retry={job.refetch} />
      <Loading when={job.loading} />
      {data && (
        <>
          {data.reason && <p class={data.state === 'succeeded' ? 'note' : 'note attention'}>{data.reason}</p>}
          <JobFacts job={data} />
          {data.shared && <SharedBy shared={data.shared} modelled={data.modelled} />}
          <Why job={data} />
        </>
      )}
    </>
  );
}

/** Only where there is one: most outputs are small. */
function largeOutput(job: Job): [string, ComponentChildren][] {
  return job.outputDigest
    ? [['Large output', <>{bytes(job.outputBytes)} <Digest value={job.outputDigest} /></>]]
    : [];
}

/** What the caller bounded; most ask for nothing. */
function asked(job: Job): [string, ComponentChildren][] {
  const facts: [string, ComponentChildren][] = [];
  if (job.priority) {
    facts.push(['Priority', job.priority]);
  }
  if (job.energyBudgetMj != null) {
    facts.push(['Energy budget', `${job.energyBudgetMj} mJ`]);
  }
  if (job.accuracyFloor != null) {
    facts.push(['Accuracy floor', job.accuracyFloor]);
  }
  return facts;
}

function JobFacts({ job }: { job: Job }) {
  return (
    <Facts
      facts={[
        [
          'Model',
          <>
            <a href={href({ view: 'model', model: job.model })}>
              {job.model} {job.version}
            </a>{' '}
            <span class="quiet">{job.variant}</span>
          </>,
        ],
        ['Device', <Place node={job.node} device={job.device} />],
        ['Latency', <Latency millis={job.latencyMs} modelled={job.modelled} />],
        ['Energy', <Energy millijoules={job.energyMj} method={job.energyMethod} />],
        ['Attempts', job.attempts],
        ...largeOutput(job),
        ...asked(job),
        ['Created', <When at={job.createdAt} />],
        ['Deadline', <When at={job.deadlineAt} />],
        ['Finished', <When at={job.finishedAt} />],
      ]}
    />
  );
}

function SharedBy({ shared, modelled }: { shared: Shared; modelled: boolean }) {
  const columns: Column<SharedPart>[] = [
    { head: 'Device', cell: (row) => <Place node={row.node} device={row.device} /> },
    { head: 'Operators', cell: (row) => operators(row.from, row.to) },
    { head: 'Planned', number: true, cell: (row) => latency(row.plannedMs) },
    { head: 'Took', number: true, cell: (row) => <Latency millis={row.tookMs ?? null} modelled={modelled} /> },
    { head: 'Sent on', number: true, cell: (row) => bytes(row.sentBytes ?? row.bytes) },
    { head: 'In bits', number: true, cell: (row) => row.bits ?? NONE },
    { head: 'On its way', number: true, cell: (row) => latency(row.linkMs ?? null) },
  ];
  const alone = shared.localMs == null ? 'no device holds all of the network' : `the first device alone: ${latency(shared.localMs)}`;
  return (
    <Panel title={`Shared by ${shared.parts.length} devices`}>
      <p class="note">
        Planned {latency(shared.plannedMs)}, of it {latency(shared.linkMs)} on the way; {alone}
        {shared.observedMs != null && `; the controller saw ${latency(shared.observedMs)} from order to answer`}
      </p>
      <Table caption="Parts" columns={columns} rows={shared.parts} keyOf={(row) => String(row.from) + row.node} empty="" />
    </Panel>
  );
}

function Why({ job }: { job: Job }) {
  const candidates = job.why?.candidates ?? [];
  const chosen = job.why?.chosen;
  const columns: Column<Candidate>[] = [
    {
      head: 'Device',
      cell: (row) => (
        <span class="figure">
          {row.device}
          {row.device === chosen && <span class="badge good">chosen</span>}
        </span>
      ),
    },
    {
      head: 'Finish, estimated',
      number: true,
      cell: (row) => latency(row.finishMs ?? null),
    },
    { head: 'Wait', number: true, cell: (row) => latency(row.waitMs ?? null) },
    { head: 'Run', number: true, cell: (row) => latency(row.executionMs ?? null) },
    { head: 'Energy, expected', number: true, cell: (row) => (row.finishMs == null ? NONE : expectedEnergy(row.energyMj)) },
    { head: 'Later by', number: true, cell: (row) => latency(row.laterByMs ?? null) },
    {
      head: 'Verdict',
      cell: (row) => row.verdict.replaceAll('-', ' ') + (row.detail ? `: ${row.detail}` : ''),
    },
  ];
  return (
    <Panel title="Why this device">
      {job.why?.missingPart && <p class="note attention">No device holds part {job.why.missingPart}</p>}
      {job.why?.packing?.reason && <p class="note attention">{notPacked(job.why.packing.reason)}</p>}
      {job.why?.chosen && (
        <p class="note">
          Chosen: <strong>{job.why.chosen}</strong>
          {job.why.policy === 'relay' && ' for the first part, as no device holds all of the network'}
        </p>
      )}
      <Table
        caption="Devices that were considered"
        columns={columns}
        rows={candidates}
        keyOf={(row) => row.device}
        empty="No choice was made yet."
      />
    </Panel>
  );
}

