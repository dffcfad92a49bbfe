import { useState } from 'preact/hooks';
import { useConsole } from '../context';
import { bytes } from '../format';
import { useResource } from '../hooks';
import { href } from '../router';
import { Digest, Energy, Facts, Latency, Loading, Method, Modelled, Panel, ProblemBox, Status, When } from '../ui/basics';
import { Chart } from '../ui/chart';
import { type Column, Table } from '../ui/table';
import type { Device, Metric, Slot } from '../wire';
import { Layers } from './layers';
import { Versions } from './nodes';

const MINUTES = [15, 60, 360, 1440];
/** Charts move on while nothing is reported. */
const REFRESH_MILLIS = 30_000;
const MINUTE_NAMES = ['15 min', '1 h', '6 h', '24 h'];

const slotColumns = (shown: string | undefined, show: (slot: string | undefined) => void): Column<Slot>[] => [
  { head: 'Slot', cell: (row) => row.slot },
  { head: 'State', cell: (row) => <Status state={row.state} /> },
  {
    head: 'Variant',
    cell: (row) =>
      row.model ? (
        <>
          <a href={href({ view: 'model', model: row.model })}>
            {row.model} {row.version}
          </a>{' '}
          <span class="quiet">{row.variant}</span>
        </>
      ) : (
        <span class="quiet">–</span>
      ),
  },
  {
    head: 'Digest',
    cell: (row) => (
      <>
        <Digest value={row.digest} />
        {row.desiredDigest && row.desiredDigest !== row.digest && (
          <>
            {' '}
            <span class="quiet">wanted</span> <Digest value={row.desiredDigest} />
          </>
        )}
      </>
    ),
  },
  { head: 'Reason', cell: (row) => row.reason ?? <span class="quiet">–</span> },
  {
    head: 'Layers',
    cell: (row) =>
      row.digest ? (
        <button
          type="button"
          class="link"
          aria-pressed={row.slot === shown}
          aria-label={`Layers of ${row.slot}`}
          onClick={() => show(row.slot === shown ? undefined : row.slot)}
        >
          {row.slot === shown ? 'Hide' : 'Show'}
        </button>
      ) : (
        <span class="quiet">–</span>
      ),
  },
];

export function NodePage({ name }: { name: string }) {
  const { api } = useConsole();
  const [minutes, setMinutes] = useState(60);
  const [extra, setExtra] = useState<Metric>();
  const node = useResource(`node ${name}`, (signal) => api.node(name, signal), ['node', 'rollout']);
  const metrics = useResource(`metrics ${name}`, (signal) => api.metrics(name, signal), ['node']);
  const items = metrics.data?.items ?? [];
  const devices = node.data?.devices ?? [];
  return (
    <>
      <div class="heading">
        <h1>{name}</h1>
        {node.data && <Status state={node.data.status} />}
        <fieldset class="segments">
          <legend class="unseen">Time on the charts</legend>
          {MINUTES.map((value, at) => (
            <label key={value}>
              <input type="radio" name="minutes" checked={minutes === value} onChange={() => setMinutes(value)} />
              <span>{MINUTE_NAMES[at]}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <ProblemBox problem={node.problem} retry={node.refetch} />
      <Loading when={node.loading} />
      {node.data && (
        <Facts
          facts={[
            ['Agent', `${node.data.agentVersion ?? '–'}${node.data.kernels ? `, ${node.data.kernels} kernels` : ''}`],
            ['Last seen', <When at={node.data.lastSeenAt} />],
            ['Born', <When at={node.data.bornAt} />],
            ['Desired / applied', <Versions node={node.data} />],
            ['Labels', <Labels labels={node.data.labels} />],
          ]}
        />
      )}
      <ProblemBox problem={metrics.problem} retry={metrics.refetch} />
      {devices.map((device) => (
        <DevicePanel
          key={device.device}
          device={device}
          metrics={items.filter((metric) => metric.device === device.device)}
          minutes={minutes}
          gapMillis={Math.max(2_000, devices.length * 1_000)}
        />
      ))}
      {metrics.data && (
        <Panel title="Metrics">
          <Table
            caption="Metrics of this node"
            columns={metricColumns(extra, setExtra)}
            rows={items}
            keyOf={(row) => `${row.device} ${row.metric}`}
            empty="The node names no metrics."
          />
          {extra && <MetricChart node={name} metric={extra} minutes={minutes} gapMillis={2_000} named />}
        </Panel>
      )}
    </>
  );
}

function DevicePanel(props: { device: Device; metrics: Metric[]; minutes: number; gapMillis: number }) {
  const { device, metrics, minutes, gapMillis } = props;
  const [shown, show] = useState<string>();
  const find = (name: string) => metrics.find((metric) => metric.metric === name);
  const latency = find('inference.latency');
  const energy = find('inference.energy');
  return (
    <Panel
      title={
        <>
          {device.device} <span class="badge">{device.class}</span> {device.modelled && <Modelled />}
        </>
      }
    >
      <Facts
        facts={[
          ['Profile', device.profileName ?? device.profile ?? '–'],
          ['Driver', device.driver],
          ['Memory', bytes(device.memoryBytes)],
          ['Latency, running mean', <Latency millis={device.latencyMs} modelled={device.modelled} />],
          ['Energy per inference', <Energy millijoules={device.energyMj} method={device.energyMethod} />],
        ]}
      />
      <Table
        caption={`Slots of ${device.device}`}
        columns={slotColumns(shown, show)}
        rows={device.slots}
        keyOf={(row) => row.slot}
        empty="No slot yet: nothing was rolled out to this device."
      />
      {shown && device.slots.some((row) => row.slot === shown && row.digest) && (
        <Layers node={device.node} device={device.device} slot={shown} />
      )}
      <div class="charts">
        {latency ? (
          <MetricChart node={device.node} metric={latency} minutes={minutes} gapMillis={gapMillis} />
        ) : (
          <p class="empty">No latency is reported.</p>
        )}
        {energy ? (
          <MetricChart node={device.node} metric={energy} minutes={minutes} gapMillis={gapMillis} />
        ) : (
          <p class="empty">
            Energy: <span class="unknown">unknown</span>. This device reports none.
          </p>
        )}
      </div>
    </Panel>
  );
}

interface MetricChartProps {
  node: string;
  metric: Metric;
  minutes: number;
  gapMillis: number;
  /** Says which device, where the place on the page does not. */
  named?: boolean;
}

const TITLES: Record<string, string> = { 'inference.latency': 'Latency', 'inference.energy': 'Energy' };

function MetricChart({ node, metric, minutes, gapMillis, named }: MetricChartProps) {
  const { api } = useConsole();
  const { device, metric: name } = metric;
  const series = useResource(
    `series ${node} ${device} ${name} ${minutes}`,
    (signal) => api.series(node, device, name, minutes, signal),
    ['telemetry'],
    { gapMillis, refreshMillis: REFRESH_MILLIS },
  );
  const title = TITLES[name] ?? name;
  return (
    <div>
      <ProblemBox problem={series.problem} retry={series.refetch} />
      <Loading when={series.loading} />
      {series.data && <Chart title={named ? `${device}: ${title}` : title} series={series.data} minutes={minutes} />}
    </div>
  );
}

function metricColumns(chosen: Metric | undefined, choose: (metric: Metric | undefined) => void): Column<Metric>[] {
  const same = (row: Metric) => chosen?.device === row.device && chosen.metric === row.metric;
  return [
    { head: 'Metric', cell: (row) => <code>{row.metric}</code> },
    { head: 'Device', cell: (row) => row.device },
    { head: 'Unit', cell: (row) => row.unit },
    {
      head: 'Source',
      cell: (row) => (
        <span class="figure">
          {row.modelled ? <Modelled /> : row.method ? <Method method={row.method} /> : 'measured'}
        </span>
      ),
    },
    {
      head: 'Chart',
      cell: (row) => (
        <button
          type="button"
          class="link"
          aria-pressed={same(row)}
          aria-label={`Chart of ${row.metric} of ${row.device}`}
          onClick={() => choose(same(row) ? undefined : row)}
        >
          {same(row) ? 'Hide' : 'Show'}
        </button>
      ),
    },
  ];
}

function Labels({ labels }: { labels: Record<string, string> }) {
  const entries = Object.entries(labels);
  return entries.length === 0 ? (
    <span class="quiet">none</span>
  ) : (
    <>
      {entries.map(([name, value]) => (
        <span key={name} class="badge">
          {name}={value}
        </span>
      ))}
    </>
  );
}
