import { useState } from 'preact/hooks';
import { useConsole } from '../context';
import { accuracy, bytes, count } from '../format';
import { useAction, useResource } from '../hooks';
import { collect } from '../pages';
import { href } from '../router';
import { Problem } from '../problem';
import { selectorText } from '../selector';
import { Loading, ProblemBox } from '../ui/basics';
import { type Column, Table } from '../ui/table';
import { parsePercent, parseWaves } from '../waves';
import type { DryRun, RolloutRequest } from '../wire';
import { Place } from './columns';

const MODELS_LIMIT = 1_000;
const CLASSES = ['cpu', 'gpu', 'dsp', 'fpga', 'npu', 'mcu', 'nano-drone'];

export function NewRollout(props: { model: string | undefined; version: string | undefined }) {
  const { api } = useConsole();
  const [model, setModel] = useState(props.model ?? '');
  const [version, setVersion] = useState(props.version ?? '');
  const [classes, setClasses] = useState<string[]>([]);
  const [query, setQuery] = useState('');
  const [variants, setVariants] = useState<string[]>([]);
  const [wavesText, setWavesText] = useState('25, 100');
  const [accuracyText, setAccuracyText] = useState('');

  const models = useResource('all models', (signal) => collect(api.models, MODELS_LIMIT, signal), ['model']);
  const fleet = useResource('overview', api.overview, ['node']);
  const versions = models.data?.find((each) => each.model === model)?.versions ?? [];
  const choices = versions.find((each) => each.version === version)?.variants ?? [];

  /** A request with its answer, so that what is started is what was reviewed. */
  const [reviewed, setReviewed] = useState<{ request: RolloutRequest; dry: DryRun }>();
  const start = useAction(
    () => api.startRollout((reviewed as { request: RolloutRequest }).request),
    (rollout) => {
      location.hash = href({ view: 'rollout', rollout: rollout.rollout });
    },
  );

  /** The request, or what is wrong with the form. */
  const check = (): RolloutRequest | string => {
    const waves = parseWaves(wavesText);
    const least = parsePercent(accuracyText);
    if (model === '' || version === '') {
      return 'Choose a model and a version.';
    }
    if ('error' in waves) {
      return waves.error;
    }
    if ('error' in least) {
      return least.error;
    }
    return {
      model,
      version,
      selector: {
        ...(classes.length > 0 && { classes }),
        ...(query.trim() !== '' && { q: query.trim() }),
      },
      waves: waves.value,
      ...(variants.length > 0 && { variants }),
      ...(least.value !== undefined && { minAccuracy: least.value }),
      ...(versions.find((each) => each.version === version)?.state !== 'approved' && { allowUnapproved: true }),
    };
  };

  const look = useAction(async () => {
    const request = check();
    if (typeof request === 'string') {
      throw new Problem(0, 'form', request, '');
    }
    return { request, dry: await api.dryRun(request) };
  }, setReviewed);

  const review = (event: SubmitEvent) => {
    event.preventDefault();
    void look.run();
  };

  /** Any change takes the reviewed request back, and one whose review is still to come. */
  const edit =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      setReviewed(undefined);
      look.takeBack();
    };

  return (
    <>
      <h1>Start a rollout</h1>
      <ProblemBox problem={models.problem} retry={models.refetch} />
      <Loading when={models.loading} />
      <form class="panel form" onSubmit={review}>
        <label>
          Model
          <select
            value={model}
            required
            onChange={(event) => {
              edit(setModel)(event.currentTarget.value);
              setVersion('');
              setVariants([]);
            }}
          >
            <option value="">Choose…</option>
            {models.data?.map((each) => (
              <option key={each.model} value={each.model}>
                {each.model}
              </option>
            ))}
          </select>
        </label>
        <label>
          Version
          <select
            value={version}
            required
            disabled={model === ''}
            onChange={(event) => {
              edit(setVersion)(event.currentTarget.value);
              setVariants([]);
            }}
          >
            <option value="">Choose…</option>
            {versions.map((each) => (
              <option key={each.version} value={each.version}>
                {each.version} ({each.state})
              </option>
            ))}
          </select>
        </label>
        <Choices
          legend="Device classes"
          hint="None chosen: every class."
          options={CLASSES.map((name) => ({ name, note: fleetNote(fleet.data?.devices[name]) }))}
          chosen={classes}
          choose={edit(setClasses)}
        />
        <label>
          Query
          <input
            type="text"
            value={query}
            placeholder="label.site==north;group==edge"
            spellcheck={false}
            aria-describedby="query-hint"
            onInput={(event) => edit(setQuery)(event.currentTarget.value)}
          />
          <span id="query-hint" class="quiet small">
            Of labels, groups, profiles, versions and so on; empty for every device.
          </span>
        </label>
        {choices.length > 0 && (
          <Choices
            legend="Variants"
            hint="None chosen: per device the most accurate that fits its operators and memory."
            options={choices.map((each) => ({
              name: each.variant,
              note: `${each.accuracy ? accuracy(each.accuracy).fraction : 'not evaluated'}, ${bytes(each.bytes)}`,
            }))}
            chosen={variants}
            choose={edit(setVariants)}
          />
        )}
        <label>
          Waves
          <input
            type="text"
            inputMode="numeric"
            value={wavesText}
            aria-describedby="waves-hint"
            onInput={(event) => edit(setWavesText)(event.currentTarget.value)}
          />
          <span id="waves-hint" class="quiet small">
            Growing percentages of the devices, the last one 100.
          </span>
        </label>
        <label>
          Least accuracy in %
          <input
            type="text"
            inputMode="decimal"
            value={accuracyText}
            placeholder="any"
            onInput={(event) => edit(setAccuracyText)(event.currentTarget.value)}
          />
        </label>
        <ProblemBox problem={look.problem} />
        <ProblemBox problem={start.problem} />
        {reviewed && (
          <>
            <Table
              caption="What each device would get"
              columns={DRY_COLUMNS}
              rows={reviewed.dry.devices}
              keyOf={(row) => `${row.node}/${row.device}`}
              empty="No device."
            />
            {reviewed.dry.devices.length < reviewed.dry.matched && (
              <p class="quiet small">The first {count(reviewed.dry.devices.length)} of them.</p>
            )}
          </>
        )}
        {reviewed ? (
          <div class="confirm">
            <Summary {...reviewed} />
            <button type="button" class="primary" disabled={start.busy} onClick={() => void start.run()}>
              {start.busy ? 'Starting…' : 'Start'}
            </button>
            <button type="button" onClick={() => setReviewed(undefined)}>
              Change
            </button>
          </div>
        ) : (
          <button type="submit" class="primary" disabled={look.busy || !models.data}>
            {look.busy ? 'Looking…' : 'Review'}
          </button>
        )}
      </form>
    </>
  );
}

function Summary({ request, dry }: { request: RolloutRequest; dry: DryRun }) {
  return (
    <p>
      Roll out <strong>{request.model} {request.version}</strong> to {count(dry.fitting)} of {count(dry.matched)} matched
      devices in waves of{' '}
      {dry.waves
        .filter((wave) => wave.devices > 0)
        .map((wave) => count(wave.devices))
        .join(', ')}
      : {bytes(dry.bytes)} to move
      {dry.expectedSeconds != null && `, about ${count(Math.ceil(dry.expectedSeconds))} s`}.
      {request.allowUnapproved && ' Nobody has approved this version.'}
      <br />
      Targets: {selectorText(request.selector)}.
    </p>
  );
}

const DRY_COLUMNS: Column<DryRun['devices'][number]>[] = [
  { head: 'Device', cell: (row) => <Place node={row.node} device={row.device} /> },
  { head: 'Wave', number: true, cell: (row) => row.wave + 1 },
  { head: 'Variant', cell: (row) => row.variant ?? <span class="quiet">none</span> },
  { head: 'Bytes', number: true, cell: (row) => bytes(row.bytes) },
  { head: 'Reason', cell: (row) => <span class="small">{row.reason ?? ''}</span> },
];

function fleetNote(devices: number | undefined): string {
  return devices === undefined ? '' : `${devices} in the fleet`;
}

interface ChoicesProps {
  legend: string;
  hint: string;
  options: { name: string; note: string }[];
  chosen: string[];
  choose: (chosen: string[]) => void;
}

function Choices({ legend, hint, options, chosen, choose }: ChoicesProps) {
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {options.map(({ name, note }) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={(event) =>
              choose(event.currentTarget.checked ? [...chosen, name] : chosen.filter((each) => each !== name))
            }
          />
          <span>
            {name} {note !== '' && <span class="quiet small">{note}</span>}
          </span>
        </label>
      ))}
      <p class="quiet small">{hint}</p>
    </fieldset>
  );
}
