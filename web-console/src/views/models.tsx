import { useConsole, mayChange } from '../context';
import { accuracy, amount, bytes, count, operators, percent, shape } from '../format';
import { usePaged, useResource } from '../hooks';
import { href } from '../router';
import { Digest, Loading, Panel, ProblemBox, Status, When } from '../ui/basics';
import { type Column, PagedTable, Table } from '../ui/table';
import type { Accuracy, Model, TensorSpec, Variant } from '../wire';

const COLUMNS: Column<Model>[] = [
  { head: 'Model', cell: (row) => <a href={href({ view: 'model', model: row.model })}>{row.model}</a> },
  {
    head: 'Versions',
    cell: (row) =>
      row.versions.length === 0 ? (
        <span class="quiet">none</span>
      ) : (
        <ul class="inline">
          {row.versions.map((version) => (
            <li key={version.version}>
              {version.version} <Status state={version.state} />
            </li>
          ))}
        </ul>
      ),
  },
  {
    head: 'Variants',
    number: true,
    cell: (row) => count(row.versions.reduce((sum, version) => sum + version.variants.length, 0)),
  },
  { head: 'Created', cell: (row) => <When at={row.createdAt} /> },
];

export function Models() {
  const { api } = useConsole();
  const models = usePaged('models', api.models, ['model']);
  return (
    <>
      <h1>Models</h1>
      <section class="panel">
        <PagedTable
          paged={models}
          caption="Models"
          columns={COLUMNS}
          keyOf={(row) => row.model}
          empty="No model yet. Upload one with the command line or over REST."
        />
      </section>
    </>
  );
}

const VARIANT_COLUMNS: Column<Variant>[] = [
  {
    head: 'Variant',
    cell: (row) => (
      <span class="stack whole-words">
        <span>{row.variant}</span>
        <Digest value={row.digest} />
        {row.part && (
          <span class="quiet small" title={`For boards that cannot hold all of ${row.part.of}`}>
            operators {operators(row.part.from, row.part.to)} of {row.part.operators}
          </span>
        )}
      </span>
    ),
  },
  {
    head: 'Weights as',
    cell: (row) => (
      <span class="stack">
        {row.scheme.startsWith('mixed:') ? <span title={row.scheme}>mixed</span> : row.scheme}
        <span class="quiet small">{row.bits} bits at the narrowest</span>
      </span>
    ),
  },
  { head: 'Accuracy', number: true, cell: (row) => <AccuracyFigure value={row.accuracy} /> },
  { head: 'As the float network', number: true, cell: (row) => <Agreement of={row} /> },
  { head: 'Same under noise', number: true, cell: (row) => (row.robustness ? percent(row.robustness.fraction) : <Unknown />) },
  { head: 'Saturated', number: true, cell: (row) => (row.saturation === null ? <Unknown /> : percent(row.saturation)) },
  {
    head: 'File',
    number: true,
    cell: (row) => (
      <span class="stack">
        {bytes(row.bytes)}
        {row.packageBytes !== null && <span class="quiet small">packed {bytes(row.packageBytes)}</span>}
      </span>
    ),
  },
  { head: 'MACs', number: true, cell: (row) => amount(row.macs) },
  { head: 'Weights', number: true, cell: (row) => bytes(row.weightBytes) },
  { head: 'Arena', number: true, cell: (row) => bytes(row.arenaBytes) },
  {
    head: 'Input → output',
    cell: (row) => (
      <span class="tensors">
        <Tensor spec={row.input} /> → <Tensor spec={row.output} />
      </span>
    ),
  },
  {
    head: 'Operators',
    cell: (row) => (
      <details>
        <summary>{row.operators.length}</summary>
        <span class="small">{row.operators.join(', ')}</span>
      </details>
    ),
  },
];

export function ModelPage({ name }: { name: string }) {
  const { api, who } = useConsole();
  const model = useResource(`model ${name}`, (signal) => api.model(name, signal), ['model']);
  return (
    <>
      <h1>{name}</h1>
      <ProblemBox problem={model.problem} retry={model.refetch} />
      <Loading when={model.loading} />
      {model.data?.versions.length === 0 && <p class="empty">No version yet.</p>}
      {model.data?.versions.map((version) => (
        <Panel
          key={version.version}
          title={
            <>
              {version.version} <Status state={version.state} />{' '}
              <span class="quiet small">
                <When at={version.createdAt} />
              </span>
            </>
          }
          aside={
            mayChange(who) &&
            version.variants.length > 0 && (
              <a href={href({ view: 'newRollout', model: name, version: version.version })}>Roll out</a>
            )
          }
        >
          <Table
            caption={`Variants of ${name} ${version.version}`}
            columns={VARIANT_COLUMNS}
            rows={version.variants}
            keyOf={(row) => row.variant}
            empty="No variant yet."
          />
        </Panel>
      ))}
    </>
  );
}

function Unknown() {
  return <span class="unknown">unknown</span>;
}

function Agreement({ of: { agreement, worstClass } }: { of: Variant }) {
  if (!agreement) {
    return <Unknown />;
  }
  return (
    <span class="stack">
      <strong>{percent(agreement.fraction)}</strong>
      {worstClass && worstClass.drop > 0 && (
        <span class="quiet small">
          class {worstClass.label} lost {percent(worstClass.drop)}
        </span>
      )}
    </span>
  );
}

function AccuracyFigure({ value }: { value: Accuracy | null }) {
  if (!value) {
    return <span class="unknown">not evaluated</span>;
  }
  const figure = accuracy(value);
  return (
    <span class="stack">
      <strong>{figure.fraction}</strong>
      <span class="quiet small">
        95 %: {figure.interval}, n = {figure.n}
      </span>
    </span>
  );
}

function Tensor({ spec }: { spec: TensorSpec }) {
  const scale =
    spec.scale === null || spec.scale === undefined ? '' : `scale ${spec.scale}, zero point ${spec.zeroPoint ?? 0}`;
  return (
    <span title={scale}>
      {shape(spec.shape)} {spec.type}
    </span>
  );
}
