// Development only: serves dist and made-up data in the shape of docs/protocol/rest.md, events included.
//   node mock/server.mjs [port]      any token signs in, "bad" is refused, "viewer" may only look
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const port = Number(process.argv[2] ?? 8099);
const started = Date.now();
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const digest = (seed) => 'sha256:' + Array.from({ length: 64 }, (_, at) => ((seed * 31 + at * 7 + ((at * seed) % 11)) % 16).toString(16)).join('');

const PROFILES = {
  cpu: ['cpu0', 'cpu', 'x86-64-host', 'x86-64, this machine', false, 4 * 2 ** 30, 1.21, 2.64, 'rapl'],
  pi: ['cpu0', 'cpu', 'rpi4', 'Raspberry Pi 4B', false, 2 ** 30, 8.4, null, 'unknown'],
  gap8: ['gap8', 'nano-drone', 'gap8-crazyflie-aideck', 'GAP8 on Crazyflie AI-deck', true, 512 * 1024, 6.12, 0.412, 'model'],
  npu: ['npu0', 'npu', 'ethos-u55-128', 'Arm Ethos-U55, 128 MAC', true, 2 * 2 ** 20, 0.742, null, 'unknown'],
  mcu: ['mcu0', 'mcu', 'stm32f746', 'STM32F746 at 216 MHz', true, 320 * 1024, 152, 48.7, 'model'],
};

function device(node, kind, slot) {
  const [name, cls, profile, profileName, modelled, memoryBytes, latencyMs, energyMj, energyMethod] = PROFILES[kind];
  return {
    node, device: name, class: cls, driver: modelled ? 'emulated' : 'cpu', profile, profileName, modelled, memoryBytes,
    slots: slot ? [{ slot: 'glyphs', model: 'glyphs', version: '1.1.0', variant: 'w1.0-int8', digest: digest(7), desiredDigest: digest(7), state: 'active', reason: null, ...slot }] : [],
    latencyMs: slot ? latencyMs : null, energyMj: slot ? energyMj : null, energyMethod,
  };
}
function node(name, status, seen, kinds, extra = {}) {
  return {
    node: name, status, agentVersion: '0.1.0', kernels: kinds[0]?.[0] === 'cpu' ? 'vector-256' : 'scalar', bornAt: ago(86_000),
    lastSeenAt: ago(seen), desiredVersion: 12, appliedVersion: 12, labels: { site: 'hall-2' },
    devices: kinds.map(([kind, slot]) => device(name, kind, slot)), ...extra,
  };
}
const nodes = () => [
  node('cpu-1', 'online', 2, [['cpu', {}], ['gap8', { variant: 'w0.5-int8', digest: digest(3), desiredDigest: digest(3) }]]),
  node('drone-1', 'online', 4, [['gap8', { state: 'changing', desiredDigest: digest(9) }]], { appliedVersion: 11 }),
  node('mcu-7', 'online', 1, [['mcu', { state: 'failed', reason: 'arena of 410 KiB does not fit 320 KiB' }], ['npu', {}]], { labels: { site: 'hall-3', floor: '1' } }),
  node('pi-4', 'offline', 1_900, [['pi', {}]]),
  node('pi-5', 'lost', 92_000, [['pi', null]], { appliedVersion: 9, labels: {} }),
  ...Array.from({ length: 60 }, (_, at) => node(`cam-${String(at + 1).padStart(3, '0')}`, at % 13 === 12 ? 'unknown' : 'online', at % 40, [['npu', {}]])),
];

function variant(name, seed, macs, bytes, arenaBytes, correct) {
  const n = 10_000, p = correct / n, half = 1.96 * Math.sqrt((p * (1 - p)) / n);
  return {
    variant: name, digest: digest(seed), bytes, macs, weightBytes: Math.round(bytes * 0.93), arenaBytes,
    operators: ['CONV_2D', 'DEPTHWISE_CONV_2D', 'AVERAGE_POOL_2D', 'FULLY_CONNECTED', 'SOFTMAX'],
    input: { shape: [1, 32, 32, 1], type: 'int8', scale: 0.0078, zeroPoint: -1 }, output: { shape: [1, 10], type: 'int8', scale: 0.0039, zeroPoint: -128 },
    scheme: 'int8', bits: 8, packageBytes: Math.round(bytes * 0.9), saturation: 0.0021, worstClass: correct ? { label: 8, drop: 0.012 } : null,
    agreement: correct ? { n, correct: correct + 40, fraction: (correct + 40) / n, low95: 0.97, high95: 0.98 } : null,
    robustness: correct ? { n: 1000, correct: 962, fraction: 0.962, low95: 0.949, high95: 0.972 } : null,
    accuracy: correct ? { n, correct, fraction: p, low95: p - half, high95: p + half } : null,
  };
}
const models = () => [
  { model: 'glyphs', createdAt: ago(900_000), versions: [
    { version: '1.1.0', state: 'approved', createdAt: ago(90_000), variants: [variant('w1.0-int8', 7, 4_812_000, 312_440, 48_200, 9_712), variant('w0.5-int8', 3, 1_301_000, 92_160, 26_112, 9_488), variant('w0.25-int8', 5, 402_500, 31_008, 14_336, 9_021)] },
    { version: '1.0.0', state: 'evaluated', createdAt: ago(800_000), variants: [variant('w1.0-int8', 11, 4_812_000, 312_440, 48_200, 9_655)] }] },
  { model: 'person-detect', createdAt: ago(500_000), versions: [{ version: '0.3.0', state: 'draft', createdAt: ago(4_000), variants: [variant('int8-per-channel', 13, 7_387_976, 300_568, 110_592, 0),
    { ...variant('int8-per-channel.0-14', 17, 4_048_128, 153_468, 55_296, 0), part: { of: 'int8-per-channel', from: 0, to: 15, operators: 31 } }] }] },
  { model: 'keyword', createdAt: ago(300_000), versions: [] },
];

function rollout(id, state, wave, targets, extra = {}) {
  const counts = { pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0 };
  targets.forEach((target) => counts[target.state]++);
  return { rollout: id, model: 'glyphs', version: '1.1.0', state, reason: null, createdAt: ago(700), finishedAt: null, wave, waves: [25, 100], counts, targets, ...extra };
}
const target = (name, dev, wave, state, reason = null) => ({ node: name, device: dev, wave, variant: 'w1.0-int8', digest: digest(7), state, reason });
const rollouts = () => [
  rollout('01K2Q7F3', 'running', 1, [target('cpu-1', 'cpu0', 0, 'succeeded'), target('cpu-1', 'gap8', 0, 'succeeded'), target('mcu-7', 'npu0', 1, 'running'), target('drone-1', 'gap8', 1, 'running', 'downloading 61 %'), target('pi-4', 'cpu0', 1, 'pending', 'node is offline')]),
  rollout('01K2Q1A9', 'failed', 0, [target('mcu-7', 'mcu0', 0, 'failed', 'arena of 410 KiB does not fit 320 KiB'), target('cpu-1', 'cpu0', 1, 'skipped')], { reason: 'wave 1: 1 of 1 targets failed', finishedAt: ago(5_000), createdAt: ago(5_400) }),
  ...Array.from({ length: 4 }, (_, at) => rollout(`01K2P0${at}`, 'succeeded', 1, [target('cpu-1', 'cpu0', 0, 'succeeded')], { version: '1.0.0', finishedAt: ago(80_000), createdAt: ago(81_000 + at * 9_000) })),
];

function job(at) {
  const [state, name, dev, latencyMs, modelled, energyMj, energyMethod] = [
    ['running', 'cpu-1', 'cpu0', null, false, null, 'unknown'], ['succeeded', 'cpu-1', 'cpu0', 1.18, false, 2.61, 'rapl'],
    ['succeeded', 'cpu-1', 'gap8', 6.12, true, 0.412, 'model'], ['succeeded', 'mcu-7', 'npu0', 0.742, true, null, 'unknown'],
    ['failed', 'mcu-7', 'mcu0', null, true, null, 'unknown'], ['expired', null, null, null, false, null, 'unknown'],
  ][at % 6];
  return { job: `j-${4_812 - at}`, model: 'glyphs', version: '1.1.0', state, reason: state === 'failed' ? 'the device answered: slot is empty' : state === 'expired' ? 'deadline of 200 ms passed in the queue' : null,
    createdAt: ago(at * 7 + 1), finishedAt: state === 'running' ? null : ago(at * 7), deadlineAt: ago(at * 7 - 20), node: name, device: dev, variant: name && 'w1.0-int8', attempts: name ? 1 : 0, latencyMs, modelled, energyMj, energyMethod,
    why: { chosen: name && `${name}/${dev}`, candidates: [
      { device: 'cpu-1/cpu0', finishMs: 1.2, waitMs: 0, executionMs: 1.1, energyMj: 0.42, laterByMs: 0, verdict: 'earliest-finish' },
      { device: 'cpu-1/gap8', finishMs: 6.1, waitMs: 2, executionMs: 4.1, laterByMs: 4.9, verdict: 'longer-execution' },
      { device: 'mcu-7/npu0', verdict: 'not-loaded', detail: 'no variant of glyphs' },
      { device: 'pi-4/cpu0', verdict: 'offline', detail: 'lost' }] },
    shared: at % 6 === 2 ? { node: 'mcu-7', device: 'npu0', after: 21, bits: 8, bytes: 25_940, plannedMs: 6.12, linkMs: 1.21, localMs: 11.4, observedMs: 31, parts: [
      { node: name, device: dev, from: 0, to: 22, plannedMs: 3.1, tookMs: 3.1, bits: 8, bytes: 25_112, linkMs: 1.21, sentBytes: 25_088 },
      { node: 'mcu-7', device: 'npu0', from: 22, to: 66, plannedMs: 1.81, tookMs: 1.81 }] } : null };
}
function graph(at) {
  const state = ['running', 'succeeded', 'failed'][at % 3], ran = (name, from, took, node = 'cpu-1', dev = 'cpu0') => ({ startMs: from, observedMs: took,
    inference: { job: `j-${4_812 - at}`, state: 'succeeded', node, device: dev, variant: 'w1.0-int8', attempts: 1, latencyMs: took - 6, modelled: dev !== 'cpu0', energyMj: dev === 'cpu0' ? 2.4 : null, energyMethod: dev === 'cpu0' ? 'rapl' : 'unknown' } });
  const task = (name, kind, inputs, more) => ({ task: name, kind, inputs, type: 'int8', shape: [1, 10], state: 'succeeded', plannedStartMs: 0, plannedMs: 12, ...more });
  const last = state === 'running' ? { state: 'waiting', startMs: null, observedMs: null } : state === 'failed' ? { state: 'cancelled', reason: 'job-ended', startMs: null, observedMs: null } : { startMs: 74, observedMs: 0 };
  return { job: `g-${at}`, name: 'two-eyes', state, reason: state === 'failed' ? 'task tail: no-answer' : null, createdAt: ago(at * 9 + 1), finishedAt: state === 'running' ? null : ago(at * 9), deadlineAt: ago(at * 9 - 20), priority: 3,
    energyBudgetMj: 50, accuracyFloor: 0.9, plannedMs: 34, observedMs: state === 'running' ? null : 74, energy: { knownMj: 2.4, unknownTasks: 1 },
    tasks: [
      task('left', 'model', ['input:left'], { model: 'glyphs', ...ran('left', 0, 31) }),
      task('right', 'model', ['input:cam'], { model: 'glyphs', source: 'mcu-7/npu0', sensor: 'camera', ...ran('right', 0, 42, 'mcu-7', 'npu0') }),
      task('head', 'segment', ['task:left'], { model: 'person-detect', from: 0, to: 5, plannedStartMs: 12, plannedMs: 8, ...ran('head', 33, 18) }),
      task('tail', 'segment', ['task:head'], { model: 'person-detect', from: 5, to: 12, plannedStartMs: 20, plannedMs: 14, ...ran('tail', 52, 22, 'mcu-7', 'npu0'), state: state === 'succeeded' ? 'succeeded' : state, ...(state === 'running' && { observedMs: null }), ...(state === 'failed' && { reason: 'no-answer' }) }),
      task('right-class', 'transform', ['task:right'], { transform: { transform: 'argmax' }, type: 'int32', plannedStartMs: 12, plannedMs: 0, startMs: 43, observedMs: 0 }),
      task('vote', 'transform', ['task:tail', 'task:right-class'], { transform: { transform: 'vote' }, type: 'int32', plannedStartMs: 34, plannedMs: 0, ...last }),
    ],
    outputs: state === 'succeeded' ? { vote: { type: 'int32', shape: [1], data: 'CAAAAA==' } } : null };
}
const graphs = () => Array.from({ length: 30 }, (_, at) => graph(at));
function streamPlan(epoch, helper, cause, at) {
  const boards = cause === 'battery-low' ? [{ device: 'mcu-7/npu0', hot: false, batteryPercent: 17, low: true, slowedBy: 1 }] : [];
  const way = (device, after, total, verdict) => ({ device, ...(after != null && { after, bits: 8, bytes: 4_608 }), frontMs: after == null ? total : 41.2, linkMs: after == null ? 0 : 12.4, backMs: after == null ? 0 : total - 53.6, totalMs: total, p90Ms: total * 1.15, stageMs: total, ...(after == null && { energyMj: 12.4 }), verdict, canBeReplacedInTime: true });
  return { epoch, cause, createdAt: ago(at), helper, ...(helper && { after: 11, bits: 8 }), keeps: true, plannedMs: helper ? 62.4 : 88.9, p90Ms: 95, frontMs: 41, linkMs: 12, backMs: 9, aloneMs: 88.9, stageMs: 41,
    observed: { met: 5_120, missed: epoch === 1 ? 2 : 0, skipped: 0, helped: helper ? 5_000 : 0, fallbacks: 1, modelled: { frames: 5_122, p50Ms: 64.6, p90Ms: 71.2 } },
    why: { chosen: helper ?? 'alone', costs: 'learned', boards, candidates: helper ? [way(helper, 11, 62.4, 'keeps'), way('alone', null, 88.9, 'keeps')] : [way('alone', null, 88.9, 'keeps'), way('mcu-7/npu0', 11, 62.4, 'spared'), { ...way('cpu-2/gap9', 11, 60.1, 'held'), heldBy: ['s-018c2f20'] }] } };
}
/** @param transforms whether the source makes the input of a larger frame and the class of the answer */
function streamWindow(at, transforms = false) {
  const wave = 62 + 4 * Math.sin(at / 5) + (at % 37 === 0 ? 30 : 0);
  return { boot: '00c0ffee', epoch: 2, from: 5_000 - at * 10, to: 5_009 - at * 10, met: at % 37 === 0 ? 9 : 10, missed: at % 37 === 0 ? 1 : 0, skipped: 0, empty: 0, helped: 10, fallbacks: 0, modelled: true, latency: { frames: 10, p50Ms: wave, p90Ms: wave * 1.12 }, latencyMaxMs: wave * 1.3, ...(transforms && { before: { frames: 10, p50Ms: 1.1, p90Ms: 1.6 }, after: { frames: 10, p50Ms: 0.004, p90Ms: 0.006 } }),
    energy: { frames: 10, mj: 98.2, energyMethod: 'model', energyUncertainty: 0.3 }, at: ago(at * 2), receivedAt: ago(at * 2), windowMs: 2_000,
    outcomes: Array.from({ length: 8 }, (_, n) => ({ frame: 5_002 - at * 10 + n, sensorFrame: 9_000 - at * 10 + n, input: digest(at * 8 + n), output: transforms ? 'AQAAAA==' : 'gn4=', ...(transforms && { form: { type: 'int32', shape: [1] } }), latencyMs: wave + n / 3, met: true, ranOn: n === 3 && at === 0 ? 'fallback' : 'helper' })) };
}
function stream(at) {
  const state = ['running', 'degraded', 'waiting', 'stopped', 'failed'][at % 5], helper = at % 2 ? null : 'mcu-7/npu0';
  return { stream: `s-018c${at}f20`, model: 'person-detect', source: 'cpu-1/gap8', sensor: 'camera', periodMs: 200, deadlineMs: 180, bits: 8, energyBudgetMj: 20, priority: at % 3, ...(at === 3 && { yieldsTo: 's-018c2f20' }), state, ...(state === 'degraded' && { reason: 'late' }), ...(state === 'waiting' && { reason: 'source-offline' }), ...(state === 'failed' && { reason: 'source-removed' }),
    createdAt: ago(3_600 + at * 60), ...(at > 2 && { endedAt: ago(at) }), heardAt: ago(at), met: 17_412 - at, missed: at === 1 ? 31 : 0, skipped: at === 2 ? 4 : 0, plan: streamPlan(2, helper, helper ? 'node-born' : 'battery-low', 900), newest: streamWindow(at, at === 0),
    ...(at === 0 && { frame: { type: 'int8', shape: [240, 320, 3] }, before: [{ transform: 'resize', parameters: { height: 96, width: 96, method: 'bilinear' } }], after: [{ transform: 'argmax', parameters: {} }] }) };
}
const streams = () => (Array.from({ length: 8 }, (_, at) => stream(at)));
const jobs = () => Array.from({ length: 120 }, (_, at) => job(at));

function series(query) {
  const found = nodes().find((each) => each.node === query.get('node'))?.devices.find((each) => each.device === query.get('device'));
  const metric = query.get('metric'), minutes = Number(query.get('minutes') ?? 60);
  const isEnergy = metric === 'inference.energy';
  const centre = (isEnergy ? found?.energyMj : metric === 'inference.latency' ? found?.latencyMs : 41) ?? 0;
  const count = found && centre ? 240 : 0, step = (minutes * 60_000) / 240;
  const noise = (at) => Math.sin(at * 12.9898) * 43758.5453 % 1;
  const tick = Math.floor(Date.now() / step);
  return { metric, unit: isEnergy ? 'mJ' : metric === 'inference.latency' ? 'ms' : 'Cel', modelled: !!found?.modelled, energyMethod: isEnergy ? found?.energyMethod : null,
    points: Array.from({ length: count }, (_, at) => { const t = tick - count + at; const value = centre * (1 + 0.05 * noise(t) + 0.04 * Math.sin(t / 17)); return [t * step, value, isEnergy ? value * (found.modelled ? 0.3 : 0.04) : null]; }) };
}
function metrics(query) {
  const found = nodes().find((each) => each.node === query.get('node'));
  return { items: (found?.devices ?? []).flatMap((each) => [
    { device: each.device, metric: 'inference.latency', unit: 'ms', modelled: each.modelled, method: null },
    ...(each.energyMethod === 'unknown' ? [] : [{ device: each.device, metric: 'inference.energy', unit: 'mJ', modelled: each.modelled, method: each.energyMethod }]),
    ...(each.modelled ? [] : [{ device: each.device, metric: 'temperature', unit: 'Cel', modelled: false, method: null }])]) };
}
function operators(node, device, _of, slot) {
  const held = one(one(nodes(), 'node', node)?.devices ?? [], 'device', device);
  if (!held) return undefined;
  const layers = [['CONV_2D', 'direct', 221_184, 0.031], ['DEPTHWISE_CONV_2D', 'depthwise', 165_888, 0.052], ['CONV_2D', 'gemm', 294_912, 0.018], ['DEPTHWISE_CONV_2D', 'depthwise', 82_944, 0.027], ['CONV_2D', 'gemm', 589_824, 0.034], ['AVERAGE_POOL_2D', '', 0, 0.004], ['FULLY_CONNECTED', 'rows', 640, 0.001], ['SOFTMAX', '', 0, 0.002]];
  const ms = layers.reduce((sum, layer) => sum + layer[3], 0), macs = layers.reduce((sum, layer) => sum + layer[2], 0);
  const state = held.modelled ? 'modelled' : 'measured';
  return { device: `${node}/${device}`, slot, digest: digest(1), state, ...(state === 'measured' && { timing: 'vector-512/1/0.1.0', kernels: 'vector-512', rounds: 200, measuredAt: ago(4_000), totalMs: ms }),
    operators: state === 'measured' ? layers.map(([operator, kernel, product, p50Ms], index) => ({ index, operator, kernel, macs: product, bytes: 9_216, p50Ms, share: p50Ms / ms, macsShare: product / macs })) : [] };
}
function overview() {
  const all = nodes(), tally = (items) => items.reduce((sum, item) => ({ ...sum, [item]: (sum[item] ?? 0) + 1 }), {});
  return { nodes: { online: 0, offline: 0, lost: 0, unknown: 0, ...tally(all.map((each) => each.status)) }, devices: tally(all.flatMap((each) => each.devices.map((dev) => dev.class))), models: 3,
    rollouts: { running: 1, succeeded: 4, failed: 1 }, jobs: { queued: 3, running: 12, succeeded: 48_211, failed: 7, expired: 2 }, inferencesLastMinute: 1_284 + ((Date.now() - started) >> 10) % 40, droppedMessages: 0 };
}
const alerts = () => [
  ['node-lost', 'critical', 'node', 'pi-5', 'pi-5', 92_000, 'the node was cut off'],
  ['rollout-failed', 'critical', 'rollout', '01K2Q1A9', null, 5_000, 'glyphs 1.1.0: failed, failure-threshold: wave 1: 1 of 1 targets failed'],
  ['node-offline', 'warning', 'node', 'pi-4', 'pi-4', 1_900, 'the node has left'],
  ['battery-low', 'warning', 'node', 'drone-1', 'drone-1', null, '17 % of its battery is left'],
  ['device-failing', 'warning', 'device', 'mcu-7/npu0', 'mcu-7', 240, 'glyphs 1.1.0 w1.0-int8 failed 4 times in a row, at last with no-answer'],
  ['slot-failed', 'warning', 'device', 'mcu-7/mcu0', 'mcu-7', null, 'cannot run glyphs 1.1.0 w1.0-int8: arena of 410 KiB does not fit 320 KiB'],
  ['device-drifted', 'warning', 'device', 'cpu-1/cpu0', 'cpu-1', 3_100, 'glyphs 1.1.0 w1.0-int8 took 1.84 times what it had taken'],
  ['stream-degraded', 'warning', 'stream', 's-018c1f20', 'cpu-1', null, 'person-detect at cpu-1/gap8: degraded, late'],
  ['webhook-given-up', 'warning', 'webhook', 'w-09f1c2d3', null, 700, '3 events were given up, the newest of them rollout.failed'],
].map(([rule, severity, kind, id, node, since, detail]) => ({ alert: `${rule}:${id}`, rule, severity, subject: { kind, id }, ...(node && { node }), ...(since && { since: ago(since) }), detail }));
function energy(query) {
  const by = query.get('group') ?? 'device', minutes = Number(query.get('minutes') ?? 60), times = minutes / 60;
  const figure = (kind, energyMethod, runs, mjEach, share) => ({ kind, modelled: energyMethod === 'model', energyMethod, runs: runs * times, mj: runs * times * mjEach, uncertaintyMj: share && runs * times * mjEach * share, mjEach });
  const used = (names, runs, unknown, figures) => ({ group: names[['device', 'node', 'class', 'model'].indexOf(by)], runs: runs * times, unknown: unknown * times, unknownShare: unknown / runs, figures });
  return { by, from: ago(minutes * 60), to: ago(0), ...(minutes > 360 && { framesFrom: ago(21_600) }), runs: 9_420 * times, unknown: 1_320 * times,
    totals: [{ what: 'computing', ...figure('', 'rapl', 3_600, 2.61, 0.04) }, { what: 'computing', ...figure('', 'model', 4_500, 7.4, 0.3) }, { what: 'radio', ...figure('', 'model', 900, 1.2, null) }],
    items: [used(['cpu-1/gap8', 'cpu-1', 'nano-drone', 'person-detect'], 2_700, 0, [figure('frame', 'model', 1_800, 9.82, 0.3), figure('inference', 'model', 900, 0.412, 0.3), figure('radio', 'model', 900, 1.2, null)]),
      used(['mcu-7/mcu0', 'mcu-7', 'mcu', 'keyword'], 420, 120, [figure('inference', 'model', 300, 48.7, 0.35)]),
      used(['cpu-1/cpu0', 'cpu-1', 'cpu', 'glyphs'], 4_800, 0, [figure('inference', 'rapl', 3_600, 2.61, 0.04), figure('part', 'model', 1_200, 0.9, 0.3)]),
      used(['mcu-7/npu0', 'mcu-7', 'npu', 'glyphs'], 1_500, 1_200, [])].filter((item, at, all) => all.findIndex((other) => other.group === item.group) === at), more: 0 };
}
function page(items, query) {
  const from = Number(query.get('cursor') ?? 0), limit = Number(query.get('limit') ?? 50);
  return { items: items.slice(from, from + limit), ...(from + limit < items.length && { next: String(from + limit) }) };
}
const bare = ({ targets: _targets, why: _why, ...rest }) => rest;
const one = (items, key, id) => items.find((item) => item[key] === id);

function get(path, query) {
  const [list, id] = path.split('/').slice(1).map(decodeURIComponent);
  switch (list) {
    case 'overview': return overview();
    case 'devices': return operators(...path.split('/').slice(2).map(decodeURIComponent));
    case 'nodes': return id ? one(nodes(), 'node', id) : page(nodes(), query);
    case 'models': return id ? one(models(), 'model', id) : page(models(), query);
    case 'rollouts': return id ? one(rollouts(), 'rollout', id) : page(rollouts().map(bare), query);
    case 'jobs': return id ? one(jobs(), 'job', id) : page(jobs().map(bare), query);
    case 'graph-jobs': return id ? one(graphs(), 'job', id) : page(graphs().map(({ tasks: _tasks, outputs: _outputs, ...rest }) => rest), query);
    case 'streams': {
      const found = one(streams(), 'stream', id), of = path.split('/')[3];
      if (!id || !found) return id ? undefined : page(streams(), query);
      return of === 'why' ? { stream: id, plans: [found.plan, streamPlan(1, null, 'created', 3_600)] } : of === 'windows' ? page(Array.from({ length: 120 }, (_, at) => streamWindow(at, Boolean(found.before))), query) : found;
    }
    case 'energy': return energy(query);
    case 'alerts': return { ...page(alerts(), query), counts: { critical: 2, warning: 7 }, more: false };
    case 'telemetry': return id === 'series' ? series(query) : metrics(query);
    case 'audit': return page([{ at: ago(700), who: 'admin', action: 'rollout.start', what: '01K2Q7F3' }, { at: ago(90_000), who: 'ci', action: 'version.add', what: 'glyphs 1.1.0' }], query);
    default: return undefined;
  }
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const json = (res, status, body, type = 'application/json') => res.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
const problem = (res, status, kind, title, detail) => json(res, status, { type: `urn:fleetwright:problem:${kind}`, title, status, detail }, 'application/problem+json');

createServer((req, res) => {
  const url = new URL(req.url, 'http://localhost');
  if (!url.pathname.startsWith('/api/v1/')) {
    if (url.pathname === '/install/agent.tar.gz.sha256') return res.end(`${digest(1).slice(7)}  agent.tar.gz\n`);
    if (url.pathname === '/enter') {
      // For screenshots: signs in, sets the theme, and goes to a page in one address.
      const [token, theme, to] = ['token', 'theme', 'to'].map((name) => JSON.stringify(url.searchParams.get(name) ?? '').replaceAll('<', '\\u003c'));
      return res.writeHead(200, { 'content-type': 'text/html' }).end(`<script>sessionStorage.setItem('fleetwright.token', ${token}); localStorage.setItem('fleetwright.theme', ${theme}); location.replace('/#' + ${to});</script>`);
    }
    const file = join(DIST, normalize(url.pathname === '/' ? '/index.html' : url.pathname));
    if (!file.startsWith(DIST) || !existsSync(file)) return res.writeHead(404).end();
    res.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP });
    return createReadStream(file).pipe(res);
  }
  const path = url.pathname.slice('/api/v1'.length);
  if (path === '/setup') return json(res, 200, { token: 'mock', name: 'admin', role: 'admin' });
  const token = req.headers.authorization?.replace('Bearer ', '');
  if (!token || token === 'bad') return problem(res, 401, 'unauthorized', 'Unauthorized', 'The token is not known.');
  if (path === '/whoami') return json(res, 200, { tenant: 'default', name: token === 'viewer' ? 'wall' : 'admin', role: token === 'viewer' ? 'viewer' : 'admin' });
  if (path === '/events') {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    res.write(': hello\n\n');
    const timer = setInterval(() => { for (const [kind, id] of [['telemetry', 'cpu-1'], ['job', 'j-1'], ['node', 'drone-1']]) res.write(`event: change\ndata: ${JSON.stringify({ kind, id })}\n\n`); }, 1_000);
    return res.on('close', () => clearInterval(timer));
  }
  if (req.method === 'POST') {
    if (path === '/enrolment-tokens') return json(res, 201, { id: 'e-1', token: 'fwe1.q3Jx9vT2mKc8Lw4R.b7d1c0a9e4f2', expiresAt: ago(-3_600), uses: 1 });
    if (path === '/rollouts') return problem(res, 422, 'no-target', 'Nothing matches', 'No device of class gpu is enrolled.');
    return json(res, 200, {});
  }
  const body = get(path, url.searchParams);
  return body === undefined ? problem(res, 404, 'not-found', 'Not found', `${path} is not there.`) : json(res, 200, body);
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/#setup=mock`));
