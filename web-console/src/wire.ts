/** The records of `docs/protocol/rest.md`, as they travel. Times are ISO-8601 UTC text. */

export type EnergyMethod = 'rapl' | 'hwmon' | 'battery' | 'gpu' | 'external' | 'model' | 'unknown';
export type NodeStatus = 'online' | 'offline' | 'lost' | 'unknown';
export type SlotState = 'empty' | 'changing' | 'active' | 'failed';
export type RolloutState =
  | 'scheduled'
  | 'needs-approval'
  | 'running'
  | 'paused'
  | 'rolling-back'
  | 'succeeded'
  | 'failed'
  | 'rolled-back'
  | 'aborted';
export type TargetState =
  | 'pending'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'skipped'
  | 'withdrawing'
  | 'withdrawn';
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'expired' | 'cancelled';
export type ChangeKind = 'node' | 'rollout' | 'job' | 'model' | 'telemetry' | 'stream';

export interface Page<T> {
  items: T[];
  next?: string | null;
}

export interface Who {
  tenant: string;
  name: string;
  role: string;
}

export interface SetupAnswer {
  token: string;
  name: string;
  role: string;
}

export interface Overview {
  nodes: Record<NodeStatus, number>;
  devices: Record<string, number>;
  models: number;
  rollouts: Record<'running' | 'succeeded' | 'failed', number>;
  jobs: Record<'queued' | 'running' | 'succeeded' | 'failed' | 'expired', number>;
  inferencesLastMinute: number;
  droppedMessages: number;
}

export interface Slot {
  slot: string;
  model?: string | null;
  version?: string | null;
  variant?: string | null;
  digest?: string | null;
  desiredDigest?: string | null;
  state: SlotState;
  reason?: string | null;
}

export interface Device {
  node: string;
  device: string;
  class: string;
  driver: string;
  profile?: string | null;
  profileName?: string | null;
  modelled: boolean;
  memoryBytes?: number | null;
  slots: Slot[];
  latencyMs: number | null;
  energyMj: number | null;
  energyMethod: EnergyMethod;
}

export interface Node {
  node: string;
  status: NodeStatus;
  agentVersion?: string | null;
  kernels?: string | null;
  bornAt?: string | null;
  lastSeenAt?: string | null;
  desiredVersion?: number | null;
  appliedVersion?: number | null;
  /** Why the node does not take its newest list, as long as it has not taken it. */
  listRefused?: string;
  labels: Record<string, string>;
  devices: Device[];
}

/** A layer of what runs in a slot: bytes of its weights and tensors, median time, and its shares of all layers. */
export interface Operator {
  index: number;
  operator: string;
  kernel: string;
  macs: number;
  bytes: number;
  p50Ms: number;
  share: number;
  macsShare: number;
}

export interface OperatorTimes {
  device: string;
  slot: string;
  digest?: string | null;
  state: 'measured' | 'left-out' | 'awaited' | 'modelled' | 'not-measured' | 'empty';
  timing?: string | null;
  kernels?: string | null;
  rounds?: number | null;
  measuredAt?: string | null;
  totalMs?: number | null;
  operators: Operator[];
}

export interface EnrolmentToken {
  id: string;
  token: string;
  expiresAt: string;
  uses: number;
}

export interface TensorSpec {
  shape: number[];
  type: string;
  scale?: number | null;
  zeroPoint?: number | null;
}

export interface Accuracy {
  n: number;
  correct: number;
  fraction: number;
  low95: number;
  high95: number;
}

export interface Variant {
  variant: string;
  digest: string;
  bytes: number;
  macs: number;
  weightBytes: number;
  arenaBytes: number;
  operators: string[];
  input: TensorSpec;
  output: TensorSpec;
  /** How its weights were quantized; `uploaded` when it came ready-made. */
  scheme: string;
  /** Of its narrowest weights. */
  bits: number;
  packageBytes: number | null;
  accuracy: Accuracy | null;
  /** Inputs that it and the float network answer alike. */
  agreement: Accuracy | null;
  /** The class that lost most right answers, and the part that it lost. */
  worstClass: { label: number; drop: number } | null;
  /** Part of the values between layers at an end of their range. */
  saturation: number | null;
  /** Inputs whose answer stays the same under noise. */
  robustness: Accuracy | null;
  /** What it is a part of: operators from the first to the one after the last. Absent for a whole network. */
  part?: { of: string; from: number; to: number; operators: number } | null;
}

export interface Version {
  version: string;
  state: 'draft' | 'evaluated' | 'approved' | 'retired';
  createdAt: string;
  variants: Variant[];
}

export interface Model {
  model: string;
  createdAt: string;
  versions: Version[];
}

export interface RolloutRequest {
  model: string;
  version: string;
  selector: { classes?: string[]; q?: string };
  variants?: string[];
  waves?: number[];
  minAccuracy?: number;
  allowUnapproved?: boolean;
}

export interface Target {
  node: string;
  device: string;
  wave: number;
  variant?: string | null;
  digest?: string | null;
  state: TargetState;
  reason?: string | null;
  /** Why it failed, kept when it was taken back later. */
  failure?: string | null;
  blockedBy?: string | null;
}

/** What holds a target, or how it ended. */
export interface Why {
  rule: string;
  detail: string;
}

/** What a rollout would be. */
export interface DryRun {
  matched: number;
  fitting: number;
  bytes: number;
  expectedSeconds?: number | null;
  waves: { wave: number; devices: number }[];
  devices: { node: string; device: string; wave: number; variant?: string | null; bytes: number; reason?: string | null }[];
}

export interface Wave {
  wave: number;
  counts: Record<TargetState, number>;
}

export interface GateTest {
  metric: string;
  stratum: string;
  wave: number;
  samples: number;
  samplesMin: number;
  decision: 'open' | 'accepted' | 'rejected';
  passed: boolean;
  pValue: number;
  detail: string;
}

export interface Rollout {
  rollout: string;
  model: string;
  version: string;
  state: RolloutState;
  reason?: string | null;
  detail?: string | null;
  createdAt: string;
  finishedAt?: string | null;
  wave: number;
  waves: number[];
  counts: Record<TargetState, number>;
  targets?: Target[];
}

/** A device that the scheduler looked at; one that could not do it has a verdict and a detail, but no times. */
export interface Candidate {
  /** `node/device` */
  device: string;
  finishMs?: number | null;
  waitMs?: number | null;
  executionMs?: number | null;
  energyMj?: number | null;
  laterByMs?: number | null;
  verdict: string;
  detail?: string | null;
}

/** Which cuts values may cross in few bits, and why not the others: `reason` where they may cross none. */
export interface Packing {
  bits: number;
  lossMax: number;
  accuracyFloor?: number | null;
  allowed: number;
  lossNotMeasured: number;
  lossAboveMax: number;
  accuracyBelowFloor: number;
  reason?: 'loss-not-measured' | 'loss-above-max' | 'accuracy-below-floor' | null;
}

export interface Job {
  job: string;
  model: string;
  version?: string | null;
  state: JobState;
  reason?: string | null;
  createdAt: string;
  finishedAt?: string | null;
  deadlineAt?: string | null;
  /** 0 to 9; absent for a task of a job of several. */
  priority?: number | null;
  energyBudgetMj?: number | null;
  accuracyFloor?: number | null;
  node?: string | null;
  device?: string | null;
  variant?: string | null;
  attempts: number;
  latencyMs: number | null;
  modelled: boolean;
  energyMj: number | null;
  energyMethod: EnergyMethod;
  /** Of an output of more than 4 KB. */
  outputDigest?: string | null;
  outputBytes?: number | null;
  /** The controller asked for it itself, to learn what a device takes. */
  probe?: boolean | null;
  why?: {
    chosen?: string | null;
    /** `relay` where each device holds a part of the network. */
    policy?: string | null;
    /** The part that no device holds, while that is why the job waits. */
    missingPart?: string | null;
    candidates: Candidate[];
    packing?: Packing | null;
  } | null;
  /** Absent where one device does all of it. */
  shared?: Shared | null;
}

/** An inference that several devices share. */
export interface Shared {
  plannedMs: number;
  linkMs: number;
  /** What the first device alone would take; absent where it holds only a part. */
  localMs?: number | null;
  observedMs?: number | null;
  parts: SharedPart[];
}

/** Operators `from` to the one before `to` of the network. */
export interface SharedPart {
  node: string;
  device: string;
  from: number;
  to: number;
  plannedMs: number;
  tookMs?: number | null;
  /** Of each value that it sends on; absent for the last. */
  bits?: number | null;
  bytes?: number | null;
  linkMs?: number | null;
  sentBytes?: number | null;
  energyMj?: number | null;
}

export type TaskState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'expired' | 'cancelled';

/** A task of a job of several; times are milliseconds from the job's start. */
export interface GraphTask {
  task: string;
  kind: 'model' | 'segment' | 'transform' | 'frame';
  model?: string | null;
  version?: string | null;
  variant?: string | null;
  /** First operator of a stretch, and the one after its last. */
  from?: number | null;
  to?: number | null;
  /** `node/device` and sensor that it reads. */
  source?: string | null;
  sensor?: string | null;
  transform?: { transform: string } | null;
  /** `input:NAME`, `task:ID` or `task:ID.N` */
  inputs: string[];
  type: string;
  shape: number[];
  state: TaskState;
  reason?: string | null;
  plannedStartMs: number;
  plannedMs: number;
  startMs?: number | null;
  observedMs?: number | null;
  inference?: {
    job: string;
    state: JobState;
    reason?: string | null;
    node?: string | null;
    device?: string | null;
    variant?: string | null;
    attempts: number;
    latencyMs?: number | null;
    modelled: boolean;
    energyMj?: number | null;
    energyMethod: EnergyMethod;
  } | null;
}

export interface GraphOutput {
  type: 'int8' | 'int32';
  shape: number[];
  /** Base64, little-endian. */
  data: string;
}

/** A job of several tasks; tasks and outputs only where one is asked for. */
export interface GraphJob {
  job: string;
  name: string;
  state: JobState;
  reason?: string | null;
  createdAt: string;
  finishedAt?: string | null;
  deadlineAt: string;
  priority: number;
  energyBudgetMj?: number | null;
  accuracyFloor?: number | null;
  plannedMs: number;
  observedMs?: number | null;
  energy?: { knownMj?: number | null; unknownTasks: number } | null;
  tasks?: GraphTask[] | null;
  outputs?: Record<string, GraphOutput> | null;
}

export type StreamState = 'running' | 'degraded' | 'waiting' | 'stopped' | 'failed';

export interface StreamLatency {
  frames: number;
  p50Ms: number;
  p90Ms: number;
}

/** A way to run a stream; `after` is the source's last operator when another device runs the rest. */
export interface StreamCandidate {
  device: string;
  after?: number | null;
  bits?: number | null;
  bytes?: number | null;
  /** What transforms of the frame take, absent without any. */
  beforeMs?: number | null;
  frontMs: number;
  linkMs: number;
  backMs: number;
  /** What transforms of the answer take, absent without any. */
  afterMs?: number | null;
  totalMs: number;
  p90Ms: number;
  /** Computing. */
  energyMj?: number | null;
  /** Sending and receiving. */
  linkMj?: number | null;
  /** Accuracy that packing costs, 0 to 1, and the end of its interval; only where packing was allowed. */
  loss?: number | null;
  lossHigh95?: number | null;
  lossBasis?: 'none' | 'measured' | 'unknown' | null;
  verdict: string;
  /** Streams that its helper has too much to do for. */
  heldBy?: string[] | null;
}

/** A device that a plan counted as hot, low on its battery, or slower than expected. */
export interface StreamBoard {
  device: string;
  celsius?: number | null;
  hot: boolean;
  batteryPercent?: number | null;
  low: boolean;
  slowedBy: number;
}

export interface StreamPlan {
  epoch: number;
  cause: string;
  createdAt: string;
  helper?: string | null;
  after?: number | null;
  plannedMs: number;
  observed: {
    met: number;
    missed: number;
    skipped: number;
    measured?: StreamLatency | null;
    modelled?: StreamLatency | null;
  };
  why?: {
    chosen: string;
    yieldsTo?: string | null;
    costs: string;
    boards?: StreamBoard[] | null;
    packing?: Packing | null;
    candidates: StreamCandidate[];
  } | null;
}

/** Type and shape of a value; int32 is little-endian. */
export interface ValueForm {
  type: 'int8' | 'int32';
  shape: number[];
}

/** A transform on a stream's source. */
export interface StreamStep {
  transform: string;
  parameters: Record<string, number | string>;
}

export interface StreamOutcome {
  frame: number;
  sensorFrame: number;
  input: string;
  output?: string | null;
  latencyMs: number;
  met: boolean;
  ranOn: 'source' | 'helper' | 'fallback';
  /** Of an output that transforms made. */
  form?: ValueForm | null;
}

export interface StreamWindow {
  epoch: number;
  from: number;
  to: number;
  met: number;
  missed: number;
  skipped: number;
  helped: number;
  fallbacks: number;
  modelled: boolean;
  latency?: StreamLatency | null;
  latencyMaxMs: number;
  /** What transforms of frames and of answers took, absent without any. */
  before?: StreamLatency | null;
  after?: StreamLatency | null;
  energy: { frames: number; mj?: number | null; energyMethod: EnergyMethod };
  at: string;
  outcomes?: StreamOutcome[] | null;
}

export interface Stream {
  stream: string;
  model: string;
  source: string;
  sensor: string;
  periodMs: number;
  deadlineMs: number;
  energyBudgetMj?: number | null;
  accuracyFloor?: number | null;
  /** Accuracy that packing may cost, 0 to 1. */
  lossMax?: number | null;
  /** 0 to 9, larger goes first. */
  priority: number;
  /** Stream of a higher priority that holds the helper it would have. */
  yieldsTo?: string | null;
  state: StreamState;
  reason?: string | null;
  createdAt: string;
  endedAt?: string | null;
  heardAt?: string | null;
  met: number;
  missed: number;
  skipped: number;
  /** Of the sensor's frames, where these are not the network's input. */
  frame?: ValueForm | null;
  before?: StreamStep[] | null;
  after?: StreamStep[] | null;
  plan?: StreamPlan | null;
  newest?: StreamWindow | null;
}

/** `[unix milliseconds, value, standard uncertainty in the metric's unit or null]`. */
export type Point = [number, number, number | null];

export interface Series {
  metric: string;
  unit: string;
  modelled: boolean;
  energyMethod?: EnergyMethod | null;
  points: Point[];
}

export interface Metric {
  device: string;
  metric: string;
  unit: string;
  modelled: boolean;
  method?: EnergyMethod | null;
}

export type Severity = 'critical' | 'warning';

/** Something that needs eyes now. */
export interface Alert {
  alert: string;
  rule: string;
  severity: Severity;
  /** Of a device `node/device`. */
  subject: { kind: 'node' | 'device' | 'rollout' | 'stream' | 'webhook' | 'trust'; id: string };
  node?: string | null;
  since?: string | null;
  detail: string;
}

export interface AlertPage extends Page<Alert> {
  /** Of all pages. */
  counts: Record<Severity, number>;
  /** There are more than are told. */
  more: boolean;
}

export type EnergyGroup = 'device' | 'node' | 'class' | 'model';

/** Energy of one kind by one method; `runs` are those of which it is. */
export interface EnergyFigure {
  kind: 'inference' | 'part' | 'frame' | 'radio';
  modelled: boolean;
  energyMethod: EnergyMethod;
  runs: number;
  mj: number;
  uncertaintyMj?: number | null;
  mjEach: number;
}

export interface EnergyUsed {
  group: string;
  runs: number;
  /** Of which nobody knows the energy. */
  unknown: number;
  unknownShare: number;
  figures: EnergyFigure[];
}

export interface EnergyTotal {
  what: 'computing' | 'radio';
  modelled: boolean;
  runs: number;
  mj: number;
  uncertaintyMj?: number | null;
  mjEach: number;
}

export interface EnergyUse {
  by: EnergyGroup;
  from: string;
  to: string;
  /** From when on frames of streams are known, where that is later than `from`. */
  framesFrom?: string | null;
  runs: number;
  unknown: number;
  totals: EnergyTotal[];
  items: EnergyUsed[];
  /** Groups that are left out. */
  more: number;
}

export interface AuditEntry {
  at: string;
  who: string;
  action: string;
  what: string;
}
