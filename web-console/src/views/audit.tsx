import { useConsole } from '../context';
import { usePaged } from '../hooks';
import { instant } from '../format';
import { type Column, PagedTable } from '../ui/table';
import type { AuditEntry } from '../wire';

const COLUMNS: Column<AuditEntry>[] = [
  { head: 'At', cell: (row) => <time dateTime={row.at}>{instant(row.at)}</time> },
  { head: 'Who', cell: (row) => row.who },
  { head: 'Action', cell: (row) => row.action },
  { head: 'What', cell: (row) => row.what },
];

export function Audit() {
  const { api } = useConsole();
  const audit = usePaged('audit', api.audit, ['node', 'rollout', 'job', 'model']);
  return (
    <>
      <h1>Audit</h1>
      <section class="panel">
        <PagedTable
          paged={audit}
          caption="Audit entries"
          columns={COLUMNS}
          keyOf={(row) => `${row.at} ${row.who} ${row.action} ${row.what}`}
          empty="Nothing was changed yet."
        />
      </section>
    </>
  );
}
