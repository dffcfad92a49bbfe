package io.fleetwright.controller.rollout;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.model.Stage;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.rollout.RolloutDecision.Action;
import io.fleetwright.controller.rollout.RolloutState.Cause;
import io.fleetwright.controller.rollout.RolloutState.End;
import io.fleetwright.controller.rollout.RolloutState.Reach;
import io.fleetwright.controller.select.Selector;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.select.Constraints;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.trust.DesiredSlot;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Creates rollouts, takes commands, and moves rollouts on; the decisions are {@link RolloutDecision}'s. */
public final class Rollouts {
    /** How often devices that fit by now are looked for. */
    private static final long LOOK_MILLIS = 10_000;
    /** Open rollouts of one tenant. */
    private static final int OPEN_MAX = 100;
    /** No rollout is planned for as late as that. */
    private static final Instant START_END = Instant.parse("+10000-01-01T00:00:00Z");
    /** States in which a report of its device may concern a target. */
    private static final List<String> LISTENING = Stream.of(
                    TargetState.PENDING, TargetState.RUNNING, TargetState.SUCCEEDED, TargetState.WITHDRAWING)
            .map(TargetState::label)
            .toList();

    private static final List<String> DEVICE_CLASSES =
            Stream.of(DeviceClass.values()).map(DeviceClass::wireName).toList();

    private final Nodes nodes;
    private final RandomGenerator random;
    private final Policy defaults;
    private final Snapshots snapshots;
    private final RolloutGates gates;

    public Rollouts(Settings settings, Nodes nodes, RandomGenerator random, RolloutGates gates) {
        this.nodes = nodes;
        this.random = random;
        this.defaults = Policy.of(List.of(new Wave.Percent(100)), settings.rolloutTargetLimit());
        this.snapshots = new Snapshots(gates, defaults);
        this.gates = gates;
    }

    /** What is refused unless it is asked for. */
    public enum Allowance {
        /** A rollout to no device at all, which succeeds at once. */
        EMPTY,
        /** A version that nobody has approved. */
        UNAPPROVED
    }

    /**
     * What an operator or CI asks for.
     *
     * @param classes device classes that the rollout is for; none means all
     * @param devices {@code node/device} names that the rollout is for; none means all
     * @param q RSQL that devices must fit as well; absent means all
     * @param variants variants that may be chosen; none means all
     * @param minAccuracy least accuracy that a variant must have been measured with
     * @param maxLatencyMillis most time (90th percentile) that the variant may take on the device; absent means any
     * @param maxEnergyMillijoules most energy of one inference, likewise
     * @param gates JSON of what the rollout is judged by beyond success; absent means nothing
     */
    public record Request(
            String model,
            String version,
            List<String> classes,
            List<String> devices,
            @Nullable String q,
            List<String> variants,
            Policy policy,
            @Nullable Double minAccuracy,
            @Nullable Double maxLatencyMillis,
            @Nullable Double maxEnergyMillijoules,
            Set<Allowance> allowed,
            @Nullable String gates) {
        public Request {
            classes = List.copyOf(classes);
            devices = List.copyOf(devices);
            variants = List.copyOf(variants);
            allowed = Set.copyOf(allowed);
        }

        private Request allowing(Allowance allowance) {
            return new Request(
                    model,
                    version,
                    classes,
                    devices,
                    q,
                    variants,
                    policy,
                    minAccuracy,
                    maxLatencyMillis,
                    maxEnergyMillijoules,
                    Set.of(allowance),
                    gates);
        }
    }

    /**
     * The policy of who asks for nothing but waves.
     *
     * @param waves growing percentages of all targets, the last one 100; none means all at once
     * @throws Refusal when they are not
     */
    public Policy percents(List<Integer> waves) {
        try {
            return waves.isEmpty()
                    ? defaults
                    : Policy.of(waves.stream().<Wave>map(Wave.Percent::new).toList(), defaults.apply());
        } catch (IllegalArgumentException wrong) {
            throw Refusal.invalid(String.valueOf(wrong.getMessage()));
        }
    }

    /**
     * Freezes targets, variants and policy, and starts when nothing holds it.
     *
     * @throws Refusal when the version is not there or not approved, a wave is of a class that no device has, nothing matches, or a
     *     device is in another rollout
     */
    public RolloutRow create(Tx tx, Effects effects, String tenant, Request request, long nowMillis) {
        requireClasses(request.policy());
        requireStart(request.policy());
        VersionRow version = version(tx, tenant, request);
        List<VariantRow> variants = Selector.variants(tx, version, request.variants());
        if (tx.count(open().equal("tenant", tenant)) >= OPEN_MAX) {
            throw new Refusal(Refusal.Kind.TOO_MANY, "%d rollouts have not ended".formatted(OPEN_MAX));
        }
        RolloutRow rollout = new RolloutRow();
        rollout.id = "r-%011x%08x".formatted(nowMillis, random.nextInt());
        rollout.tenant = tenant;
        rollout.model = request.model();
        rollout.version = request.version();
        rollout.selector = bounded("selector", SelectionJson.CHARS_MAX, SelectionJson.write(request));
        rollout.policy = bounded("policy", PolicyJson.CHARS_MAX, PolicyJson.write(request.policy()));
        rollout.createdAt = nowMillis;
        rollout.lookedAt = nowMillis;
        selection(rollout, request.policy());
        rollout.become(RolloutDecision.first(request.policy(), nowMillis), nowMillis);
        tx.insert(rollout);
        Targeting.store(tx, rollout, request, variants, constraints(request));
        tx.update(rollout);
        if (request.gates() != null) {
            gates.admit(tx, effects, rollout, request.gates(), nowMillis);
        }
        effects.hint(tenant, "rollout", rollout.id);
        return rollout;
    }

    /** A wave of a class that no device can have would be empty, and the devices that were meant would come at once with the last. */
    private static void requireClasses(Policy policy) {
        for (Wave wave : policy.waves()) {
            if (wave instanceof Wave.OfClass(String name) && !DEVICE_CLASSES.contains(name)) {
                throw Refusal.invalid("policy: waves: class (%s) must be one of %s"
                        .formatted(name, String.join(", ", DEVICE_CLASSES)));
            }
        }
    }

    private static void requireStart(Policy policy) {
        if (policy.startAtMillis() >= START_END.toEpochMilli()) {
            throw Refusal.invalid("policy: startAt (%s) must be before %s"
                    .formatted(Instant.ofEpochMilli(policy.startAtMillis()), START_END));
        }
    }

    /** As it will be read again when devices may join. */
    private static Request selection(RolloutRow rollout, Policy policy) {
        try {
            return SelectionJson.read(rollout, policy);
        } catch (MalformedMessageException unfit) {
            throw Refusal.invalid("selector: %s".formatted(unfit.getMessage()));
        }
    }

    private static VersionRow version(Tx tx, String tenant, Request request) {
        if (!DesiredSlot.isName(request.model()) || !DesiredSlot.isName(request.version())) {
            throw Refusal.notFound("version", "of that model and name");
        }
        VersionRow version = tx.get(VersionRow.class, tenant + "/" + request.model() + "/" + request.version())
                .orElseThrow(() -> Refusal.notFound("version", request.model() + " " + request.version()));
        boolean allowed = version.stage() == Stage.APPROVED
                || version.stage() != Stage.RETIRED && request.allowed().contains(Allowance.UNAPPROVED);
        if (!allowed) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    "version %s of %s is %s, not approved"
                            .formatted(
                                    request.version(),
                                    request.model(),
                                    version.stage().label()));
        }
        return version;
    }

    private static String bounded(String what, int charsMax, String text) {
        if (text.length() > charsMax) {
            throw Refusal.invalid("%s of %d characters, at most %d".formatted(what, text.length(), charsMax));
        }
        return text;
    }

    private static Constraints constraints(Request request) {
        return Selector.constraints(
                request.maxLatencyMillis(), request.maxEnergyMillijoules(), request.minAccuracy(), false);
    }

    private static Query<RolloutRow> open() {
        return Query.of(RolloutRow.class).in("state", RolloutState.OPEN);
    }

    /** Moves every open rollout on; can run at any time, twice, or after a crash. */
    public void step(Tx tx, Effects effects, long nowMillis) {
        for (RolloutRow rollout : tx.find(open().ascending("id"))) {
            join(tx, rollout, nowMillis);
            apply(tx, effects, plan(rollout, snapshots.next(tx, rollout, nowMillis)), nowMillis);
        }
    }

    /** Gives devices that fit by now a place in the last wave, where the policy lets them join. */
    private void join(Tx tx, RolloutRow rollout, long nowMillis) {
        Policy policy = snapshots.policy(rollout);
        if (policy.joining().isZero()
                || !(rollout.state() instanceof RolloutState.Running)
                || nowMillis - rollout.lookedAt < LOOK_MILLIS
                || !claim(tx, rollout)) {
            return;
        }
        rollout.lookedAt = nowMillis;
        try {
            Request request = selection(rollout, policy);
            VersionRow version = version(tx, rollout.tenant, request.allowing(Allowance.UNAPPROVED));
            Targeting.join(
                    tx,
                    rollout,
                    request,
                    Selector.variants(tx, version, request.variants()),
                    constraints(request),
                    nowMillis);
        } catch (Refusal cannot) {
            // A version that is retired, or a group that is gone: nobody joins, and who is in goes on.
        }
        tx.update(rollout);
    }

    /**
     * Looks at the targets of nodes that have said something.
     *
     * @param nodeIds some tens at most
     */
    public void heard(Tx tx, Effects effects, String tenant, Set<String> nodeIds, long nowMillis) {
        for (RolloutRow rollout : tx.find(open().equal("tenant", tenant).ascending("id"))) {
            List<TargetRow> targets = tx.find(Query.of(TargetRow.class)
                    .in("nodeId", nodeIds)
                    .equal("rolloutId", rollout.id)
                    .in("state", LISTENING));
            if (!targets.isEmpty()) {
                Snapshot snapshot = snapshots.ofTargets(tx, rollout, targets, nowMillis);
                apply(tx, effects, plan(rollout, snapshot), nowMillis);
            }
        }
    }

    /** What was decided for a rollout as it was at a revision. */
    record Plan(String rollout, long revision, Policy policy, List<Action> actions) {}

    /** What became of a plan. */
    enum Applied {
        DONE,
        NOTHING_TO_DO,
        /** The rollout has changed since; nothing of the plan was done. */
        STALE
    }

    private static Plan plan(RolloutRow rollout, Snapshot snapshot) {
        return new Plan(rollout.id, rollout.revision, snapshot.policy(), RolloutDecision.decide(snapshot));
    }

    /** What the next step would do. */
    Plan plan(Tx tx, String id, long nowMillis) {
        RolloutRow rollout = tx.get(RolloutRow.class, id).orElseThrow(() -> Refusal.notFound("rollout", id));
        return plan(rollout, snapshots.next(tx, rollout, nowMillis));
    }

    /** Carries out a plan, unless anything has changed the rollout since it was made. */
    Applied apply(Tx tx, Effects effects, Plan plan, long nowMillis) {
        if (plan.actions().isEmpty()) {
            return Applied.NOTHING_TO_DO;
        }
        RolloutRow rollout = tx.get(RolloutRow.class, plan.rollout()).orElse(null);
        if (rollout == null || rollout.revision != plan.revision() || !claim(tx, rollout)) {
            return Applied.STALE;
        }
        Changes.apply(tx, effects, nodes, rollout, plan.policy(), plan.actions(), nowMillis);
        return Applied.DONE;
    }

    /** Raises the revision, so that no plan made before is carried out; false when another did so first. */
    private static boolean claim(Tx tx, RolloutRow rollout) {
        long before = rollout.revision;
        rollout.revision++;
        return tx.updateIf(rollout, "revision", before);
    }

    /** Starts nothing more until it is resumed; what was started goes on. */
    public RolloutRow pause(Tx tx, Effects effects, String tenant, String id, long nowMillis) {
        return command(tx, effects, tenant, id, nowMillis, "paused", rollout -> switch (rollout.state()) {
            case RolloutState.Running() -> new RolloutState.Paused(new Cause(Reason.BY_OPERATOR));
            case RolloutState.Scheduled(),
                    RolloutState.NeedsApproval(var _),
                    RolloutState.Paused(var _),
                    RolloutState.RollingBack(var _, var _, var _),
                    RolloutState.Ended(var _, var _) -> null;
        });
    }

    /**
     * Goes on, or waits again for the approval that it waited for; a breach that had paused it counts as accepted for the wave in
     * progress.
     */
    public RolloutRow resume(Tx tx, Effects effects, String tenant, String id, long nowMillis) {
        return command(tx, effects, tenant, id, nowMillis, "resumed", rollout -> {
            if (!(rollout.state() instanceof RolloutState.Paused(Cause cause))) {
                return null;
            }
            boolean waits = snapshots.policy(rollout).asksApproval(rollout.wave, rollout.approvedWave);
            if (cause.reason() != Reason.BY_OPERATOR) {
                rollout.acceptedWave = waits ? rollout.wave - 1 : rollout.wave;
            }
            rollout.resumedAt = nowMillis;
            return waits ? new RolloutState.NeedsApproval(rollout.wave) : new RolloutState.Running();
        });
    }

    /** Lets the wave begin that waits for approval. */
    public RolloutRow approve(Tx tx, Effects effects, String tenant, String id, long nowMillis) {
        return command(tx, effects, tenant, id, nowMillis, "approved", rollout -> {
            if (!(rollout.state() instanceof RolloutState.NeedsApproval(int wave))) {
                return null;
            }
            rollout.approvedWave = wave;
            return new RolloutState.Running();
        });
    }

    /** Ends it by hand, once those that go back are back. */
    public RolloutRow abort(Tx tx, Effects effects, String tenant, String id, Reach reach, long nowMillis) {
        return command(tx, effects, tenant, id, nowMillis, "aborted", rollout -> switch (rollout.state()) {
            case RolloutState.Scheduled(),
                    RolloutState.NeedsApproval(var _),
                    RolloutState.Running(),
                    RolloutState.Paused(var _) ->
                new RolloutState.RollingBack(End.ABORTED, reach, new Cause(Reason.BY_OPERATOR));
            case RolloutState.RollingBack(var _, var _, var _), RolloutState.Ended(var _, var _) -> null;
        });
    }

    /** Gives failed targets, and those whose node was not there, another turn. */
    public RolloutRow retry(Tx tx, Effects effects, String tenant, String id, long nowMillis) {
        return command(tx, effects, tenant, id, nowMillis, "retried", rollout -> {
            RolloutState state = rollout.state();
            if (!(state instanceof RolloutState.Running || state instanceof RolloutState.Paused)) {
                return null;
            }
            Changes.retry(tx, rollout);
            return state;
        });
    }

    /** Decides on a command: the state that follows, or nothing when it makes no sense in the present one. */
    @FunctionalInterface
    private interface Command {
        @Nullable
        RolloutState next(RolloutRow rollout);
    }

    private static RolloutRow command(
            Tx tx, Effects effects, String tenant, String id, long nowMillis, String done, Command command) {
        RolloutRow rollout = require(tx, tenant, id);
        RolloutState next = command.next(rollout);
        if (next == null) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT, "rollout %s is %s and cannot be %s".formatted(id, rollout.state, done));
        }
        rollout.become(next, nowMillis);
        if (!claim(tx, rollout)) {
            throw new Refusal(Refusal.Kind.CONFLICT, "rollout %s has just changed; look again".formatted(id));
        }
        effects.hint(tenant, "rollout", id);
        return rollout;
    }

    /** The tenant's rollout of that id. */
    public static RolloutRow require(Tx tx, String tenant, String id) {
        return tx.get(RolloutRow.class, id)
                .filter(row -> row.tenant.equals(tenant))
                .orElseThrow(() -> Refusal.notFound("rollout", id));
    }

    /** Targets by state. */
    public static Counts counts(Tx tx, RolloutRow rollout) {
        Counts counts = Counts.NONE;
        for (WaveRow wave : Snapshots.waves(tx, rollout)) {
            counts = counts.plus(wave.counts());
        }
        return counts;
    }

    /**
     * What holds a device at this moment, or how it ended there.
     *
     * @param device {@code node/device}
     */
    public Rule why(Tx tx, String tenant, String id, String device, long nowMillis) {
        RolloutRow rollout = require(tx, tenant, id);
        TargetRow target = tx.get(TargetRow.class, id + "/" + device).orElse(null);
        if (target == null) {
            return new Rule(Rule.Kind.NOT_MATCHED, "%s is no target of %s".formatted(device, id));
        }
        boolean pending = target.state.equals(TargetState.PENDING.label());
        Snapshot snapshot = snapshots.of(
                tx, rollout, pending ? List.of(target) : List.of(), pending ? List.of() : List.of(target), nowMillis);
        return Why.of(snapshot, target.reason);
    }
}
