package io.fleetwright.controller.job;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.scheduler.policy.Candidate;
import io.fleetwright.scheduler.policy.DeviceOption;
import io.fleetwright.scheduler.policy.DeviceState;
import io.fleetwright.scheduler.policy.EarliestFinish;
import io.fleetwright.scheduler.policy.Exclusion;
import io.fleetwright.scheduler.policy.Placement;
import io.fleetwright.scheduler.policy.PlacementDecision;
import io.fleetwright.scheduler.policy.TaskRequest;
import io.fleetwright.telemetry.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Which device gets the next attempt at a job, with the reason; {@link Jobs} owns the job's life. */
final class Placements {
    /** Candidates that are kept to answer "why this device". */
    private static final int CANDIDATES_KEPT = 24;

    private final Splits splits;
    private final SharedAttempts shared;
    private final @Nullable Probes probes;

    Placements(Splits splits, SharedAttempts shared, @Nullable Probes probes) {
        this.splits = splits;
        this.shared = shared;
        this.probes = probes;
    }

    /**
     * Gives a queued job to the device that would have done it first, and sends the order; notes why not when none can run it.
     *
     * @param busyUntil by device, microseconds from now until it has done what it was given; work that is placed is added
     */
    void place(Tx tx, Effects effects, JobRow job, Map<String, Double> busyUntil, long nowMillis) {
        if (job.probe && !Probes.isIdle(tx, job.tenant, String.valueOf(job.pinnedDevice))) {
            return;
        }
        Map<String, DeviceOption> options = new HashMap<>();
        Map<String, VariantRow> loaded = new HashMap<>();
        List<DeviceState> states = new ArrayList<>();
        for (DeviceRow device : tx.find(Query.of(DeviceRow.class).equal("tenant", job.tenant))) {
            states.add(new DeviceState(
                    device.id, busyUntil.computeIfAbsent(device.id, _ -> queuedMicros(tx, device, nowMillis))));
            options.put(device.id, option(tx, job, device, loaded, nowMillis));
        }
        double deadline = Math.max(0, (job.deadlineAt - nowMillis) * 1000.0);
        PlacementDecision decision = EarliestFinish.place(new TaskRequest(job.id, 0, deadline, options), states);
        switch (decision) {
            case PlacementDecision.Placed(Placement placement) -> {
                VariantRow variant = loaded.get(placement.device());
                DeviceRow device = tx.get(DeviceRow.class, placement.device()).orElseThrow();
                if (variant == null) {
                    throw new IllegalStateException("placed on %s, which has no variant".formatted(device.id));
                }
                List<Splits.Split> others = job.source == null || job.localOnly || job.segmentTo > 0
                        ? List.of()
                        : splits.with(
                                tx,
                                device,
                                variant,
                                job.bitsMin,
                                other -> busyUntil.computeIfAbsent(other.id, _ -> queuedMicros(tx, other, nowMillis)),
                                nowMillis);
                Splits.Split taken = others.stream()
                        .findFirst()
                        .filter(Splits.Split::isWorth)
                        .orElse(null);
                consider(tx, job, device, loaded);
                busyUntil.put(placement.device(), taken == null ? placement.finish() : taken.finishMicros());
                job.epoch++;
                job.state = Jobs.RUNNING;
                job.nodeId = device.nodeId;
                job.device = device.device;
                job.version = variant.version;
                job.variant = variant.variant;
                job.digest = variant.digest;
                job.sentAt = nowMillis;
                job.why = why(
                        placement, Costs.basis(tx, device, variant), Costs.probe(tx, device, variant), others, taken);
                job.split = taken != null;
                if (taken != null) {
                    shared.begin(tx, job, taken, nowMillis);
                }
                job.places = Places.with(job.places, job.epoch, devices(device, taken));
                tx.update(job);
                Jobs.send(tx, effects, job, nowMillis);
                effects.hint(job.tenant, "job", job.id);
            }
            case PlacementDecision.Refused(String _, List<Candidate.Impossible> reasons) -> {
                String reason = reasons.isEmpty() ? "no-devices" : "no-device-can-run-it";
                if (!reason.equals(job.reason)) {
                    job.reason = reason;
                    job.why = why(reasons);
                    tx.update(job);
                }
            }
        }
    }

    /** Devices that were not chosen although nobody knows well what they take. */
    private void consider(Tx tx, JobRow job, DeviceRow chosen, Map<String, VariantRow> loaded) {
        if (probes == null || job.probe) {
            return;
        }
        loaded.forEach((id, variant) -> {
            if (!id.equals(chosen.id)) {
                tx.get(DeviceRow.class, id).ifPresent(device -> probes.consider(tx, device, variant));
            }
        });
    }

    /** Those that the attempt is given, as {@code node/device}. */
    private static List<String> devices(DeviceRow first, Splits.@Nullable Split taken) {
        String own = shortId(first.id);
        return taken == null ? List.of(own) : List.of(own, shortId(taken.peer().id));
    }

    private static DeviceOption option(
            Tx tx, JobRow job, DeviceRow device, Map<String, VariantRow> loaded, long nowMillis) {
        String place = device.node + "/" + device.device;
        if (job.source != null && !job.source.equals(place)) {
            return new DeviceOption.Excluded(Exclusion.CONSTRAINT, "the input is on " + job.source);
        }
        if (job.pinnedDevice != null && !job.pinnedDevice.equals(place)) {
            return new DeviceOption.Excluded(Exclusion.CONSTRAINT, "the caller chose " + job.pinnedDevice);
        }
        NodeRow node = tx.get(NodeRow.class, device.nodeId).orElse(null);
        if (node == null || !node.status.equals(Nodes.ONLINE)) {
            return new DeviceOption.Excluded(Exclusion.OFFLINE, node == null ? "gone" : node.status);
        }
        SlotRow slot = tx.get(SlotRow.class, device.id + "/" + job.model).orElse(null);
        if (slot == null || slot.reportedDigest == null) {
            return new DeviceOption.Excluded(Exclusion.NOT_LOADED, "no variant of " + job.model);
        }
        VariantRow variant = tx
                .find(Query.of(VariantRow.class)
                        .equal("tenant", job.tenant)
                        .equal("model", job.model)
                        .equal("digest", slot.reportedDigest)
                        .limit(1))
                .stream()
                .findFirst()
                .orElse(null);
        if (variant == null || job.segmentTo == 0 && Jobs.inputBytes(variant) != job.inputBytes) {
            return new DeviceOption.Excluded(
                    Exclusion.NOT_LOADED, variant == null ? "unknown variant" : "another input size");
        }
        String wanted = job.wantedVariant;
        String exclusion = wanted == null || wanted.equals(variant.variant)
                ? Part.exclusion(job.wantedVersion, job.accuracyFloor, variant)
                : "has variant %s, and %s is wanted".formatted(variant.variant, wanted);
        if (exclusion != null) {
            return new DeviceOption.Excluded(Exclusion.CONSTRAINT, exclusion);
        }
        loaded.put(device.id, variant);
        return new DeviceOption.Runs(
                job.workShare * Costs.p90Micros(tx, device, variant),
                Costs.overheadMicros(tx, device, variant, nowMillis),
                share(Costs.microjoules(tx, device, variant), job.workShare));
    }

    private static OptionalDouble share(OptionalDouble whole, double part) {
        return whole.isPresent() ? OptionalDouble.of(whole.getAsDouble() * part) : whole;
    }

    /** Time until the device has done what it was given, microseconds from now. */
    private static double queuedMicros(Tx tx, DeviceRow device, long nowMillis) {
        double micros = 0;
        for (JobRow job : tx.find(Query.of(JobRow.class)
                .equal("state", Jobs.RUNNING)
                .equal("nodeId", device.nodeId)
                .equal("device", device.device))) {
            VariantRow variant = tx
                    .find(Query.of(VariantRow.class)
                            .equal("tenant", job.tenant)
                            .equal("digest", String.valueOf(job.digest))
                            .limit(1))
                    .stream()
                    .findFirst()
                    .orElse(null);
            if (variant != null) {
                double left = job.workShare * Costs.p90Micros(tx, device, variant) - (nowMillis - job.sentAt) * 1000.0;
                micros += Math.max(0, left);
            }
        }
        return micros;
    }

    private static String why(
            Placement placement,
            Costs.Basis basis,
            @Nullable String probe,
            List<Splits.Split> others,
            Splits.@Nullable Split taken) {
        return text(Json.write(out -> out.field("chosen", shortId(placement.device()))
                .field("costs", Json.wireName(basis))
                .field("probe", probe)
                .field("takesOver", taken == null ? null : shortId(taken.peer().id))
                .objects("candidates", clip(placement.candidates()), Placements::candidate)
                .objects(
                        "shared",
                        clip(others),
                        (o, split) -> o.field("device", shortId(split.peer().id))
                                .field("after", split.boundary() - 1)
                                .field("bits", split.transfer().bits())
                                .field("bytes", split.transfer().bytes())
                                .field("linkMs", split.transfer().millis())
                                .field("finishMs", split.finishMicros() / 1000))));
    }

    private static String why(List<Candidate.Impossible> reasons) {
        return text(Json.write(out -> out.objects("candidates", clip(reasons), Placements::candidate)));
    }

    private static <T> List<T> clip(List<T> candidates) {
        return candidates.subList(0, Math.min(CANDIDATES_KEPT, candidates.size()));
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
