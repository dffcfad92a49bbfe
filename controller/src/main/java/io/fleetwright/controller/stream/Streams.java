package io.fleetwright.controller.stream;

import io.fleetwright.controller.audit.RefusedAttempts;
import io.fleetwright.controller.chain.ChainTimes;
import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.job.Notice;
import io.fleetwright.controller.job.PackingRule;
import io.fleetwright.controller.job.WindowCosts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.NodeSensors;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Storable;
import io.fleetwright.controller.stream.StreamFacts.Seen;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.trust.DesiredSlot;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Streams from their beginning to their end. Their frames run on nodes by themselves; here it is decided how, and decided anew when
 * something has changed that the plan stands on. Each look may happen at any time, twice, or after a crash: the newest plan is a row, and
 * nodes take it as often as it is sent.
 *
 * <p>{@code running}: the plan keeps the objective. {@code degraded}: no plan does, and the best one runs. {@code waiting}: the source is
 * not there, or cannot run the network; what it was told stands. {@code stopped} and {@code failed} are ends.
 */
public final class Streams {
    public static final String RUNNING = "running";
    public static final String DEGRADED = "degraded";
    public static final String WAITING = "waiting";
    public static final String STOPPED = "stopped";
    public static final String FAILED = "failed";

    /** States that a stream may still leave. */
    public static final List<String> OPEN = List.of(RUNNING, DEGRADED, WAITING);

    public static final List<String> STATES = List.of(RUNNING, DEGRADED, WAITING, STOPPED, FAILED);

    /** Open ones of one tenant, and of one source, which is what agents take. */
    public static final int OPEN_MAX = 100;

    public static final int OPEN_PER_NODE_MAX = 8;
    /** Shortest and longest distance of frames. */
    public static final long PERIOD_MILLIS_MIN = 10;

    public static final long PERIOD_MILLIS_MAX = 3_600_000;
    public static final long DEADLINE_MILLIS_MAX = 600_000;
    /** Frames that may be due before the first of them must be answered. */
    private static final double TRANSFORMS_PERCENTILE = 0.9;

    private static final int PERIODS_PER_DEADLINE_MAX = 3;

    private static final long LOOK_MILLIS = 2_000;
    private static final int LOOKED_AT_PER_STEP = 500;
    private static final int PLANS_KEPT = 200;
    /** Measured times from events to orders that wait to be stored. */
    private static final int HANDED_OVER_MAX = 1000;

    private final RandomGenerator random;
    private final RefusedAttempts refused;
    private final StreamFacts facts = new StreamFacts();
    private final ArrayDeque<HandedOver> handedOver = new ArrayDeque<>();

    private record HandedOver(String plan, long micros) {}

    /** One transaction, and the streams that are looked at in it. */
    private record Round(Tx tx, Effects effects, long nowMillis, StreamTurns turns) {
        Round(Tx tx, Effects effects, long nowMillis) {
            this(tx, effects, nowMillis, new StreamTurns());
        }
    }

    /** @param refused hears of rules that nodes broke */
    public Streams(RandomGenerator random, RefusedAttempts refused) {
        this.random = random;
        this.refused = refused;
    }

    /**
     * What a caller asks for.
     *
     * @param source {@code node/device} that has the frames
     * @param sensor of the source's node
     * @param deadline from when a frame is due to its answer
     * @param bitsMin fewest bits of values that leave the source: 8, by which answers stay the same to the last bit, or 4
     * @param energyBudgetMillijoules of one frame, absent for any
     * @param accuracyFloor share of right answers that the variant must have been measured to give, absent for any
     * @param priority 0 to 9, larger goes first: among frames that wait for a device, and for a helper
     * @param notifyNode node of the tenant that is told of the newest answer of each window, absent for none
     * @param lossMax share of right answers that packing may cost, absent for the usual one
     * @param chains transforms on the source, before and behind the network
     */
    public record Request(
            String model,
            String source,
            String sensor,
            Duration period,
            Duration deadline,
            int bitsMin,
            @Nullable Double energyBudgetMillijoules,
            @Nullable Double accuracyFloor,
            int priority,
            @Nullable String notifyNode,
            @Nullable Double lossMax,
            Chains chains) {
        /** The frame is the network's input, its output the answer. */
        public Request(
                String model,
                String source,
                String sensor,
                Duration period,
                Duration deadline,
                int bitsMin,
                @Nullable Double energyBudgetMillijoules,
                @Nullable Double accuracyFloor,
                int priority,
                @Nullable String notifyNode) {
            this(
                    model,
                    source,
                    sensor,
                    period,
                    deadline,
                    bitsMin,
                    energyBudgetMillijoules,
                    accuracyFloor,
                    priority,
                    notifyNode,
                    null,
                    Chains.NONE);
        }

        public Request {
            requireMillis("periodMs", period, PERIOD_MILLIS_MIN, PERIOD_MILLIS_MAX);
            requireMillis("deadlineMs", deadline, 1, DEADLINE_MILLIS_MAX);
            if (deadline.toMillis() > PERIODS_PER_DEADLINE_MAX * period.toMillis()) {
                throw Refusal.invalid("deadlineMs (%d) must be at most %d periods (%d ms)"
                        .formatted(
                                deadline.toMillis(),
                                PERIODS_PER_DEADLINE_MAX,
                                PERIODS_PER_DEADLINE_MAX * period.toMillis()));
            }
            var _ = new PackingRule(bitsMin, lossMax, accuracyFloor);
            if (energyBudgetMillijoules != null
                    && !(energyBudgetMillijoules > 0 && energyBudgetMillijoules <= 1_000_000_000)) {
                throw Refusal.invalid("energyBudgetMj (%s) must be above 0 and at most 1000000000"
                        .formatted(energyBudgetMillijoules));
            }
            if (priority < 0 || priority > StreamOrder.PRIORITY_MAX) {
                throw Refusal.invalid(
                        "priority (%d) must be from 0 to %d".formatted(priority, StreamOrder.PRIORITY_MAX));
            }
        }

        private static void requireMillis(String name, Duration value, long min, long max) {
            if (value.toMillis() < min || value.toMillis() > max) {
                throw Refusal.invalid("%s (%d) must be from %d to %d".formatted(name, value.toMillis(), min, max));
            }
        }
    }

    // What people ask.

    /**
     * Begins a stream.
     *
     * @throws Refusal when the model, the source, its sensor or the node to notify is unknown, the transforms fit no variant or the source does
     *     not run them, it does not run the model, too many streams are open, or no plan keeps the period and the deadline
     */
    public LiveStreamRow create(Tx tx, Effects effects, String tenant, Request request, long nowMillis) {
        List<VariantRow> variants = DesiredSlot.isName(request.model())
                ? tx.find(Query.of(VariantRow.class).equal("tenant", tenant).equal("model", request.model())).stream()
                        .filter(variant -> !variant.isPart())
                        .toList()
                : List.of();
        if (variants.isEmpty()) {
            throw Refusal.notFound("model", clip(request.model()));
        }
        DeviceRow device = tx.get(DeviceRow.class, tenant + "/" + request.source())
                .orElseThrow(() -> Refusal.notFound("device", clip(request.source())));
        NodeRow node = tx.get(NodeRow.class, device.nodeId)
                .orElseThrow(() -> Refusal.notFound("device", clip(request.source())));
        NodeSensors sensors = NodeSensors.of(node);
        if (!sensors.has(request.sensor())) {
            throw Refusal.notFound(
                    "sensor",
                    "%s at %s; it has %s"
                            .formatted(
                                    clip(request.sensor()),
                                    request.source(),
                                    sensors.kinds().isEmpty()
                                            ? "none"
                                            : String.join(", ", sensors.kinds().keySet())));
        }
        Notice.requireNode(tx, tenant, request.notifyNode());
        VariantRow fitting = request.chains().fitting(variants);
        requireRoom(tx, tenant, node);
        LiveStreamRow row = new LiveStreamRow();
        row.id = "s-%011x%08x".formatted(nowMillis, random.nextInt());
        row.tenant = tenant;
        row.model = request.model();
        row.nodeId = node.id;
        row.device = device.device;
        row.sensor = request.sensor();
        row.periodMillis = request.period().toMillis();
        row.deadlineMillis = request.deadline().toMillis();
        row.bitsMin = request.bitsMin();
        Double budget = request.energyBudgetMillijoules();
        row.energyBudgetMicrojoules = budget == null ? null : Double.valueOf(budget * 1000);
        row.accuracyFloor = request.accuracyFloor();
        row.lossMax = request.lossMax();
        row.priority = request.priority();
        row.notifyNode = request.notifyNode();
        row.put(request.chains());
        row.state = WAITING;
        row.createdAt = nowMillis;
        Seen seen = facts.look(tx, row, nowMillis);
        if (seen instanceof Seen.Absent(String reason, String detail) && !reason.equals(StreamFacts.OFFLINE)) {
            throw Chains.cannotRun(request.source(), request.model(), detail);
        }
        if (seen instanceof Seen.There there) {
            requireReachable(row, StreamPlans.choose(StreamLoads.of(tx, row, nowMillis), row, there));
            fitting = there.variant();
        }
        if (!request.chains().isEmpty()) {
            // What transforms take is a guess until frames have shown it, and nothing is refused for a guess.
            Chains.Guess guess = request.chains().guess(fitting);
            row.beforeMicros = guess.beforeMicros();
            row.afterMicros = guess.afterMicros();
            seen = facts.look(tx, row, nowMillis);
        }
        tx.insert(row);
        Round round = new Round(tx, effects, nowMillis);
        take(round, new StreamTurns.Due(row, "created", false), seen);
        look(round);
        return row;
    }

    private static void requireRoom(Tx tx, String tenant, NodeRow node) {
        long open =
                tx.count(Query.of(LiveStreamRow.class).equal("tenant", tenant).in("state", OPEN));
        if (open >= OPEN_MAX) {
            throw new Refusal(Refusal.Kind.TOO_MANY, "%d streams are open, at most %d".formatted(open, OPEN_MAX));
        }
        long own =
                tx.count(Query.of(LiveStreamRow.class).equal("nodeId", node.id).in("state", OPEN));
        if (own >= OPEN_PER_NODE_MAX) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY,
                    "%s is the source of %d streams, at most %d".formatted(node.node, own, OPEN_PER_NODE_MAX));
        }
    }

    /** Refuses what is known not to work; where a time is a guess, it is tried. */
    private static void requireReachable(LiveStreamRow row, StreamPlanner.Choice choice) {
        if (choice.rated().stream()
                .anyMatch(one -> one.standing().keeps() || !one.option().isKnown())) {
            return;
        }
        Option soonest = choice.rated().stream()
                .filter(one -> one.standing().isPossible())
                .map(StreamPlanner.Rated::option)
                .min(Comparator.comparingDouble(Option::totalMicros))
                .orElseThrow();
        Option densest = choice.rated().stream()
                .filter(one -> one.standing().isPossible())
                .map(StreamPlanner.Rated::option)
                .min(Comparator.comparingDouble(Option::stageMicros))
                .orElseThrow();
        throw new Refusal(
                Refusal.Kind.DEADLINE_UNREACHABLE,
                "deadline of %d ms at a period of %d ms: the soonest answer takes %.3f ms (%s), the shortest period is %.3f ms"
                        .formatted(
                                row.deadlineMillis,
                                row.periodMillis,
                                soonest.totalMicros() / 1000,
                                choice.taken().standing().name().toLowerCase(Locale.ROOT),
                                densest.stageMicros() / 1000));
    }

    /** What nine in ten frames of a window kept within; absent without frames that were transformed so. */
    private static @Nullable Double seen(StreamReport report, StreamReport.Chain chain) {
        return report.transforms().stream()
                .filter(took -> took.chain() == chain)
                .map(took -> WindowCosts.percentileMicros(took.latency(), TRANSFORMS_PERCENTILE))
                .findFirst()
                .orElse(null);
    }

    /** Ends a stream by hand; doing it twice does no harm. */
    public LiveStreamRow stop(Tx tx, Effects effects, String tenant, String id, long nowMillis) {
        LiveStreamRow row = tx.get(LiveStreamRow.class, id)
                .filter(one -> one.tenant.equals(tenant))
                .orElseThrow(() -> Refusal.notFound("stream", clip(id)));
        if (row.state.equals(FAILED)) {
            throw new Refusal(Refusal.Kind.CONFLICT, "stream %s is %s".formatted(id, row.state));
        }
        if (OPEN.contains(row.state)) {
            Round round = new Round(tx, effects, nowMillis);
            end(round, row, STOPPED, "by-operator");
            look(round);
        }
        return row;
    }

    // What happens.

    /** Looks at what time may have changed, and renews leases. */
    public void step(Tx tx, Effects effects, long nowMillis) {
        store(tx);
        Round round = new Round(tx, effects, nowMillis);
        for (String state : OPEN) {
            for (LiveStreamRow row : tx.find(Query.of(LiveStreamRow.class)
                    .equal("state", state)
                    .atMost("lookAt", nowMillis)
                    .ascending("lookAt")
                    .limit(LOOKED_AT_PER_STEP))) {
                round.turns.add(row, "looked");
            }
        }
        look(round);
    }

    /** Something of a node has changed: streams that it runs, helps or might help are looked at. */
    public void changed(Tx tx, Effects effects, NodeRow node, String cause, long nowMillis) {
        List<LiveStreamRow> open = tx.find(
                Query.of(LiveStreamRow.class).equal("tenant", node.tenant).in("state", OPEN));
        if (open.isEmpty()) {
            return;
        }
        Set<String> models = new HashSet<>();
        tx.find(Query.of(SlotRow.class).equal("nodeId", node.id)).forEach(slot -> models.add(slot.slot));
        Set<String> helped = new HashSet<>();
        Map<String, StreamPlanRow> plans = StreamPlans.present(tx, open);
        plans.values().stream()
                .filter(plan -> node.id.equals(plan.peerNodeId))
                .forEach(plan -> helped.add(plan.streamId));
        Round round = new Round(tx, effects, nowMillis);
        for (LiveStreamRow row : open) {
            if (row.nodeId.equals(node.id) || helped.contains(row.id) || models.contains(row.model)) {
                round.turns.add(row, cause);
            }
        }
        look(round);
    }

    /**
     * A node has told of its temperature or battery.
     *
     * @param celsius absent when it was not told
     * @param percent of a full battery, absent when it was not told
     */
    public void sampled(
            Tx tx, Effects effects, NodeRow node, @Nullable Double celsius, @Nullable Double percent, long nowMillis) {
        String cause = NodeStrains.take(tx, node, celsius, percent, nowMillis);
        if (cause != null) {
            changed(tx, effects, node, cause, nowMillis);
        }
    }

    /**
     * A node has said who it is: it is told what it shall do no more, and then again what it shall do.
     *
     * @param restarted what it knew of its streams is gone, and it counts their frames from the first one again
     */
    public void born(Tx tx, Effects effects, NodeRow node, boolean restarted, long nowMillis) {
        // First: a node that is full takes nothing new before it has left something.
        for (LiveStreamRow row : tx.find(Query.of(LiveStreamRow.class)
                .equal("tenant", node.tenant)
                .greater("endedAt", nowMillis - StreamOrders.LEASE.toMillis())
                .limit(LOOKED_AT_PER_STEP))) {
            boolean helped = StreamPlans.present(tx, row)
                    .filter(plan -> node.id.equals(plan.peerNodeId))
                    .isPresent();
            if (row.nodeId.equals(node.id) || helped) {
                StreamOrders.stop(effects, node, row.id, row.epoch);
            }
        }
        List<LiveStreamRow> open = tx.find(
                Query.of(LiveStreamRow.class).equal("tenant", node.tenant).in("state", OPEN));
        for (LiveStreamRow row : open) {
            String warmed = StreamFacts.warm(row.cold, node.node);
            boolean recounts = restarted && row.nodeId.equals(node.id);
            if (recounts) {
                row.facts = ""; // Its helper remembers the numbers of the frames: only another epoch tells the new ones
                // apart.
            }
            if (recounts || !warmed.equals(row.cold)) {
                row.cold = warmed;
                tx.update(row);
            }
        }
        Set<String> before = StreamPlans.present(tx, open).keySet();
        changed(tx, effects, node, "node-born", nowMillis);
        List<LiveStreamRow> still = tx.find(
                Query.of(LiveStreamRow.class).equal("tenant", node.tenant).in("state", OPEN));
        Map<String, StreamPlanRow> plans = StreamPlans.present(tx, still);
        plans.keySet().retainAll(before);
        still.stream()
                .sorted(Comparator.comparingInt((LiveStreamRow row) -> row.priority)
                        .reversed())
                .forEach(row -> tellAgain(tx, effects, node, row, plans.get(StreamPlanRow.id(row.id, row.epoch))));
    }

    /** The helper of a source that was away may have let go of the stream meanwhile: it is told too. */
    private static void tellAgain(
            Tx tx, Effects effects, NodeRow node, LiveStreamRow row, @Nullable StreamPlanRow plan) {
        boolean isSource = row.nodeId.equals(node.id);
        if (plan != null && (isSource || node.id.equals(plan.peerNodeId))) {
            StreamOrders.send(tx, effects, row, plan, isSource ? null : node.id);
        }
    }

    /** Takes in a report, once. */
    public void report(Tx tx, Effects effects, NodeRow node, StreamReport report, long nowMillis) {
        LiveStreamRow row = tx.get(LiveStreamRow.class, report.stream()).orElse(null);
        if (row == null || !row.tenant.equals(node.tenant)) {
            return;
        }
        if (!row.nodeId.equals(node.id)) {
            effects.whenSent(_ -> refused.note(
                    node.tenant,
                    "node/" + node.node,
                    "%s tells of stream %s, of which it is not the source".formatted(node.node, row.id)));
            return;
        }
        StreamPlanRow told = StreamWindows.add(tx, row, report, nowMillis);
        if (told != null) {
            StreamNotice.send(tx, effects, row, told, report);
        }
        String pace = told == null ? null : StreamPaces.learn(tx, row, told, report, nowMillis);
        ChainTimes counted = row.times();
        ChainTimes times = row.chains().isEmpty()
                ? counted
                : counted.with(seen(report, StreamReport.Chain.BEFORE), seen(report, StreamReport.Chain.AFTER));
        row.put(times);
        if (pace == null && !times.isCountedAs(counted)) {
            pace = "source-transforms";
        }
        row.met += report.met();
        row.missed += report.missed();
        row.skipped += report.skipped();
        row.heardAt = nowMillis;
        tx.update(row);
        effects.hint(row.tenant, "stream", row.id);
        if (!OPEN.contains(row.state)) {
            if (report.event() != StreamReport.Event.ENDED) {
                StreamOrders.stop(effects, node, row.id, row.epoch);
            }
            return;
        }
        Round round = new Round(tx, effects, nowMillis);
        StreamReport.Event event = report.event();
        if (event == null && pace != null) {
            round.turns.add(row, pace);
        } else if (event != null && report.epoch() == row.epoch) {
            event(round, row, event, report.reason() == null ? "unknown" : Storable.reason(clip(report.reason())));
        }
        look(round);
    }

    private void event(Round round, LiveStreamRow row, StreamReport.Event event, String reason) {
        StreamPlanRow plan = StreamPlans.present(round.tx, row).orElse(null);
        switch (event) {
            case HELPER_LOST -> {
                if (plan != null && plan.peerNodeId != null) {
                    if (!reason.equals("link")) {
                        row.cold = StreamFacts.chill(row.cold, StreamFacts.peer(plan), round.nowMillis);
                    }
                    row.facts = "";
                    round.turns.add(row, "helper-lost");
                }
            }
            case ENDED -> {
                if (!reason.equals("lease")) {
                    end(round, row, FAILED, "source-" + reason);
                } else if (plan != null) {
                    StreamOrders.send(round.tx, round.effects, row, plan, null);
                }
            }
        }
    }

    // What is decided.

    /** Looks at the streams whose turn it is, and at those that these have looked at. */
    private void look(Round round) {
        for (StreamTurns.Due due = round.turns.poll(); due != null; due = round.turns.poll()) {
            take(round, due, facts.look(round.tx, due.row(), round.nowMillis));
        }
    }

    private void take(Round round, StreamTurns.Due due, Seen seen) {
        LiveStreamRow row = due.row();
        row.lookAt = round.nowMillis + LOOK_MILLIS;
        switch (seen) {
            case Seen.Gone(String reason) -> {
                end(round, row, FAILED, reason);
                return;
            }
            case Seen.Unclear() -> {
                if (due.isForced()) {
                    // Planned as soon as that is known.
                    row.facts = "";
                }
            }
            case Seen.Absent(String reason, String _) -> {
                if (!row.state.equals(WAITING) || !reason.equals(row.reason)) {
                    row.state = WAITING;
                    row.reason = reason;
                    round.effects.hint(row.tenant, "stream", row.id);
                }
            }
            case Seen.There there -> {
                if (due.isForced()
                        || row.state.equals(WAITING)
                        || !there.facts().equals(row.facts)) {
                    plan(round, row, there, due.cause());
                } else if (round.nowMillis >= row.renewAt && !improves(round, row, there)) {
                    StreamPlans.present(round.tx, row)
                            .ifPresent(plan -> StreamOrders.send(round.tx, round.effects, row, plan, null));
                    row.renewAt = round.nowMillis + StreamOrders.RENEWAL.toMillis();
                }
            }
        }
        round.tx.update(row);
    }

    /** What others left since may be enough for one that is degraded: then it is planned anew. */
    private boolean improves(Round round, LiveStreamRow row, Seen.There there) {
        boolean better = row.state.equals(DEGRADED)
                && StreamPlans.choose(StreamLoads.of(round.tx, row, round.nowMillis), row, there)
                        .taken()
                        .standing()
                        .keeps();
        if (better) {
            plan(round, row, there, "tried-again");
        }
        return better;
    }

    private void plan(Round round, LiveStreamRow row, Seen.There there, String cause) {
        Tx tx = round.tx;
        Effects effects = round.effects;
        StreamPlanRow before = StreamPlans.present(tx, row).orElse(null);
        // A source that lost its helper asks one again only under a new plan.
        boolean lost = row.facts.isEmpty();
        StreamLoads loads = StreamLoads.of(tx, row, round.nowMillis);
        StreamPlanner.Choice choice = StreamPlans.choose(loads, row, there);
        boolean keeps = choice.taken().standing().keeps();
        row.facts = there.facts();
        row.state = keeps ? RUNNING : DEGRADED;
        row.reason = keeps ? null : choice.taken().standing().name().toLowerCase(Locale.ROOT);
        row.yieldsTo = choice.yieldsTo();
        if (before != null && !lost && StreamPlans.isSame(before, there, choice)) {
            // The frames run as they did; what was told stands, but while its source was away others may have come.
            effects.hint(row.tenant, "stream", row.id);
            loads.yielding(before).forEach(lower -> round.turns.force(lower, "yielded"));
            return;
        }
        row.epoch++;
        StreamPlanRow plan = StreamPlans.row(row, there, choice, cause, round.nowMillis);
        tx.insert(plan);
        tx.deleteAll(Query.of(StreamPlanRow.class).equal("streamId", row.id).less("epoch", row.epoch - PLANS_KEPT));
        row.renewAt = round.nowMillis + StreamOrders.RENEWAL.toMillis();
        StreamOrders.send(tx, effects, row, plan, null);
        if (before != null && before.peerNodeId != null && !before.peerNodeId.equals(plan.peerNodeId)) {
            tx.get(NodeRow.class, before.peerNodeId)
                    .ifPresent(left -> StreamOrders.stop(effects, left, row.id, before.epoch));
        }
        effects.whenSent(micros -> {
            if (handedOver.size() < HANDED_OVER_MAX) {
                handedOver.add(new HandedOver(plan.id, micros));
            }
        });
        effects.hint(row.tenant, "stream", row.id);
        if (before != null && before.peerNodeId != null && !StreamPlans.hasSamePeer(before, plan)) {
            freed(round, row);
        }
        loads.yielding(plan).forEach(lower -> round.turns.force(lower, "yielded"));
    }

    /** A stream leaves its helper: those that yield to higher ones may have one now. */
    private static void freed(Round round, LiveStreamRow row) {
        round.tx.find(Query.of(LiveStreamRow.class).equal("tenant", row.tenant).in("state", OPEN)).stream()
                .filter(lower -> lower.yieldsTo != null && lower.priority < row.priority)
                .forEach(lower -> round.turns.force(lower, "helper-free"));
    }

    private void end(Round round, LiveStreamRow row, String state, String reason) {
        Tx tx = round.tx;
        row.state = state;
        row.reason = reason;
        row.yieldsTo = null;
        row.endedAt = round.nowMillis;
        tx.update(row);
        tx.get(NodeRow.class, row.nodeId).ifPresent(node -> StreamOrders.stop(round.effects, node, row.id, row.epoch));
        StreamPlans.present(tx, row)
                .map(plan -> plan.peerNodeId)
                .flatMap(peer -> tx.get(NodeRow.class, peer))
                .ifPresent(node -> StreamOrders.stop(round.effects, node, row.id, row.epoch));
        round.effects.hint(row.tenant, "stream", row.id);
        freed(round, row);
    }

    private void store(Tx tx) {
        for (HandedOver one = handedOver.poll(); one != null; one = handedOver.poll()) {
            long micros = one.micros;
            tx.get(StreamPlanRow.class, one.plan).ifPresent(plan -> {
                plan.handedOverMicros = micros;
                tx.update(plan);
            });
        }
    }

    private static String clip(String text) {
        return text.length() <= 120 ? text : text.substring(0, 120) + "...";
    }

    /** Whether a status says that a node may be told something. */
    static boolean isThere(NodeRow node) {
        return node.status.equals(Nodes.ONLINE);
    }
}
