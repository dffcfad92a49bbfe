import { useConsole } from '../context';
import { count, latency, percent } from '../format';
import { useResource } from '../hooks';
import { type LayerRow, layerRows, rateText, timesText } from '../layers';
import { Facts, Loading, ProblemBox, When } from '../ui/basics';
import { type Column, Table } from '../ui/table';

/** A share as a line of that length, beside its figure. */
function Share({ of, assumed }: { of: number; assumed: boolean }) {
  return (
    <div class="share">
      <span>{percent(of)}</span>
      <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <line
          class={assumed ? 'modelled' : ''}
          x1="0"
          y1="5"
          x2={Math.max(0.5, of * 100)}
          y2="5"
          vector-effect="non-scaling-stroke"
        />
      </svg>
    </div>
  );
}

const COLUMNS: Column<LayerRow>[] = [
  {
    head: 'Layer',
    cell: (row) => (
      <>
        {row.index} <span class="quiet">{row.operator}</span>
      </>
    ),
  },
  { head: 'Kernel', cell: (row) => (row.kernel ? <code>{row.kernel}</code> : <span class="quiet">–</span>) },
  { head: 'Median', number: true, cell: (row) => latency(row.p50Ms) },
  { head: 'Share of the time', cell: (row) => <Share of={row.share} assumed={false} /> },
  { head: 'Share of the multiply-accumulates', cell: (row) => <Share of={row.macsShare} assumed /> },
  { head: 'MAC/ns', number: true, cell: (row) => rateText(row.rate) },
];

/** What each layer of the network in a slot takes on the device, as it was measured there. */
export function Layers({ node, device, slot }: { node: string; device: string; slot: string }) {
  const { api } = useConsole();
  const times = useResource(
    `operators ${node} ${device} ${slot}`,
    (signal) => api.operators(node, device, slot, signal),
    ['node', 'rollout'],
  );
  return (
    <section class="layers" aria-label={`Layers of ${slot} on ${device}`}>
      <ProblemBox problem={times.problem} retry={times.refetch} />
      <Loading when={times.loading} />
      {times.data && <p>{timesText(times.data.state)}</p>}
      {times.data && times.data.operators.length > 0 && (
        <>
          <Facts
            facts={[
              ['All layers', latency(times.data.totalMs)],
              ['Rounds', times.data.rounds == null ? '–' : count(times.data.rounds)],
              ['Measured', <When at={times.data.measuredAt} />],
              ['By', times.data.timing ?? '–'],
            ]}
          />
          <Table
            caption={`Layers of ${slot} on ${device}`}
            columns={COLUMNS}
            rows={layerRows(times.data.operators)}
            keyOf={(row) => row.index}
            empty="The network has no layers."
          />
        </>
      )}
    </section>
  );
}
