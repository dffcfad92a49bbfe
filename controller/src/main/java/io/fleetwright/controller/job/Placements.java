package io.fleetwright.controller.job;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.scheduler.batch.BatchPolicy;
import io.fleetwright.scheduler.policy.Candidate;
import io.fleetwright.scheduler.policy.Exclusion;
import io.fleetwright.scheduler.policy.Placement;
import io.fleetwright.scheduler.policy.PlacementDecision;
import io.fleetwright.telemetry.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which device gets the next attempt at a job, with the reason; {@link Jobs} owns the job's life. */
final class Placements {
    /** Why a job waits that a device could run. */
    static final String QUEUES_FULL = "queues-full";

    private static final String NO_DEVICES = "no-devices";
    private static final String NO_DEVICE_CAN = "no-device-can-run-it";
    /** The source could, and what that or sharing takes is more than the job may take. */
    private static final String OVER_BUDGET = "energy-budget";

    private final Splits splits;
    private final SharedAttempts shared;
    private final @Nullable Probes probes;

    Placements(Splits splits, SharedAttempts shared, @Nullable Probes probes) {
        this.splits = splits;
        this.shared = shared;
        this.probes = probes;
    }

    /**
     * Gives a queued job to the device that is planned for it or would have done it first, and sends the order; notes why not when none
     * can run it.
     *
     * @param round that all jobs of this step share
     */
    void place(Tx tx, Effects effects, JointPlacements.Turn turn, PlacementRound round, long nowMillis) {
        JobRow job = turn.job();
        boolean couldNotRun = NO_DEVICES.equals(job.reason) || NO_DEVICE_CAN.equals(job.reason);
        if (job.why != null && !couldNotRun && round.waits(job) && !Relays.hasRoom(tx, job, round)) {
            return;
        }
        if (job.probe && !Probes.isIdle(tx, job.tenant, String.valueOf(job.pinnedDevice))) {
            return;
        }
        switch (round.decide(job, turn.device())) {
            case PlacementDecision.Placed(Placement placement) -> {
                VariantRow variant = round.variant(job, placement.device());
                DeviceRow device = tx.get(DeviceRow.class, placement.device()).orElseThrow();
                Splits.Compared compared = job.source == null || job.localOnly || job.segmentTo > 0
                        ? Splits.Compared.NONE
                        : splits.with(tx, device, variant, job.packing(), job.onBoards(), round::busyMicros, nowMillis)
                                .with(split -> round.around(job, split, variant), round.around(job, device, variant));
                boolean aloneKeeps = job.source == null || keepsBudget(job, Costs.microjoules(tx, device, variant));
                Splits.Split taken = compared.plans().stream()
                        .filter(split -> keepsBudget(job, split.microjoules()))
                        .findFirst()
                        .filter(split -> !aloneKeeps || split.isWorth())
                        .orElse(null);
                if (taken == null && !aloneKeeps) {
                    refuse(tx, job, OVER_BUDGET, why(placement.candidates(), compared));
                    return;
                }
                consider(tx, job, round, placement);
                round.placed(device, taken == null ? placement.finish() : taken.finishMicros());
                assign(
                        job,
                        device,
                        variant,
                        why(
                                placement,
                                Costs.basis(tx, device, variant),
                                Costs.probe(tx, device, variant),
                                layers(tx, job, device, variant),
                                turn.together(),
                                compared,
                                taken),
                        taken == null ? devices(device) : devices(taken),
                        nowMillis);
                job.chainMicros = round.around(job, device, variant).micros();
                job.split = taken != null;
                if (taken != null) {
                    shared.begin(tx, job, taken, nowMillis);
                }
                tx.update(job);
                Jobs.send(tx, effects, job, nowMillis);
                effects.hint(job.tenant, "job", job.id);
            }
            case PlacementDecision.Refused(String _, List<Candidate.Impossible> reasons) -> {
                Relays.Found found = Relays.find(tx, job, round);
                if (found instanceof Relays.Found.Best(Relays.Relay relay)) {
                    relay(tx, effects, job, relay, reasons, round, nowMillis);
                    return;
                }
                if (found instanceof Relays.Found.Full) {
                    refuse(tx, job, QUEUES_FULL, why(reasons, Splits.Compared.NONE));
                    return;
                }
                String missing = found instanceof Relays.Found.None(String part) ? part : null;
                String absence = absence(tx, job).orElse(null);
                String reason = reasons.isEmpty()
                        ? NO_DEVICES
                        : absence != null
                                ? absence
                                : reasons.stream().anyMatch(one -> one.reason() == Exclusion.QUEUE_FULL)
                                        ? QUEUES_FULL
                                        : NO_DEVICE_CAN;
                refuse(tx, job, reason, why(reasons, Splits.Compared.NONE, missing));
            }
        }
    }

    /** The transform that the only device does not run which may, and which is there, as streams name it. */
    private static Optional<String> absence(Tx tx, JobRow job) {
        String only = job.source == null ? job.pinnedDevice : job.source;
        return only == null
                ? Optional.empty()
                : tx.get(NodeRow.class, job.tenant + "/" + only.substring(0, only.indexOf('/')))
                        .filter(node -> node.status.equals(Nodes.ONLINE))
                        .flatMap(node -> OrderTransforms.absence(job, node));
    }

    /** Has the board of a sensor take a frame; notes why not when it cannot now. */
    void capture(Tx tx, Effects effects, JobRow job, PlacementRound round, long nowMillis) {
        String id = job.tenant + "/" + job.source;
        DeviceRow device = tx.get(DeviceRow.class, id).orElse(null);
        NodeRow node = device == null ? null : round.node(device).orElse(null);
        Candidate.Impossible impossible = device == null || node == null
                ? new Candidate.Impossible(id, Exclusion.OFFLINE, "gone")
                : incapable(job, device, node, round);
        if (device == null || impossible != null) {
            Exclusion cause = impossible == null ? Exclusion.OFFLINE : impossible.reason();
            refuse(
                    tx,
                    job,
                    cause == Exclusion.QUEUE_FULL
                            ? QUEUES_FULL
                            : impossible != null && cause == Exclusion.CONSTRAINT ? impossible.detail() : NO_DEVICE_CAN,
                    why(impossible == null ? List.of() : List.of(impossible), Splits.Compared.NONE));
            return;
        }
        job.chainMicros = job.onBoards().guessBefore();
        job.epoch++;
        job.state = Jobs.RUNNING;
        job.nodeId = device.nodeId;
        job.device = device.device;
        job.digest = "";
        job.sentAt = nowMillis;
        job.why = text(Json.write(out -> out.field("chosen", shortId(id)).field("policy", "sensor")));
        job.places = Places.with(job.places, job.epoch, devices(device));
        round.placed(device, round.busyMicros(device) + job.chainMicros);
        tx.update(job);
        Jobs.send(tx, effects, job, nowMillis);
        effects.hint(job.tenant, "job", job.id);
    }

    /** Why a board cannot take a frame now, absent when it can. */
    private static Candidate.@Nullable Impossible incapable(
            JobRow job, DeviceRow device, NodeRow node, PlacementRound round) {
        if (!node.status.equals(Nodes.ONLINE)) {
            return new Candidate.Impossible(device.id, Exclusion.OFFLINE, node.status);
        }
        String absence = OrderTransforms.captureAbsence(job.onBoards(), node).orElse(null);
        if (absence != null) {
            return new Candidate.Impossible(device.id, Exclusion.CONSTRAINT, absence);
        }
        return round.freePlaces(job.tenant, device.id) > 0
                ? null
                : new Candidate.Impossible(device.id, Exclusion.QUEUE_FULL, "has as many attempts as it may");
    }

    /** Gives a job to devices that each hold a part of its network. */
    private void relay(
            Tx tx,
            Effects effects,
            JobRow job,
            Relays.Relay relay,
            List<Candidate.Impossible> reasons,
            PlacementRound round,
            long nowMillis) {
        Splits.Split split = relay.split().with(round.around(job, relay.split(), relay.whole()), Chains.Guess.NONE);
        Splits.Compared compared = new Splits.Compared(List.of(split), null);
        if (!keepsBudget(job, split.microjoules())) {
            refuse(tx, job, OVER_BUDGET, why(reasons, compared));
            return;
        }
        if (split.finishMicros() > (job.deadlineAt - nowMillis) * 1000.0) {
            refuse(tx, job, NO_DEVICE_CAN, why(reasons, compared));
            return;
        }
        for (Splits.Stage stage : split.stages()) {
            round.placed(stage.device(), round.busyMicros(stage.device()) + stage.micros());
        }
        DeviceRow first = split.stages().getFirst().device();
        assign(
                job,
                first,
                relay.whole(),
                fitting(
                        reasons,
                        compared,
                        (candidates, plans) -> Json.write(out -> out.field("chosen", shortId(first.id))
                                .field("policy", "relay")
                                .field("takesOver", shortId(split.last().id))
                                .objects("candidates", candidates, Placements::candidate)
                                .objects("shared", plans, (plan, one) -> shared(plan, one, null)))),
                devices(split),
                nowMillis);
        job.split = true;
        shared.begin(tx, job, split, relay.parts(), nowMillis);
        tx.update(job);
        Jobs.send(tx, effects, job, nowMillis);
        effects.hint(job.tenant, "job", job.id);
    }

    /** True for one without a budget too. */
    private static boolean keepsBudget(JobRow job, OptionalDouble microjoules) {
        Double budget = job.energyBudgetMicrojoules;
        return budget == null || EnergyBudget.isKept(budget, microjoules);
    }

    /** Notes once why a job has no place. */
    private static void refuse(Tx tx, JobRow job, String reason, String why) {
        if (!reason.equals(job.reason)) {
            job.reason = reason;
            job.why = why;
            tx.update(job);
        }
    }

    /** Devices that were not chosen although nobody knows well what they take. */
    private void consider(Tx tx, JobRow job, PlacementRound round, Placement placement) {
        if (probes == null || job.probe || !round.isFirst(job)) {
            return;
        }
        for (Candidate candidate : placement.candidates()) {
            if (candidate instanceof Candidate.Possible && !candidate.device().equals(placement.device())) {
                tx.get(DeviceRow.class, candidate.device())
                        .ifPresent(device -> probes.consider(tx, device, round.variant(job, device.id)));
            }
        }
    }

    /** Notes who has the next attempt at a job. */
    static void assign(
            JobRow job, DeviceRow device, VariantRow variant, String why, List<String> devices, long nowMillis) {
        job.epoch++;
        job.state = Jobs.RUNNING;
        job.nodeId = device.nodeId;
        job.device = device.device;
        job.version = variant.version;
        job.variant = variant.variant;
        job.digest = variant.digest;
        job.sentAt = nowMillis;
        job.why = why;
        Chains chains = job.onBoards();
        job.chainMicros = chains.guess(variant).micros();
        job.answerForm = chains.answer(variant).map(Chains::text).orElse(null);
        job.places = Places.with(job.places, job.epoch, devices);
    }

    /** Who has an attempt alone, as {@code node/device}. */
    static List<String> devices(DeviceRow device) {
        return List.of(shortId(device.id));
    }

    private static List<String> devices(Splits.Split taken) {
        return taken.stages().stream().map(stage -> shortId(stage.device().id)).toList();
    }

    /** Why a device has an attempt alone, as JSON. */
    static String why(Placement placement, Costs.Basis basis, @Nullable String probe) {
        return why(placement, basis, probe, null, null, Splits.Compared.NONE, null);
    }

    private static String why(
            Placement placement,
            Costs.Basis basis,
            @Nullable String probe,
            @Nullable String layers,
            JointPlacements.@Nullable Together together,
            Splits.Compared compared,
            Splits.@Nullable Split taken) {
        return fitting(
                placement.candidates(),
                compared,
                (candidates, plans) -> Json.write(out -> out.field("chosen", shortId(placement.device()))
                        .field("costs", Json.wireName(basis))
                        .field("layers", layers)
                        .field(
                                "policy",
                                (together == null ? BatchPolicy.EARLIEST_FINISH : together.policy()).wireName())
                        .object("together", together, Placements::together)
                        .field("probe", probe)
                        .field("takesOver", taken == null ? null : shortId(taken.last().id))
                        .objects("candidates", candidates, Placements::candidate)
                        .objects("shared", plans, (plan, split) -> shared(plan, split, compared.packing()))
                        .object("packing", packing(compared), (rule, packing) -> packing.write(rule))));
    }

    /** By what the share of a stretch is known where it runs; absent for a whole network. */
    private static @Nullable String layers(Tx tx, JobRow job, DeviceRow device, VariantRow variant) {
        if (job.segmentTo == 0) {
            return null;
        }
        return PlacementRound.timed(tx, job, device, variant).isPresent() ? "measured" : "macs";
    }

    private static void together(Json.Writer out, JointPlacements.Together plan) throws java.io.IOException {
        out.field("jobs", plan.jobs())
                .field("late", plan.value().late())
                .field("greedyLate", plan.greedy().late())
                .field("flowMs", plan.value().flow() / 1000)
                .field("greedyFlowMs", plan.greedy().flow() / 1000);
    }

    /** What the rule for packing came to, absent when nothing was to be packed. */
    private static @Nullable Packing packing(Splits.Compared compared) {
        Packing packing = compared.packing();
        return packing == null || !packing.isAsked() ? null : packing;
    }

    private static void shared(Json.Writer out, Splits.Split split, @Nullable Packing packing)
            throws java.io.IOException {
        if (packing != null) {
            packing.write(out, split.plan().transfers());
        }
        out.field("device", shortId(split.last().id))
                .strings(
                        "devices",
                        split.stages().stream()
                                .map(stage -> shortId(stage.device().id))
                                .toList())
                .strings(
                        "layers",
                        split.stages().stream()
                                .flatMap(stage -> Stream.ofNullable(stage.layers()))
                                .toList())
                .field("after", split.boundary() - 1)
                .field("bits", split.plan().transfers().getFirst().bits())
                .field("bytes", split.plan().bytes())
                .field("linkMs", split.linkMillis())
                .field("link", Json.wireName(split.basis()))
                .field(
                        "linkMj",
                        split.linkMicrojoules().isPresent()
                                ? split.linkMicrojoules().getAsDouble() / 1000
                                : null)
                .field(
                        "energyMj",
                        split.microjoules().isPresent() ? split.microjoules().getAsDouble() / 1000 : null)
                .field("finishMs", split.finishMicros() / 1000);
    }

    private static String why(List<? extends Candidate> candidates, Splits.Compared compared) {
        return why(candidates, compared, null);
    }

    /** @param missing the part of a network that no device has, when that is why */
    private static String why(List<? extends Candidate> all, Splits.Compared compared, @Nullable String missing) {
        return fitting(
                all,
                compared,
                (candidates, plans) -> Json.write(out -> out.field("missingPart", missing)
                        .objects("candidates", candidates, Placements::candidate)
                        .objects("shared", plans, (plan, split) -> shared(plan, split, compared.packing()))
                        .object("packing", packing(compared), (rule, packing) -> packing.write(rule))));
    }

    /** What is kept of candidates and plans, and less where the names of devices are long. */
    private static <C extends Candidate> String fitting(
            List<C> candidates, Splits.Compared compared, BiFunction<List<C>, List<Splits.Split>, byte[]> json) {
        return Why.fitting(JobRow.WHY_CHARS_MAX, clip(candidates), clip(compared.plans()), json);
    }

    private static <T> List<T> clip(List<T> candidates) {
        return candidates.subList(0, Math.min(PlacementRound.CANDIDATES_KEPT, candidates.size()));
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    private static void candidate(Json.Writer out, Candidate candidate) throws java.io.IOException {
        switch (candidate) {
            case Candidate.Possible possible ->
                out.field("device", shortId(possible.device()))
                        .field("finishMs", possible.finish() / 1000)
                        .field("waitMs", possible.waiting() / 1000)
                        .field("executionMs", possible.execution() / 1000)
                        .field(
                                "energyMj",
                                possible.energy().isPresent()
                                        ? possible.energy().getAsDouble() / 1000
                                        : null)
                        .field("laterByMs", possible.laterBy() / 1000)
                        .field("verdict", Json.wireName(possible.standing()));
            case Candidate.Impossible impossible ->
                out.field("device", shortId(impossible.device()))
                        .field("verdict", Json.wireName(impossible.reason()))
                        .field(
                                "detail",
                                impossible.detail().length() > 80
                                        ? impossible.detail().substring(0, 80)
                                        : impossible.detail());
        }
    }

    /** {@code node/device} without the tenant. */
    private static String shortId(String deviceId) {
        return deviceId.substring(deviceId.indexOf('/') + 1);
    }
}
