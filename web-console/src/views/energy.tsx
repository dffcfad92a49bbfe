import { useState } from 'preact/hooks';
import { useConsole } from '../context';
import { kindText, type EnergyRow, rowsOf, totalTitle } from '../energy';
import { count, energy, instant, NONE, percent } from '../format';
import { useResource } from '../hooks';
import { href } from '../router';
import { Loading, Method, Modelled, Panel, ProblemBox } from '../ui/basics';
import { type Column, Table } from '../ui/table';
import type { EnergyGroup, EnergyTotal, EnergyUse } from '../wire';

const GROUPS: [EnergyGroup, string][] = [
  ['device', 'Device'],
  ['node', 'Node'],
  ['class', 'Class'],
  ['model', 'Model'],
];
const MINUTES: [number, string][] = [
  [60, '1 h'],
  [360, '6 h'],
  [1440, '24 h'],
  [10_080, '7 days'],
];
/** The window moves on while nothing runs. */
const PACE = { gapMillis: 10_000, refreshMillis: 60_000 };

/** What inferences took; measured and modelled energy stay apart, and what is unknown is no figure. */
export function Energy() {
  const { api } = useConsole();
  const [group, setGroup] = useState<EnergyGroup>('device');
  const [minutes, setMinutes] = useState(60);
  const use = useResource(
    `energy ${group} ${minutes}`,
    (signal) => api.energy(group, minutes, signal),
    ['job', 'stream'],
    PACE,
  );
  return (
    <>
      <div class="heading">
        <h1>Energy</h1>
        <Choice name="Group by" options={GROUPS} chosen={group} choose={setGroup} />
        <Choice name="Window" options={MINUTES} chosen={minutes} choose={setMinutes} />
      </div>
      <ProblemBox problem={use.problem} retry={use.refetch} />
      <Loading when={use.loading} />
      {use.data && <Use use={use.data} />}
    </>
  );
}

function Use({ use }: { use: EnergyUse }) {
  return (
    <>
      <div class="tiles">
        {use.totals.map((total) => (
          <Total key={totalTitle(total)} total={total} />
        ))}
        <section class="tile">
          <h2>Energy unknown</h2>
          <p class="big">{use.runs === 0 ? NONE : percent(use.unknown / use.runs)}</p>
          <div class="parts">
            <span>
              {count(use.unknown)} of {count(use.runs)} runs
            </span>
          </div>
        </section>
      </div>
      {use.framesFrom && <p class="note">Frames of streams are known from {instant(use.framesFrom)} on.</p>}
      <Panel title={`By ${use.by}`} aside={use.more > 0 && <span class="quiet">{count(use.more)} more took less</span>}>
        <Table
          caption={`Energy by ${use.by}`}
          columns={columns(use.by)}
          rows={rowsOf(use)}
          keyOf={(row) => row.key}
          empty="Nothing ran in this time."
        />
      </Panel>
    </>
  );
}

function Total({ total }: { total: EnergyTotal }) {
  // Of several methods together, so that it has no method of its own.
  const text = energy(total.mj, total.modelled ? 'model' : 'external', total.uncertaintyMj ?? null).text;
  return (
    <section class="tile">
      <h2>{totalTitle(total)}</h2>
      <p class="big">
        {text}
        {total.modelled && <Modelled />}
      </p>
      <div class="parts">
        <span>
          {energy(total.mjEach, total.modelled ? 'model' : 'external').text} each of {count(total.runs)}
        </span>
      </div>
    </section>
  );
}

function columns(by: EnergyGroup): Column<EnergyRow>[] {
  return [
    { head: by.charAt(0).toUpperCase() + by.slice(1), cell: (row) => <Name by={by} group={row.group} /> },
    { head: 'Of', cell: (row) => (row.figure ? kindText(row.figure.kind) : NONE) },
    { head: 'Energy', number: true, cell: (row) => <Figure row={row} /> },
    { head: 'Compared', cell: (row) => <Bar row={row} /> },
    {
      head: 'Per run',
      number: true,
      cell: ({ figure }) => (figure ? energy(figure.mjEach, figure.energyMethod).text : NONE),
    },
    { head: 'Runs', number: true, cell: (row) => count(row.runs) },
    { head: 'Unknown', number: true, cell: (row) => percent(row.unknownShare) },
  ];
}

function Name({ by, group }: { by: EnergyGroup; group: string }) {
  if (group === 'gone' || by === 'class') {
    return <>{group}</>;
  }
  return by === 'model' ? (
    <a href={href({ view: 'model', model: group })}>{group}</a>
  ) : (
    <a href={href({ view: 'node', node: group.split('/')[0] ?? group })}>{group}</a>
  );
}

function Figure({ row: { figure } }: { row: EnergyRow }) {
  return figure ? (
    <span class="figure">
      {energy(figure.mj, figure.energyMethod, figure.uncertaintyMj ?? null).text}
      {figure.modelled ? <Modelled /> : <Method method={figure.energyMethod} />}
    </span>
  ) : (
    <span class="unknown">unknown</span>
  );
}

/** Beside its figure; dashed where that is modelled, so that colour is not the only sign. */
function Bar({ row: { figure, bar } }: { row: EnergyRow }) {
  return figure ? (
    <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <line
        class={figure.modelled ? 'modelled' : ''}
        x1="0"
        y1="5"
        x2={Math.max(1, bar * 100)}
        y2="5"
        vector-effect="non-scaling-stroke"
      />
    </svg>
  ) : null;
}

function Choice<T extends string | number>(props: {
  name: string;
  options: [T, string][];
  chosen: T;
  choose: (value: T) => void;
}) {
  return (
    <fieldset class="segments">
      <legend class="unseen">{props.name}</legend>
      {props.options.map(([value, text]) => (
        <label key={value}>
          <input
            type="radio"
            name={props.name}
            checked={value === props.chosen}
            onChange={() => props.choose(value)}
          />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
