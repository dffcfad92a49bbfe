import type { ComponentChildren } from 'preact';
import { mayChange, useConsole } from '../context';
import { latency } from '../format';
import { useAction, useNow, usePaged, useResource } from '../hooks';
import { href } from '../router';
import { lanes, layout, place, values, what } from '../taskgraph';
import { Energy, Facts, Latency, Loading, Panel, ProblemBox, Status, When } from '../ui/basics';
import { type Column, PagedTable, Table } from '../ui/table';
import type { GraphJob, GraphTask } from '../wire';
import { Place } from './columns';

const COLUMNS: Column<GraphJob>[] = [
  { head: 'Job', cell: (row) => <a href={href({ view: 'graph', job: row.job })}>{row.job}</a> },
  { head: 'Name', cell: (row) => row.name },
  { head: 'State', cell: (row) => <Status state={row.state} /> },
  { head: 'Reason', cell: (row) => row.reason ?? <span class="quiet">–</span> },
  { head: 'Planned', number: true, cell: (row) => latency(row.plannedMs) },
  { head: 'Seen', number: true, cell: (row) => latency(row.observedMs) },
  { head: 'Created', cell: (row) => <When at={row.createdAt} /> },
];

export function Graphs() {
  const { api } = useConsole();
  const jobs = usePaged('graph-jobs', api.graphs, ['job']);
  return (
    <>
      <div class="heading">
        <h1>Jobs of several tasks</h1>
        <a class="button" href={href({ view: 'jobs' })}>
          All inferences
        </a>
      </div>
      <section class="panel">
        <PagedTable
          paged={jobs}
          caption="Jobs of several tasks"
          columns={COLUMNS}
          keyOf={(row) => row.job}
          empty="No job of several tasks yet: job submit --graph FILE."
        />
      </section>
    </>
  );
}

export function GraphPage({ id }: { id: string }) {
  const { api, who } = useConsole();
  const job = useResource(`graph-job ${id}`, (signal) => api.graph(id, signal), ['job']);
  const cancel = useAction(
    () => api.cancelGraph(id),
    () => job.refetch(),
  );
  const data = job.data;
  const tasks = data?.tasks ?? [];
  return (
    <>
      <div class="heading">
        <h1>{data ? data.name : `Job ${id}`}</h1>
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
          {data.reason && <p class="note attention">{data.reason}</p>}
          <JobFacts job={data} />
          <Panel title="Tasks">
            <TaskGraph tasks={tasks} />
          </Panel>
          <Panel title="Planned and seen">
            <Gantt job={data} tasks={tasks} />
          </Panel>
          <Panel title="Task by task">
            <TaskTable tasks={tasks} />
          </Panel>
          {data.outputs && (
            <Panel title="Outputs">
              <Table
                caption="Outputs"
                columns={[
                  { head: 'Output', cell: (row) => row[0] },
                  { head: 'Form', cell: (row) => `${row[1].type}[${row[1].shape.join(',')}]` },
                  { head: 'Values', cell: (row) => <code>{values(row[1])}</code> },
                ]}
                rows={Object.entries(data.outputs)}
                keyOf={(row) => row[0]}
                empty="None."
              />
            </Panel>
          )}
        </>
      )}
    </>
  );
}

function JobFacts({ job }: { job: GraphJob }) {
  const unknown = job.energy?.unknownTasks ?? 0;
  const known = job.energy?.knownMj;
  const facts: [string, ComponentChildren][] = [
    ['Job', <code>{job.job}</code>],
    ['Planned', latency(job.plannedMs)],
    ['Seen', latency(job.observedMs)],
    [
      'Energy',
      <span class="figure">
        <span class={known == null ? 'unknown' : ''}>{known == null ? 'unknown' : `${known.toPrecision(3)} mJ`}</span>
        {unknown > 0 && known != null && <span class="badge">unknown for {unknown}</span>}
      </span>,
    ],
    ['Priority', job.priority],
    ['Created', <When at={job.createdAt} />],
    ['Deadline', <When at={job.deadlineAt} />],
    ['Finished', <When at={job.finishedAt} />],
  ];
  if (job.energyBudgetMj != null) {
    facts.push(['Energy budget', `${job.energyBudgetMj} mJ`]);
  }
  if (job.accuracyFloor != null) {
    facts.push(['Accuracy floor', job.accuracyFloor]);
  }
  return <Facts facts={facts} />;
}

const BOX_WIDTH = 168;
const BOX_HEIGHT = 46;
const GAP_X = 56;
const GAP_Y = 16;
const MARK: Record<GraphTask['state'], string> = {
  waiting: '○',
  running: '◐',
  succeeded: '●',
  failed: '✕',
  expired: '▲',
  cancelled: '▲',
};

/** Boxes from left to right in the order in which tasks can run; the table below says the same to those who do not see it. */
function TaskGraph({ tasks }: { tasks: GraphTask[] }) {
  const { placed, edges, columns, rows } = layout(tasks);
  const width = Math.max(1, columns) * (BOX_WIDTH + GAP_X) - GAP_X + 2;
  const height = Math.max(1, rows) * (BOX_HEIGHT + GAP_Y) - GAP_Y + 2;
  const x = (column: number) => 1 + column * (BOX_WIDTH + GAP_X);
  const y = (row: number) => 1 + row * (BOX_HEIGHT + GAP_Y);
  return (
    <div class="scroll drawing">
      <svg width={width} height={height} role="img" aria-label={`Graph of ${tasks.length} tasks`}>
        {edges.map(([from, to]) => {
          const x1 = x(from.column) + BOX_WIDTH;
          const y1 = y(from.row) + BOX_HEIGHT / 2;
          const x2 = x(to.column);
          const y2 = y(to.row) + BOX_HEIGHT / 2;
          const bend = (x2 - x1) / 2;
          return (
            <path
              key={`${from.task.task} ${to.task.task}`}
              class="edge"
              d={`M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
            />
          );
        })}
        {placed.map(({ task, column, row }) => (
          <g key={task.task} class={`task ${task.state}`}>
            <rect x={x(column)} y={y(row)} width={BOX_WIDTH} height={BOX_HEIGHT} rx="5" />
            <text x={x(column) + 10} y={y(row) + 19} class="name">
              {MARK[task.state]} {shortened(task.task, 18)}
            </text>
            <text x={x(column) + 10} y={y(row) + 36} class="about">
              {shortened(what(task), 24)}
            </text>
            <title>{`${task.task}: ${what(task)}, ${task.state}`}</title>
          </g>
        ))}
      </svg>
    </div>
  );
}

const LANE_HEIGHT = 26;
const CHART_WIDTH = 1000;
const NAME_WIDTH = 190;
const COLOURS = 6;

/** What was planned above what was seen, on one scale of time. */
function Gantt({ job, tasks }: { job: GraphJob; tasks: GraphTask[] }) {
  const now = useNow(1000);
  const rows = lanes(tasks, now - Date.parse(job.createdAt));
  const end = Math.max(1e-6, ...rows.flatMap((lane) => lane.bars.map((bar) => bar.endMs)));
  const scale = (CHART_WIDTH - NAME_WIDTH - 20) / end;
  const x = (millis: number) => NAME_WIDTH + millis * scale;
  const height = rows.length * LANE_HEIGHT + 24;
  return (
    <div class="scroll drawing">
      <svg
        class="gantt"
        viewBox={`0 0 ${CHART_WIDTH} ${height}`}
        role="img"
        aria-label={`Tasks over time, ${latency(end)} in all`}
      >
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <g key={part}>
            <line class="grid" x1={x(part * end)} x2={x(part * end)} y1="0" y2={height - 20} />
            <text class="tick" x={x(part * end)} y={height - 6} text-anchor={part === 1 ? 'end' : 'middle'}>
              {latency(part * end)}
            </text>
          </g>
        ))}
        {rows.map((lane, at) => (
          <g key={`${lane.planned} ${lane.name} ${at}`}>
            <text class={lane.planned ? 'lane planned' : 'lane'} x={NAME_WIDTH - 8} y={at * LANE_HEIGHT + 17} text-anchor="end">
              {shortened(lane.name, 28)}
              <title>{lane.name}</title>
            </text>
            {lane.bars.map((bar) => {
              const width = Math.max(2, (bar.endMs - bar.startMs) * scale);
              return (
                <g key={bar.task.task} class={`bar colour${bar.at % COLOURS} ${lane.planned ? 'planned' : bar.task.state}`}>
                  <rect x={x(bar.startMs)} y={at * LANE_HEIGHT + 4} width={width} height={LANE_HEIGHT - 8} rx="3" />
                  {width > 12 + 7 * bar.task.task.length && (
                    <text x={x(bar.startMs) + 6} y={at * LANE_HEIGHT + 17}>
                      {bar.task.task}
                    </text>
                  )}
                  <title>{`${bar.task.task}: ${latency(bar.startMs)} to ${latency(bar.endMs)}`}</title>
                </g>
              );
            })}
          </g>
        ))}
      </svg>
    </div>
  );
}

function TaskTable({ tasks }: { tasks: GraphTask[] }) {
  const columns: Column<GraphTask>[] = [
    { head: 'Task', cell: (row) => row.task },
    { head: 'State', cell: (row) => <Status state={row.state} /> },
    { head: 'Does', cell: (row) => what(row) },
    { head: 'Reads', cell: (row) => row.inputs.join(', ') },
    {
      head: 'Device',
      cell: (row) =>
        row.kind === 'transform' && !row.source ? (
          <span class="quiet">{place(row)}</span>
        ) : (
          <Place node={row.inference?.node} device={row.inference?.device} />
        ),
    },
    { head: 'Planned', number: true, cell: (row) => latency(row.plannedMs) },
    { head: 'Seen', number: true, cell: (row) => latency(row.observedMs) },
    {
      head: 'On the device',
      number: true,
      cell: (row) => <Latency millis={row.inference?.latencyMs} modelled={row.inference?.modelled ?? false} />,
    },
    {
      head: 'Energy',
      number: true,
      cell: (row) =>
        row.inference ? (
          <Energy millijoules={row.inference.energyMj} method={row.inference.energyMethod} />
        ) : (
          <span class="quiet">–</span>
        ),
    },
    {
      head: 'Why',
      cell: (row) =>
        row.inference ? (
          <a href={href({ view: 'job', job: row.inference.job })}>{row.reason ?? 'its inference'}</a>
        ) : (
          (row.reason ?? <span class="quiet">–</span>)
        ),
    },
  ];
  return <Table caption="Tasks" columns={columns} rows={tasks} keyOf={(row) => row.task} empty="No task." />;
}

function shortened(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}
