import { count } from '../format';
import { href } from '../router';
import { Latency, Energy, Status, When } from '../ui/basics';
import type { Column } from '../ui/table';
import type { Job, Rollout } from '../wire';

/** The columns that a list and the overview share. */

export const ROLLOUT_COLUMNS: Column<Rollout>[] = [
  {
    head: 'Rollout',
    cell: (row) => (
      <a href={href({ view: 'rollout', rollout: row.rollout })}>
        {row.model} {row.version}
      </a>
    ),
  },
  { head: 'State', cell: (row) => <Status state={row.state} /> },
  { head: 'Wave', cell: (row) => `${Math.min(row.wave + 1, row.waves.length)} of ${row.waves.length}` },
  {
    head: 'Targets done',
    number: true,
    cell: (row) => {
      const { succeeded, failed } = row.counts;
      const all = Object.values(row.counts).reduce((sum, value) => sum + value, 0);
      return (
        <>
          {count(succeeded)} of {count(all)}
          {failed > 0 && <span class="bad-ink">, {count(failed)} failed</span>}
        </>
      );
    },
  },
  { head: 'Started', cell: (row) => <When at={row.createdAt} /> },
];

export const JOB_COLUMNS: Column<Job>[] = [
  { head: 'Job', cell: (row) => <a href={href({ view: 'job', job: row.job })}>{row.job}</a> },
  { head: 'State', cell: (row) => <Status state={row.state} /> },
  {
    head: 'Model',
    cell: (row) => (
      <>
        {row.model} {row.version} {row.probe && <span class="badge">probe</span>}
      </>
    ),
  },
  { head: 'Device', cell: (row) => <Place node={row.node} device={row.device} /> },
  { head: 'Latency', number: true, cell: (row) => <Latency millis={row.latencyMs} modelled={row.modelled} /> },
  {
    head: 'Energy',
    number: true,
    cell: (row) => <Energy millijoules={row.energyMj} method={row.energyMethod} />,
  },
  { head: 'Created', cell: (row) => <When at={row.createdAt} /> },
];

export function Place({ node, device }: { node: string | null | undefined; device: string | null | undefined }) {
  return node ? (
    <a href={href({ view: 'node', node })}>
      {node}/{device}
    </a>
  ) : (
    <span class="quiet">–</span>
  );
}
