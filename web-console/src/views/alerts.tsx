import { ALERT_KINDS, alertTitle, countsText, pageOf } from '../alerts';
import { useConsole } from '../context';
import { usePaged, useResource } from '../hooks';
import { href } from '../router';
import { Status, When } from '../ui/basics';
import { type Column, PagedTable } from '../ui/table';
import type { Alert } from '../wire';

const COLUMNS: Column<Alert>[] = [
  { head: 'What', cell: (row) => alertTitle(row.rule) },
  { head: 'Severity', cell: (row) => <Status state={row.severity} /> },
  { head: 'Where', cell: (row) => <Where alert={row} /> },
  { head: 'Detail', cell: (row) => row.detail },
  { head: 'Since', cell: (row) => <When at={row.since} /> },
];

/** What needs eyes now; it goes by itself once it is well again. */
export function Alerts() {
  const { api } = useConsole();
  const alerts = usePaged('alerts', api.alerts, ALERT_KINDS);
  const all = useResource('alert-counts', api.alertCounts, ALERT_KINDS).data;
  return (
    <>
      <div class="heading">
        <h1>Alerts</h1>
        {all && <span class="quiet">{countsText(all.counts)}</span>}
      </div>
      {all?.more && <p class="note attention">There are more; these are the gravest.</p>}
      <section class="panel">
        <PagedTable
          paged={alerts}
          caption="Alerts"
          columns={COLUMNS}
          keyOf={(row) => row.alert}
          empty="Nothing needs your eyes now."
        />
      </section>
    </>
  );
}

function Where({ alert }: { alert: Alert }) {
  const page = pageOf(alert);
  const name = alert.subject.kind === 'trust' ? 'signing set' : alert.subject.id;
  return page ? <a href={href(page)}>{name}</a> : <>{name}</>;
}
