import { useConsole } from '../context';
import { usePaged } from '../hooks';
import { href } from '../router';
import { Modelled, Status, When } from '../ui/basics';
import { type Column, PagedTable } from '../ui/table';
import type { Node } from '../wire';

const COLUMNS: Column<Node>[] = [
  { head: 'Node', cell: (row) => <a href={href({ view: 'node', node: row.node })}>{row.node}</a> },
  { head: 'Status', cell: (row) => <Status state={row.status} /> },
  {
    head: 'Devices',
    cell: (row) => (
      <ul class="inline">
        {row.devices.map((device) => (
          <li key={device.device}>
            {device.device} <span class="quiet">{device.class}</span>
            {device.modelled && <Modelled />}
          </li>
        ))}
      </ul>
    ),
  },
  { head: 'Desired / applied', cell: (row) => <Versions node={row} /> },
  { head: 'Agent', cell: (row) => row.agentVersion ?? '–' },
  { head: 'Last seen', cell: (row) => <When at={row.lastSeenAt} /> },
];

export function Nodes() {
  const { api } = useConsole();
  const nodes = usePaged('nodes', api.nodes, ['node']);
  return (
    <>
      <div class="heading">
        <h1>Nodes</h1>
        <a class="button" href={href({ view: 'enrol' })}>
          Enrol a board
        </a>
      </div>
      <section class="panel">
        <PagedTable
          paged={nodes}
          caption="Nodes"
          columns={COLUMNS}
          keyOf={(row) => row.node}
          empty="No node yet. Enrol a board to begin."
        />
      </section>
    </>
  );
}

/** Desired against applied, with a word when the node is behind, and its own when it refuses its list. */
export function Versions({ node }: { node: Node }) {
  const desired = node.desiredVersion ?? 0;
  const applied = node.appliedVersion ?? 0;
  return (
    <span class="figure">
      {desired} / {applied}
      {applied < desired &&
        (node.listRefused ? (
          <span class="badge bad">refused: {node.listRefused}</span>
        ) : (
          <span class="badge warn">behind</span>
        ))}
    </span>
  );
}
