package io.fleetwright.controller.job;

import io.fleetwright.controller.audit.AuditLog;
import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Placing;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.NodeSensors;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.GatheringTx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Selection;
import io.fleetwright.controller.store.Storable;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.DesiredSlot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Jobs from admission to exactly one terminal state. Each job is one inference; its attempts are numbered, and only the
 * present attempt's result counts.
 */
public final class Jobs {
    public static final String QUEUED = "queued";
    public static final String RUNNING = "running";
    /** What every placement asks for of the attempts that run; a store may remember it. */
    public static final Selection<JobRow> ATTEMPTS = Selection.of(
            Query.of(JobRow.class).equal("state", RUNNING).equal("split", false),
            "tenant",
            "nodeId",
            "device",
            "model",
            "digest",
            "sentAt",
            "workShare",
            "chainMicros");

    public static final String SUCCEEDED = "succeeded";
    public static final String FAILED = "failed";
    public static final String EXPIRED = "expired";
    public static final String CANCELLED = "cancelled";

    /** States that a job may still leave. */
    public static final List<String> OPEN = List.of(QUEUED, RUNNING);

    /** A step of priority goes before work that came so much earlier. */
    public static final long PRIORITY_MICROS = 10_000_000;

    /** No model has such a name. */
    private static final String NO_MODEL = "-";

    private static final Pattern DEVICE = Pattern.compile("[a-z0-9-]{1,48}/[a-z0-9][a-z0-9.-]{0,63}");

    private final Settings settings;
    private final RandomGenerator random;
    private final SharedAttempts shared;
    /** Absent when there shall be none. */
    private final @Nullable Probes probes;

    private final WaitingJobs waitingJobs;
    private final Placements placements;
    private final Reachable reachable;
    private final EnergyBudget energyBudget;
    private final DirectInferences direct;
    private final Outputs outputs;
    private final ChainCosts chainCosts = new ChainCosts();
    /** When this controller began, milliseconds; 0 before. */
    private long begunAt;

    public Jobs(Settings settings, RandomGenerator random, DirectInferences direct) {
        this.direct = direct;
        this.outputs = new Outputs(direct);
        this.settings = settings;
        this.random = random;
        this.shared = new SharedAttempts(settings.attemptLimit(), outputs);
        Splits splits = new Splits();
        this.probes = settings.probes() ? new Probes(random) : null;
        this.waitingJobs = new WaitingJobs(settings.placing());
        this.placements = new Placements(splits, shared, probes);
        this.reachable = new Reachable(splits);
        this.energyBudget = new EnergyBudget(splits);
    }

    /** Outputs that nodes put here. */
    public Outputs outputs() {
        return outputs;
    }

    /**
     * Devices of a tenant whose attempts fail one after the other.
     *
     * @param tried within this time
     */
    public List<Faults.Failing> failing(String tenant, Duration tried, long nowMillis) {
        return direct.faults().failing(tenant, tried, nowMillis);
    }

    /** This controller begins; jobs before it may have been another's. */
    public void begin(long nowMillis) {
        begunAt = nowMillis;
    }

    /**
     * What a caller asks for. Exactly one of {@code input}, {@code inputDigest} and a sensor of the source is there.
     *
     * @param inputBytes of the input; what a sensor gives has the length that the network takes
     * @param pinnedDevice {@code node/device} when the caller insists on one
     * @param source where the input is, absent when it is here and may go anywhere
     * @param notifyNode node of the tenant that is told of the end, absent for none
     * @param bounds what else the place must keep
     * @param chains transforms before and behind the network; an input that is here has been transformed already
     */
    public record Request(
            String model,
            byte @Nullable [] input,
            @Nullable String inputDigest,
            long inputBytes,
            Duration deadline,
            @Nullable String pinnedDevice,
            @Nullable Source source,
            @Nullable String notifyNode,
            Bounds bounds,
            Chains chains) {
        /** The input is the network's, its output the answer. */
        public Request(
                String model,
                byte @Nullable [] input,
                @Nullable String inputDigest,
                long inputBytes,
                Duration deadline,
                @Nullable String pinnedDevice,
                @Nullable Source source,
                @Nullable String notifyNode,
                Bounds bounds) {
            this(
                    model,
                    input,
                    inputDigest,
                    inputBytes,
                    deadline,
                    pinnedDevice,
                    source,
                    notifyNode,
                    bounds,
                    Chains.NONE);
        }

        /** What boards do of the transforms. */
        Chains onBoards() {
            return source == null || source.sensor() == null ? chains.back() : chains;
        }

        public Request(
                String model,
                byte @Nullable [] input,
                @Nullable String inputDigest,
                long inputBytes,
                Duration deadline,
                @Nullable String pinnedDevice,
                @Nullable Source source) {
            this(model, input, inputDigest, inputBytes, deadline, pinnedDevice, source, null, Bounds.NONE);
        }

        public Request(
                String model,
                byte @Nullable [] input,
                @Nullable String inputDigest,
                long inputBytes,
                Duration deadline,
                @Nullable String pinnedDevice) {
            this(model, input, inputDigest, inputBytes, deadline, pinnedDevice, null, null, Bounds.NONE);
        }
    }

    /**
     * What a caller asks of the place of an inference, beside its time.
     *
     * @param version of the model, absent for any
     * @param energyBudgetMicrojoules what the inference may be expected to take, computing and sending; more than 0, absent for any
     * @param accuracyFloor share of right answers, 0 to 1, that the variant must have been measured to give, and what packing leaves of
     *     it; absent for any
     * @param lossMax share of right answers that packing may cost, absent for the usual one
     * @param priority 0 to {@link #PRIORITY_MAX}, the highest first
     * @param attempts 1 to {@link #ATTEMPTS_MAX} until it has failed, absent for what the controller gives every job
     */
    public record Bounds(
            @Nullable String version,
            @Nullable Double energyBudgetMicrojoules,
            @Nullable Double accuracyFloor,
            @Nullable Double lossMax,
            int priority,
            @Nullable Integer attempts) {
        public static final Bounds NONE = new Bounds(null, null, null, null, 0, null);
        public static final int ATTEMPTS_MAX = 10;
        public static final int PRIORITY_MAX = 9;

        private static final double MILLI = 1000;
        /** A megajoule. */
        private static final double ENERGY_MAX_MJ = 1e9;

        /** @throws Refusal when a share is not from 0 to 1 */
        public Bounds {
            if (accuracyFloor != null && !(accuracyFloor >= 0 && accuracyFloor <= 1)) {
                throw Refusal.invalid("accuracyFloor (%s) must be from 0 to 1".formatted(accuracyFloor));
            }
            if (lossMax != null && !(lossMax >= 0 && lossMax <= 1)) {
                throw Refusal.invalid("lossMax (%s) must be from 0 to 1".formatted(lossMax));
            }
        }

        /** How far what leaves a source may be packed. */
        PackingRule packing(Source source) {
            return new PackingRule(source.bitsMin(), lossMax, accuracyFloor);
        }

        /**
         * What a caller has said.
         *
         * @param energyBudgetMillijoules absent for any
         * @param priority 0 when absent
         * @throws Refusal when the budget is not above 0 and at most a megajoule, a share is not from 0 to 1, or priority or attempts are out of range
         */
        public static Bounds of(
                @Nullable String version,
                @Nullable Double energyBudgetMillijoules,
                @Nullable Double accuracyFloor,
                @Nullable Double lossMax,
                @Nullable Integer priority,
                @Nullable Integer attempts) {
            if (energyBudgetMillijoules != null
                    && !(energyBudgetMillijoules > 0 && energyBudgetMillijoules <= ENERGY_MAX_MJ)) {
                throw Refusal.invalid("energy budget (%s mJ) must be above 0 and at most 1,000,000,000"
                        .formatted(energyBudgetMillijoules));
            }
            if (priority != null && (priority < 0 || priority > PRIORITY_MAX)) {
                throw Refusal.invalid("priority (%d) must be from 0 to %d".formatted(priority, PRIORITY_MAX));
            }
            if (attempts != null && (attempts < 1 || attempts > ATTEMPTS_MAX)) {
                throw Refusal.invalid("attempts (%d) must be from 1 to %d".formatted(attempts, ATTEMPTS_MAX));
            }
            return new Bounds(
                    version,
                    energyBudgetMillijoules == null ? null : Double.valueOf(energyBudgetMillijoules * MILLI),
                    accuracyFloor,
                    lossMax,
                    priority == null ? 0 : priority,
                    attempts);
        }

        /** Whether a variant may run. */
        boolean allow(VariantRow variant) {
            return Part.exclusion(version, accuracyFloor, variant) == null;
        }

        /** Whether there are any. */
        public boolean isNone() {
            return equals(NONE);
        }
    }

    /**
     * A device that has the input; it runs the network, or its front while another one runs the rest.
     *
     * @param device {@code node/device}
     * @param bitsMin fewest bits of values that go to another device: 8, by which results stay the same to the last bit, or 4
     * @param sensor of its node, whose next frame is the input; absent when the caller has the input
     */
    public record Source(
            String device, int bitsMin, @Nullable String sensor) {
        public Source(String device, int bitsMin) {
            this(device, bitsMin, null);
        }

        public Source {
            if (!Work.BITS.contains(bitsMin)) {
                throw Refusal.invalid("bits (%d) must be 8 or 4".formatted(bitsMin));
            }
        }
    }

    /**
     * Accepts a job; it ends in one of succeeded, failed, expired, cancelled.
     *
     * @throws Refusal when the model, the device, the source or its sensor is unknown, no variant takes so many bytes or reaches the
     *     accuracy floor, or too many jobs are open
     */
    public JobRow submit(Tx tx, Effects effects, String tenant, Request request, long nowMillis) {
        if (!DesiredSlot.isName(request.model())) {
            throw Refusal.notFound("model", "of that name");
        }
        List<VariantRow> variants =
                tx.find(Query.of(VariantRow.class).equal("tenant", tenant).equal("model", request.model())).stream()
                        .filter(variant -> !variant.isPart())
                        .toList();
        if (variants.isEmpty()) {
            throw Refusal.notFound("model", request.model());
        }
        String version = request.bounds().version();
        if (version != null && variants.stream().noneMatch(variant -> variant.version.equals(version))) {
            throw Refusal.notFound("version", "%s of model %s".formatted(abbreviated(version), request.model()));
        }
        Source source = request.source();
        String sensor = source == null ? null : source.sensor();
        requireFit(request, variants);
        if (sensor == null && variants.stream().noneMatch(variant -> inputBytes(variant) == request.inputBytes())) {
            throw Refusal.invalid("input of %d bytes; model %s takes %d"
                    .formatted(request.inputBytes(), request.model(), inputBytes(variants.get(0))));
        }
        Double floor = request.bounds().accuracyFloor();
        if (floor != null && variants.stream().noneMatch(request.bounds()::allow)) {
            throw Refusal.invalid("no variant of model %s was measured to reach accuracy floor %s"
                    .formatted(version == null ? request.model() : request.model() + " " + version, floor));
        }
        String pinned = request.pinnedDevice();
        if (pinned != null && !DEVICE.matcher(pinned).matches()) {
            throw Refusal.invalid("device (%s) must be node/device".formatted(abbreviated(pinned)));
        }
        if (source != null && pinned != null) {
            throw Refusal.invalid("a job has either a device or a source");
        }
        if (pinned != null && !isThere(tx, tenant, pinned)) {
            throw Refusal.notFound("device", pinned);
        }
        if (source != null && (!DEVICE.matcher(source.device()).matches() || !isThere(tx, tenant, source.device()))) {
            throw Refusal.notFound("device", abbreviated(source.device()));
        }
        if (source != null && sensor != null) {
            requireSensor(tx, tenant, source.device(), sensor);
        }
        requireTransforms(tx, tenant, request);
        requirePacking(request);
        Notice.requireNode(tx, tenant, request.notifyNode());
        long open = tx.count(Query.of(JobRow.class)
                .equal("tenant", tenant)
                .equal("probe", false)
                .in("state", OPEN));
        open += direct.running(effects).stream()
                .filter(job -> job.tenant.equals(tenant))
                .count();
        if (open >= settings.jobsOpenMax()) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY, "%d jobs are open, at most %d".formatted(open, settings.jobsOpenMax()));
        }
        long inputBytes = source == null || sensor == null
                ? request.inputBytes()
                : frameBytes(tx, tenant + "/" + source.device() + "/" + request.model(), variants, request.bounds());
        return insert(tx, effects, tenant, request, inputBytes, null, null, nowMillis);
    }

    /**
     * Whether some variant that may run is one that transforms fit, before anybody does them; of a model that is not there nothing is said.
     *
     * @throws Refusal that says why they fit none
     */
    public static void requireFit(Tx tx, String tenant, String model, Bounds bounds, Chains chains) {
        List<VariantRow> allowed =
                tx.find(Query.of(VariantRow.class).equal("tenant", tenant).equal("model", model)).stream()
                        .filter(variant -> !variant.isPart() && bounds.allow(variant))
                        .toList();
        if (!allowed.isEmpty()) {
            var _ = chains.fitting(allowed);
        }
    }

    /** Some variant that may run, and that takes so many bytes where the caller has them, must be one that the transforms fit. */
    private static void requireFit(Request request, List<VariantRow> variants) {
        Source source = request.source();
        boolean sensed = source != null && source.sensor() != null;
        List<VariantRow> allowed =
                variants.stream().filter(request.bounds()::allow).toList();
        List<VariantRow> taking = allowed.stream()
                .filter(variant -> sensed || inputBytes(variant) == request.inputBytes())
                .toList();
        var _ = request.chains().fitting(!taking.isEmpty() ? taking : !allowed.isEmpty() ? allowed : variants);
    }

    private static boolean isThere(Tx tx, String tenant, String device) {
        return tx.get(DeviceRow.class, tenant + "/" + device).isPresent();
    }

    /** A device that is there and does not run them is refused; one that is away may come back with another agent. */
    private static void requireTransforms(Tx tx, String tenant, Request request) {
        Source source = request.source();
        String only = source == null ? request.pinnedDevice() : source.device();
        if (only != null) {
            tx.get(NodeRow.class, tenant + "/" + only.substring(0, only.indexOf('/')))
                    .filter(node -> node.status.equals(Nodes.ONLINE))
                    .flatMap(node -> OrderTransforms.absence(request.onBoards(), source != null, node))
                    .ifPresent(absence -> {
                        throw Chains.cannotRun(only, request.model(), absence);
                    });
        }
    }

    /** A loss is allowed only where there is packing. */
    private static void requirePacking(Request request) {
        Source source = request.source();
        Double lossMax = request.bounds().lossMax();
        if (source != null) {
            var _ = request.bounds().packing(source);
        } else if (lossMax != null) {
            throw Refusal.invalid(
                    "lossMax (%s) is what packing may cost that leaves a source, and there is none".formatted(lossMax));
        }
    }

    /**
     * Accepts a job as {@link #submit} does, unless its deadline or its energy is known to be out of reach.
     *
     * @throws Refusal also of {@link Refusal.Kind#DEADLINE_UNREACHABLE}, with the least time, and with the least energy
     */
    public JobRow admit(Tx tx, Effects effects, String tenant, Request request, long nowMillis) {
        JobRow job = submit(tx, effects, tenant, request, nowMillis);
        energyBudget.require(tx, tenant, request, nowMillis);
        reachable.require(tx, tenant, request, nowMillis);
        return job;
    }

    /** Adds an inference that a job of several tasks, which was admitted as a whole, has come to. */
    public JobRow add(Tx tx, Effects effects, String tenant, Request request, Part part, long nowMillis) {
        return insert(tx, effects, tenant, request, request.inputBytes(), part, null, nowMillis);
    }

    /**
     * A frame of a sensor that a job of several tasks asks for.
     *
     * @param source {@code node/device} that takes it
     * @param value what comes: the frame, or what the transforms before the network make of it
     */
    public record Capture(String source, String sensor, Form value, Chains chains, Duration deadline) {}

    /** Adds a look at a sensor that a job of several tasks, which was admitted as a whole, has come to. */
    public JobRow capture(Tx tx, Effects effects, String tenant, Capture asked, Part part, long nowMillis) {
        Request request = new Request(
                NO_MODEL,
                null,
                null,
                asked.value().bytes(),
                asked.deadline(),
                null,
                new Source(asked.source(), Byte.SIZE, asked.sensor()),
                null,
                Bounds.NONE,
                asked.chains());
        return insert(tx, effects, tenant, request, asked.value().bytes(), part, asked.value(), nowMillis);
    }

    /** @throws Refusal that says why a source that is there takes no frames, or does not run a transform of them */
    public static void requireCapture(Tx tx, String tenant, String source, String task, Chains before) {
        tx.get(NodeRow.class, tenant + "/" + source.substring(0, source.indexOf('/')))
                .filter(node -> node.status.equals(Nodes.ONLINE))
                .flatMap(node -> OrderTransforms.captureAbsence(before, node))
                .ifPresent(absence -> {
                    throw Chains.cannotRun(source, task, absence);
                });
    }

    /** Ends an inference that nobody waits for any more; does nothing when it has ended. */
    public void drop(Tx tx, Effects effects, String id, long nowMillis) {
        tx.get(JobRow.class, id)
                .filter(job -> OPEN.contains(job.state))
                .ifPresent(job -> end(tx, effects, job, CANCELLED, "job-ended", nowMillis));
    }

    private JobRow insert(
            Tx tx,
            Effects effects,
            String tenant,
            Request request,
            long inputBytes,
            @Nullable Part part,
            @Nullable Form captured,
            long nowMillis) {
        Source source = request.source();
        JobRow job = new JobRow();
        job.graphId = part == null ? null : part.graphId();
        job.wantedVersion = part == null ? request.bounds().version() : part.version();
        job.energyBudgetMicrojoules = request.bounds().energyBudgetMicrojoules();
        job.wantedVariant = part == null ? null : part.variant();
        Part.Stretch stretch = part == null ? null : part.stretch();
        if (stretch != null) {
            job.segmentFrom = stretch.from();
            job.segmentTo = stretch.to();
            job.workShare = stretch.share();
        }
        job.accuracyFloor = part == null ? request.bounds().accuracyFloor() : part.accuracyFloor();
        job.lossMax = request.bounds().lossMax();
        job.attemptsMax = part == null ? request.bounds().attempts() : part.attempts();
        job.turnMicros =
                part == null ? nowMillis * 1000 - request.bounds().priority() * PRIORITY_MICROS : part.turnMicros();
        job.id = id(nowMillis, random.nextInt());
        job.tenant = tenant;
        job.model = request.model();
        job.state = QUEUED;
        job.createdAt = nowMillis;
        job.deadlineAt = nowMillis + request.deadline().toMillis();
        job.pinnedDevice = request.pinnedDevice();
        job.source = source == null ? null : source.device();
        job.bitsMin = source == null ? Byte.SIZE : source.bitsMin();
        job.input = request.input();
        job.inputDigest = request.inputDigest();
        job.inputBytes = inputBytes;
        job.sensor = source == null ? null : source.sensor();
        job.put(request.chains());
        job.capture = captured != null;
        job.answerForm = captured == null ? null : Chains.text(captured);
        job.notifyNode = request.notifyNode();
        job.energyMethod = EnergyMethod.UNKNOWN.wireName();
        tx.insert(job);
        effects.hint(tenant, "job", job.id);
        return job;
    }

    static String id(long nowMillis, int random) {
        return "j-%011x%08x".formatted(nowMillis, random);
    }

    /** @throws Refusal that names the sensors there are, when that one is not */
    public static void requireSensor(Tx tx, String tenant, String device, String sensor) {
        NodeSensors there = tx.get(NodeRow.class, tenant + "/" + device.substring(0, device.indexOf('/')))
                .map(NodeSensors::of)
                .orElseThrow(() -> Refusal.notFound("device", abbreviated(device)));
        if (!there.has(sensor)) {
            throw Refusal.notFound(
                    "sensor",
                    "%s at %s; it has %s"
                            .formatted(
                                    abbreviated(sensor),
                                    device,
                                    there.kinds().isEmpty()
                                            ? "none"
                                            : String.join(", ", there.kinds().keySet())));
        }
    }

    /** What the variant takes that runs in the slot, else what the model takes; by those that may run, if there are any. */
    private static long frameBytes(Tx tx, String slot, List<VariantRow> variants, Bounds bounds) {
        String running =
                tx.get(SlotRow.class, slot).map(row -> row.reportedDigest).orElse(null);
        List<VariantRow> allowed = variants.stream().filter(bounds::allow).toList();
        List<VariantRow> some = allowed.isEmpty() ? variants : allowed;
        return inputBytes(some.stream()
                .filter(variant -> variant.digest.equals(running))
                .findFirst()
                .orElse(some.getFirst()));
    }

    private static String abbreviated(String text) {
        return text.length() <= 120 ? text : text.substring(0, 120) + "...";
    }

    /** Ends a job by hand. */
    public JobRow cancel(Tx tx, Effects effects, String tenant, String id, long nowMillis) {
        JobRow job = tx.get(JobRow.class, id)
                .filter(row -> row.tenant.equals(tenant))
                .orElseThrow(() -> Refusal.notFound("job", id));
        if (!OPEN.contains(job.state)) {
            throw new Refusal(Refusal.Kind.CONFLICT, "job %s is %s".formatted(id, job.state));
        }
        end(tx, effects, job, CANCELLED, "by-operator", nowMillis);
        return job;
    }

    /** Expires, retries and places; can run at any time, twice, or after a crash. */
    public void step(Tx tx, Effects effects, long nowMillis) {
        direct.writeOld(tx, effects, nowMillis);
        for (JobRow job : tx.find(Query.of(JobRow.class).in("state", OPEN).less("deadlineAt", nowMillis))) {
            end(tx, effects, job, EXPIRED, job.reason == null ? "deadline" : job.reason, nowMillis);
        }
        shared.takeLate(tx, nowMillis).forEach((job, reason) -> retry(tx, effects, job, reason, nowMillis));
        long answeredBy = nowMillis - settings.attemptLimit().toMillis();
        for (JobRow job : tx.find(Query.of(JobRow.class).equal("state", RUNNING).less("sentAt", answeredBy))) {
            if (!outputs.isAnswering(tx, job, answeredBy)) {
                failed(tx, effects, job, "no-answer", nowMillis);
                retry(tx, effects, job, "no-answer", nowMillis);
            }
        }
        place(tx, effects, nowMillis);
        if (probes != null) {
            probes.step(tx, effects, nowMillis);
        }
    }

    /** Places what waits for a device. */
    public void place(Tx tx, Effects effects, long nowMillis) {
        List<JobRow> all = waitingJobs.next(tx, nowMillis);
        if (all.isEmpty()) {
            return;
        }
        // Where a sensor is, is no question.
        List<JobRow> captures = all.stream().filter(job -> job.capture).toList();
        List<JobRow> waiting = all.stream().filter(job -> !job.capture).toList();
        GatheringTx gathering = new GatheringTx(tx, Set.of(JobRow.class));
        PlacementRound round =
                new PlacementRound(gathering, direct.running(effects), direct.faults(), chainCosts, nowMillis);
        List<JointPlacements.Turn> turns = settings.placing().policy() == Placing.Policy.PORTFOLIO
                ? JointPlacements.turns(waiting, round, nowMillis)
                : waiting.stream().map(JointPlacements.Turn::alone).toList();
        captures.forEach(job -> placements.capture(gathering, effects, job, round, nowMillis));
        turns.forEach(turn -> placements.place(gathering, effects, turn, round, nowMillis));
        gathering.flush();
    }

    /** Sends work that a node should have but may have lost with its connection; doing it twice does no harm. */
    public void resend(Tx tx, Effects effects, NodeRow node, long nowMillis) {
        direct.writeOf(tx, effects, node.id);
        for (JobRow job : tx.find(Query.of(JobRow.class).equal("state", RUNNING).equal("nodeId", node.id))) {
            send(tx, effects, job, nowMillis);
        }
        for (JobRow job : SharedAttempts.takenOverBy(tx, node)) {
            send(tx, effects, job, nowMillis);
        }
    }

    /**
     * Gives the work of a node that never answers again to others; what it was the last chance of fails.
     *
     * @return attempts that it had
     */
    public int leave(Tx tx, Effects effects, NodeRow node, String reason, long nowMillis) {
        List<JobRow> own =
                tx.find(Query.of(JobRow.class).equal("state", RUNNING).equal("nodeId", node.id));
        own.forEach(job -> retry(tx, effects, job, reason, nowMillis));
        List<JobRow> shares = SharedAttempts.takenOverBy(tx, node);
        shares.forEach(job -> {
            SharedAttempts.lose(tx, job, node);
            retry(tx, effects, job, "peer-lost", nowMillis);
        });
        return own.size() + shares.size();
    }

    /**
     * Starts what a node that is gone shared with others anew.
     *
     * @return true when there was any
     */
    public boolean shareNoMore(Tx tx, Effects effects, NodeRow node, long nowMillis) {
        List<JobRow> theirs = new ArrayList<>(SharedAttempts.takenOverBy(tx, node));
        tx.find(Query.of(JobRow.class).equal("state", RUNNING).equal("nodeId", node.id)).stream()
                .filter(job -> job.split)
                .forEach(theirs::add);
        for (JobRow job : theirs) {
            if (job.state.equals(RUNNING) && job.split) { // A node may have several parts of one.
                SharedAttempts.lose(tx, job, node);
                retry(tx, effects, job, "peer-lost", nowMillis);
            }
        }
        return !theirs.isEmpty();
    }

    /**
     * Takes in how an attempt ended; anything but the present attempt of a running job changes nothing.
     *
     * @param arrivedMillis when the result was here: what it waited for its turn is no time of the device
     */
    public void result(Tx tx, Effects effects, NodeRow node, TaskResult result, long arrivedMillis, long nowMillis) {
        JobRow job = direct.take(tx, effects, result.task())
                .or(() -> tx.get(JobRow.class, SharedAttempts.jobOf(result.task())))
                .orElse(null);
        String ordered = job == null || job.capture
                ? null
                : job.split ? SharedAttempts.ordered(tx, job, result.task()) : job.digest;
        ForeignResults.breach(job, ordered, node, result, begunAt, nowMillis).ifPresent(effects::breach);
        if (job != null && job.split) {
            switch (shared.take(tx, node, job, result, nowMillis)) {
                case SharedAttempts.Step.Nothing() -> {}
                case SharedAttempts.Step.Done() -> {
                    learnTransforms(tx, effects, job);
                    end(tx, effects, job, SUCCEEDED, null, nowMillis);
                }
                case SharedAttempts.Step.Again(String reason) -> retry(tx, effects, job, reason, nowMillis);
            }
            return;
        }
        if (job == null
                || !job.id.equals(result.task())
                || !job.tenant.equals(node.tenant)
                || !job.state.equals(RUNNING)
                || !node.id.equals(job.nodeId)
                || !result.device().equals(job.device)
                || result.epoch() != job.epoch) {
            return;
        }
        switch (result.outcome()) {
            case OK -> {
                TaskResult.PutOutput put = result.put();
                if (put != null && !Outputs.has(tx, job, put)) {
                    failed(tx, effects, job, "output-not-put", nowMillis);
                    retry(tx, effects, job, "output-not-put", nowMillis);
                    return;
                }
                if (!answer(job, result)) {
                    boolean answers = result.output() != null || put != null;
                    String reason = !answers
                            ? "no-output"
                            : OrderTransforms.isMade(job, result) ? "wrong-variant" : OrderTransforms.NOT_TRANSFORMED;
                    failed(tx, effects, job, reason, nowMillis);
                    retry(tx, effects, job, reason, nowMillis);
                    return;
                }
                String digest = String.valueOf(job.digest);
                learnTransforms(tx, effects, job);
                if (!job.capture) {
                    String device = node.id + "/" + job.device;
                    effects.whenUndone(direct.faults().asItIs(device, digest));
                    direct.faults().succeeded(device, digest);
                }
                if (job.segmentTo == 0 && !job.capture) {
                    Costs.learn(
                            tx,
                            job.tenant,
                            node.id + "/" + job.device,
                            digest,
                            result,
                            Math.max(0, arrivedMillis - job.sentAt) * 1000.0,
                            nowMillis);
                    if (job.probe) {
                        Costs.probed(tx, node.id + "/" + job.device, digest, job.id);
                    }
                } else if (!job.capture) {
                    learnStretch(tx, job, node.id + "/" + job.device, digest, result, nowMillis);
                }
                end(tx, effects, job, SUCCEEDED, null, nowMillis);
            }
            case EXPIRED -> end(tx, effects, job, EXPIRED, "deadline", nowMillis);
            case FAILED, REJECTED -> {
                String reason = result.reason() == null ? "unknown" : Storable.reason(result.reason());
                if (result.outcome() == TaskResult.Outcome.FAILED) {
                    failed(tx, effects, job, reason, nowMillis);
                }
                retry(tx, effects, job, reason, nowMillis);
            }
        }
    }

    private static void learnStretch(
            Tx tx, JobRow job, String deviceId, String digest, TaskResult result, long nowMillis) {
        DeviceRow device = tx.get(DeviceRow.class, deviceId).orElse(null);
        if (device != null) {
            OperatorShares.of(tx, device, digest)
                    .filter(told -> job.segmentTo <= told.size())
                    .ifPresent(told -> Costs.learnStretch(
                            tx, device, digest, told.of(job.segmentFrom, job.segmentTo), result, nowMillis));
        }
    }

    private void learnTransforms(Tx tx, Effects effects, JobRow job) {
        if (job.capture || job.beforeMicros == null && job.afterMicros == null) {
            return;
        }
        List<SplitPartRow> parts = job.split ? SplitPartRow.of(tx, job.id) : List.of();
        String first = job.nodeId + "/" + job.device;
        String last = parts.isEmpty() ? first : parts.getLast().nodeId + "/" + parts.getLast().device;
        tx.get(VariantRow.class, "%s/%s/%s/%s".formatted(job.tenant, job.model, job.version, job.variant))
                .ifPresent(variant -> effects.whenSent(_ -> chainCosts.learn(job, variant, first, last)));
    }

    /**
     * Takes in what a device answered; a large output is known to be here.
     *
     * @return false when it did not run what it was told to, or answered nothing; nothing changed then
     */
    static boolean answer(JobRow job, TaskResult result) {
        byte[] output = result.output();
        TaskResult.PutOutput put = result.put();
        String digest = job.digest;
        if (result.outcome() != TaskResult.Outcome.OK
                || output == null && put == null
                || digest == null
                || !(job.capture ? result.digest() == null : digest.equals(result.digest()))
                || !OrderTransforms.isMade(job, result)) {
            return false;
        }
        OrderTransforms.note(job, result);
        job.output = output;
        job.outputDigest = put == null ? null : put.digest();
        job.outputBytes = put == null ? null : Long.valueOf(put.bytes());
        // Nothing was computed where the frame is the answer.
        job.latencyMicros = job.capture ? null : result.latencyMicros();
        job.modelled = !job.capture && result.latencyModelled();
        job.energyMicrojoules = result.energyMicrojoules();
        job.energyMethod = result.energyMethod().wireName();
        job.energyUncertainty = result.energyUncertainty();
        FrameOf.whole(job, result);
        return true;
    }

    /** An attempt that one device had came to nothing there. */
    private void failed(Tx tx, Effects effects, JobRow job, String reason, long nowMillis) {
        if (job.split || job.capture) {
            return;
        }
        String device = job.nodeId + "/" + job.device;
        String digest = String.valueOf(job.digest);
        effects.whenUndone(direct.faults().asItIs(device, digest));
        if (direct.faults().failed(device, digest, reason, nowMillis)) {
            AuditLog.append(
                    tx,
                    job.tenant,
                    "controller",
                    "device.failing",
                    "%s failed %d times in a row for %s, at last with %s"
                            .formatted(device, Faults.FAILURES, digest, reason),
                    nowMillis);
        }
    }

    private void retry(Tx tx, Effects effects, JobRow job, String reason, long nowMillis) {
        int attempts = job.attemptsMax == null ? settings.attemptsMax() : job.attemptsMax;
        if (job.probe || job.epoch >= attempts) {
            end(tx, effects, job, FAILED, reason, nowMillis);
            return;
        }
        if (job.split) {
            SharedAttempts.cancel(tx, effects, job);
            job.split = false;
            job.localOnly = true;
        }
        job.state = QUEUED;
        job.reason = reason;
        tx.update(job);
        effects.hint(job.tenant, "job", job.id);
    }

    private static void end(Tx tx, Effects effects, JobRow job, String state, @Nullable String reason, long nowMillis) {
        if (job.state.equals(RUNNING) && !state.equals(SUCCEEDED)) {
            if (job.split) {
                SharedAttempts.cancel(tx, effects, job);
            } else {
                SharedAttempts.cancelTask(tx, effects, job.nodeId, job.id);
            }
        }
        if (!state.equals(SUCCEEDED)) {
            Outputs.forget(tx, job, nowMillis);
        }
        tx.update(ended(job, state, reason, nowMillis));
        if (job.graphDue) {
            effects.graphDue();
        }
        Notice.send(tx, effects, job);
        effects.hint(job.tenant, "job", job.id);
    }

    /** Notes the end. */
    static JobRow ended(JobRow job, String state, @Nullable String reason, long nowMillis) {
        job.state = state;
        job.reason = reason;
        job.finishedAt = nowMillis;
        job.graphDue = job.graphId != null;
        return job;
    }

    static void send(Tx tx, Effects effects, JobRow job, long nowMillis) {
        NodeRow node =
                job.nodeId == null ? null : tx.get(NodeRow.class, job.nodeId).orElse(null);
        long budget = job.deadlineAt - nowMillis;
        if (node == null || job.device == null || job.digest == null || budget <= 0) {
            return;
        }
        if (!OrderTransforms.mayBeTold(tx, job, node)) {
            return;
        }
        if (job.split && SharedAttempts.order(tx, effects, job, budget)) {
            return;
        }
        effects.send(
                new Topic(Nodes.address(node), Topic.Kind.DOWN_WORK),
                work(job, budget).encode(),
                Duration.ofMillis(budget));
    }

    /** The order of an attempt that one device has. */
    static Work work(JobRow job, long budgetMillis) {
        return Work.order(
                        job.id,
                        job.epoch,
                        String.valueOf(job.device),
                        job.capture ? "" : job.model,
                        String.valueOf(job.digest),
                        source(job, job.inputBytes))
                .within(job.deadlineAt, budgetMillis)
                .withSegment(segment(job))
                .withTransforms(job.onBoards().told());
    }

    /**
     * Where the input of a job comes from.
     *
     * @param bytes of it
     */
    static Work.Source source(JobRow job, long bytes) {
        if (job.sensor != null) {
            return new Work.Source.Sensed(job.sensor, bytes);
        }
        if (job.input != null) {
            return new Work.Source.Here(job.input, bytes);
        }
        return new Work.Source.Stored(
                Objects.requireNonNull(job.inputDigest, () -> "no input of job " + job.id), bytes);
    }

    private static Work.@Nullable Segment segment(JobRow job) {
        boolean whole = job.segmentTo == 0 && !job.capture;
        return whole ? null : new Work.Segment(job.segmentFrom, job.segmentTo);
    }

    /** Bytes of one input of the variant: int8, so one per element. */
    public static long inputBytes(VariantRow variant) {
        long bytes = 1;
        for (String size : variant.inputShape.split(",", -1)) {
            bytes = Math.multiplyExact(bytes, Long.parseLong(size));
        }
        return bytes;
    }
}
