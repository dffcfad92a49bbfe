package io.fleetwright.controller.rollout;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.model.Stage;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.select.Choice;
import io.fleetwright.controller.select.FleetSelector;
import io.fleetwright.controller.select.Selector;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.select.Constraints;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Creates rollouts, moves them on, and ends them; the decisions are {@link RolloutDecision}'s. */
public final class Rollouts {
    private static final int WAVES_MAX = 20;
    /** Of its JSON; the row holds no more. */
    private static final int SELECTOR_CHARS_MAX = 8000;

    private final Settings settings;
    private final Nodes nodes;
    private final RandomGenerator random;

    public Rollouts(Settings settings, Nodes nodes, RandomGenerator random) {
        this.settings = settings;
        this.nodes = nodes;
        this.random = random;
    }

    /**
     * What an operator or CI asks for.
     *
     * @param classes device classes that the rollout is for; none means all
     * @param devices {@code node/device} names that the rollout is for; none means all
     * @param variants variants that may be chosen; none means all
     * @param waves growing cumulative percentages, the last one 100
     * @param minAccuracy least accuracy that a variant must have been measured with
     * @param maxLatencyMillis most time (90th percentile) that the variant may take on the device; absent means any
     * @param maxEnergyMillijoules most energy of one inference, likewise
     */
    public record Request(
            String model,
            String version,
            List<String> classes,
            List<String> devices,
            List<String> variants,
            List<Integer> waves,
            @Nullable Double minAccuracy,
            @Nullable Double maxLatencyMillis,
            @Nullable Double maxEnergyMillijoules) {
        public Request {
            classes = List.copyOf(classes);
            devices = List.copyOf(devices);
            variants = List.copyOf(variants);
            waves = waves.isEmpty() ? List.of(100) : List.copyOf(waves);
        }
    }

    /**
     * Freezes targets, variants and waves, and starts.
     *
     * @throws Refusal when the model or version is not there, nothing matches, or the waves make no sense
     */
    public RolloutRow create(Tx tx, Effects effects, String tenant, Request request, long nowMillis) {
        checkWaves(request.waves());
        if (!DesiredSlot.isName(request.model()) || !DesiredSlot.isName(request.version())) {
            throw Refusal.notFound("version", "of that model and name");
        }
        String versionId = tenant + "/" + request.model() + "/" + request.version();
        VersionRow versionRow = tx.get(VersionRow.class, versionId)
                .orElseThrow(() -> Refusal.notFound("version", request.model() + " " + request.version()));
        if (versionRow.stage() == Stage.RETIRED) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT, "version %s of %s is retired".formatted(request.version(), request.model()));
        }
        List<VariantRow> variants = Selector.variants(tx, versionRow, request.variants());

        RolloutRow rollout = new RolloutRow();
        rollout.id = "r-%011x%08x".formatted(nowMillis, random.nextInt());
        rollout.tenant = tenant;
        rollout.model = request.model();
        rollout.version = request.version();
        rollout.selector = new String(
                Json.write(out -> out.strings("classes", request.classes()).strings("devices", request.devices())),
                java.nio.charset.StandardCharsets.UTF_8);
        if (rollout.selector.length() > SELECTOR_CHARS_MAX) {
            throw Refusal.invalid(
                    "selector of %d characters, at most %d".formatted(rollout.selector.length(), SELECTOR_CHARS_MAX));
        }
        rollout.state = "running";
        rollout.waves =
                String.join(",", request.waves().stream().map(String::valueOf).toList());
        rollout.createdAt = nowMillis;

        List<TargetRow> targets = targets(tx, rollout, request, variants, nowMillis);
        if (targets.isEmpty()) {
            throw Refusal.invalid("no device matches the selector");
        }
        if (targets.stream().allMatch(target -> target.state.equals("skipped"))) {
            throw Refusal.invalid("no variant fits any matched device, for example %s/%s: %s"
                    .formatted(targets.get(0).node, targets.get(0).device, targets.get(0).reason));
        }
        tx.insert(rollout);
        targets.forEach(tx::insert);
        effects.hint(tenant, "rollout", rollout.id);
        return rollout;
    }

    private static void checkWaves(List<Integer> waves) {
        int before = 0;
        for (int percent : waves) {
            if (percent <= before || percent > 100) {
                throw Refusal.invalid("waves (%s) must grow from 1 to 100".formatted(waves));
            }
            before = percent;
        }
        if (before != 100 || waves.size() > WAVES_MAX) {
            throw Refusal.invalid("waves (%s) must end with 100 and be at most %d".formatted(waves, WAVES_MAX));
        }
    }

    private static List<TargetRow> targets(
            Tx tx, RolloutRow rollout, Request request, List<VariantRow> variants, long nowMillis) {
        List<DeviceRow> matched = Selector.matched(tx, rollout.tenant, request.classes(), request.devices());
        List<Choice> choices = FleetSelector.choose(tx, request.model(), variants, matched, constraints(request));
        List<TargetRow> targets = new ArrayList<>();
        for (Choice choice : choices) {
            TargetRow target = new TargetRow();
            DeviceRow device = choice.device();
            target.id = rollout.id + "/" + device.node + "/" + device.device;
            target.tenant = rollout.tenant;
            target.rolloutId = rollout.id;
            target.nodeId = device.nodeId;
            target.deviceId = device.id;
            target.node = device.node;
            target.device = device.device;
            target.wave = waveOf(targets.size(), matched.size(), request.waves());
            choice.variant()
                    .ifPresentOrElse(
                            variant -> {
                                target.variant = variant.variant;
                                target.digest = variant.digest;
                                target.bytes = variant.bytes;
                                target.state = "pending";
                            },
                            () -> {
                                target.state = "skipped";
                                target.reason = choice.reason();
                                target.finishedAt = nowMillis;
                            });
            targets.add(target);
        }
        return targets;
    }

    private static Constraints constraints(Request request) {
        return Selector.constraints(
                request.maxLatencyMillis(), request.maxEnergyMillijoules(), request.minAccuracy(), false);
    }

    private static int waveOf(int place, int count, List<Integer> waves) {
        for (int wave = 0; wave < waves.size(); wave++) {
            if (place < Math.ceilDiv((long) count * waves.get(wave), 100L)) {
                return wave;
            }
        }
        return waves.size() - 1;
    }

    /** Moves every running rollout on; can run at any time, twice, or after a crash. */
    public void step(Tx tx, Effects effects, long nowMillis) {
        for (RolloutRow rollout : tx.find(Query.of(RolloutRow.class).equal("state", "running"))) {
            List<TargetRow> rows = tx.find(
                    Query.of(TargetRow.class).equal("rolloutId", rollout.id).ascending("id"));
            List<RolloutDecision.Target> targets = new ArrayList<>();
            for (TargetRow row : rows) {
                targets.add(snapshot(tx, rollout, row));
            }
            int lastWave = rollout.waves.split(",", -1).length - 1;
            Set<String> nodesToTell = new LinkedHashSet<>();
            List<RolloutDecision.Action> actions = RolloutDecision.decide(
                    rollout.wave,
                    lastWave,
                    targets,
                    settings.rolloutTargetLimit().toMillis(),
                    nowMillis);
            for (RolloutDecision.Action action : actions) {
                apply(tx, effects, rollout, rows, action, nodesToTell, nowMillis);
            }
            for (String nodeId : nodesToTell) {
                tx.get(NodeRow.class, nodeId).ifPresent(node -> nodes.sendDesired(tx, effects, node, nowMillis));
            }
            if (!actions.isEmpty()) {
                effects.hint(rollout.tenant, "rollout", rollout.id);
            }
        }
    }

    /** Ends a rollout by hand; targets that run on keep what they have. */
    public RolloutRow abort(Tx tx, Effects effects, String tenant, String id, long nowMillis) {
        RolloutRow rollout = tx.get(RolloutRow.class, id)
                .filter(row -> row.tenant.equals(tenant))
                .orElseThrow(() -> Refusal.notFound("rollout", id));
        if (!rollout.state.equals("running")) {
            throw new Refusal(Refusal.Kind.CONFLICT, "rollout %s is %s".formatted(id, rollout.state));
        }
        for (TargetRow target :
                tx.find(Query.of(TargetRow.class).equal("rolloutId", id).in("state", List.of("pending", "running")))) {
            end(tx, target, "skipped", "rollout-aborted", nowMillis);
        }
        rollout.state = "aborted";
        rollout.reason = "by-operator";
        rollout.finishedAt = nowMillis;
        tx.update(rollout);
        effects.hint(tenant, "rollout", id);
        return rollout;
    }

    private static RolloutDecision.Target snapshot(Tx tx, RolloutRow rollout, TargetRow row) {
        @Nullable
        SlotRow slot = tx.get(SlotRow.class, row.deviceId + "/" + rollout.model).orElse(null);
        boolean answered = slot != null
                && Objects.equals(slot.desiredDigest, row.digest)
                && slot.reportedVersion >= slot.desiredSince;
        return new RolloutDecision.Target(
                row.id,
                row.wave,
                RolloutDecision.TargetState.valueOf(row.state.toUpperCase(Locale.ROOT)),
                row.digest == null ? "" : row.digest,
                row.startedAt,
                slot == null ? null : slot.reportedDigest,
                slot == null ? "empty" : slot.reportedState,
                slot == null ? null : slot.reportedReason,
                answered);
    }

    private void apply(
            Tx tx,
            Effects effects,
            RolloutRow rollout,
            List<TargetRow> rows,
            RolloutDecision.Action action,
            Set<String> nodesToTell,
            long nowMillis) {
        switch (action) {
            case RolloutDecision.Action.Start(String id) -> {
                TargetRow target = row(rows, id);
                if (start(tx, effects, rollout, target, nowMillis)) {
                    nodesToTell.add(target.nodeId);
                }
            }
            case RolloutDecision.Action.Succeed(String id) -> end(tx, row(rows, id), "succeeded", null, nowMillis);
            case RolloutDecision.Action.Fail(String id, String reason) ->
                end(tx, row(rows, id), "failed", reason, nowMillis);
            case RolloutDecision.Action.Skip(String id, String reason) ->
                end(tx, row(rows, id), "skipped", reason, nowMillis);
            case RolloutDecision.Action.NextWave(int wave) -> {
                rollout.wave = wave;
                tx.update(rollout);
            }
            case RolloutDecision.Action.Finish(boolean succeeded, @Nullable String reason) -> {
                rollout.state = succeeded ? "succeeded" : "failed";
                rollout.reason = reason;
                rollout.finishedAt = nowMillis;
                tx.update(rollout);
            }
        }
    }

    private boolean start(Tx tx, Effects effects, RolloutRow rollout, TargetRow target, long nowMillis) {
        NodeRow node = tx.get(NodeRow.class, target.nodeId).orElse(null);
        DeviceRow device = tx.get(DeviceRow.class, target.deviceId).orElse(null);
        String digest = target.digest;
        String variant = target.variant;
        if (node == null || device == null || digest == null || variant == null) {
            end(tx, target, "failed", "device-gone", nowMillis);
            return false;
        }
        DesiredSlot wanted = new DesiredSlot(
                target.device,
                rollout.model,
                rollout.model,
                rollout.version,
                variant,
                new Digest(digest),
                target.bytes);
        if (!nodes.desire(tx, effects, node, device, wanted)) {
            end(tx, target, "failed", "desired-list-full", nowMillis);
            return false;
        }
        target.state = "running";
        target.startedAt = nowMillis;
        tx.update(target);
        return true;
    }

    private static void end(Tx tx, TargetRow target, String state, @Nullable String reason, long nowMillis) {
        target.state = state;
        target.reason = reason;
        target.finishedAt = nowMillis;
        tx.update(target);
    }

    private static TargetRow row(List<TargetRow> rows, String id) {
        return rows.stream().filter(row -> row.id.equals(id)).findFirst().orElseThrow();
    }
}
