package io.fleetwright.controller.gate;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.gate.GatePolicy.Gate;
import io.fleetwright.controller.gate.SequentialTest.Decision;
import io.fleetwright.controller.gate.SequentialTest.Evidence;
import io.fleetwright.controller.model.Parts;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.GateVerdict;
import io.fleetwright.controller.rollout.RolloutGates;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.Snapshot.Says;
import io.fleetwright.controller.rollout.Snapshot.Watched;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.rollout.TargetState;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.telemetry.MetricRow;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Observation;
import io.fleetwright.telemetry.wire.ShadowSlot;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Judges rollouts by what devices observed. Each observation is counted once, with the frame that carries it, into the
 * test of its metric and device class; the verdict reads the tests.
 */
public final class Gates implements RolloutGates {
    /** Name of the metric that nodes with a thermometer send, degrees Celsius. */
    public static final String TEMPERATURE = "temperature";

    /** Restarts within {@link #RESTARTS_WINDOW} that are a crash loop. */
    static final int RESTARTS_MAX = 3;

    /** Share of bad inputs over the tolerated one that must be found, percentage points. */
    static final double FOUND_SHARE = 5;

    private static final Duration RESTARTS_WINDOW = Duration.ofMinutes(5);
    /** Energy over the tolerated one that must be found. */
    static final double FOUND_ENERGY = 1.1;
    /** Inferences in one window that say something of saturation. */
    private static final int SATURATION_INFERENCES_MIN = 5;

    private static final int OBSERVED_PER_DEVICE_MAX = 200;
    /** Tests that the reason of a breach tells of. */
    private static final int BREACHES_SHOWN = 4;

    private static final String HASH_MISMATCH = "hash-mismatch";

    private final ShadowRuns shadows;

    public Gates(Nodes nodes) {
        this.shadows = new ShadowRuns(nodes);
    }

    /** Devices of one class, with what runs on them. */
    private record Stratum(int firstWave, List<Member> members) {}

    private record Member(TargetRow target, DeviceRow device, Optional<ObservedRow> baseline) {}

    @Override
    public void admit(Tx tx, Effects effects, RolloutRow rollout, String json, long nowMillis) {
        GatePolicy policy = GatePolicy.given(json);
        long targets = tx.count(Query.of(TargetRow.class).equal("rolloutId", rollout.id));
        if (targets > Query.LIMIT_MAX) {
            throw Refusal.invalid("gates of %d devices, at most %d".formatted(targets, Query.LIMIT_MAX));
        }
        Map<String, Stratum> strata = strata(tx, rollout);
        if (policy.gate(GateMetric.TEMPERATURE).isPresent()
                && strata.values().stream()
                        .flatMap(stratum -> stratum.members.stream())
                        .noneMatch(member -> reports(tx, member.target.nodeId, null, TEMPERATURE))) {
            throw unreported(GateMetric.TEMPERATURE, "a temperature");
        }
        List<GateTestRow> tests = new ArrayList<>();
        policy.statistical().forEach(gate -> {
            int before = tests.size();
            strata.forEach(
                    (name, stratum) -> test(tx, rollout, gate, name, stratum).ifPresent(tests::add));
            if (tests.size() == before) {
                throw unreported(gate.metric(), gate.metric() == GateMetric.ENERGY_MEAN ? "energy" : "it");
            }
        });
        for (GateTestRow test : tests) {
            test.alpha = Holm.share(policy.alpha(), tests.size());
            test.beta = policy.beta();
            test.updatedAt = nowMillis;
            requireComputable(test, policy, tests.size());
            tx.insert(test);
        }
        if (policy.compares()) {
            step(tx, effects, nowMillis); // What an ended rollout has left in the same slots would be taken away later.
            compare(tx, effects, new ShadowSlot(rollout.model, policy.shadowPercent()), strata, nowMillis);
        }
        GatePolicyRow row = new GatePolicyRow();
        row.id = rollout.id;
        row.tenant = rollout.tenant;
        row.slot = rollout.model;
        row.policy = json;
        row.open = true;
        tx.insert(row);
    }

    /** What a test cannot compute with would else be found by the message that brings the first evidence. */
    private static void requireComputable(GateTestRow test, GatePolicy policy, int tests) {
        if (test.alpha < Errors.PROBABILITY_MIN) {
            throw Refusal.invalid("gates: alpha (%s) leaves each of %d tests less than %s"
                    .formatted(policy.alpha(), tests, Errors.PROBABILITY_MIN));
        }
        try {
            SequentialTest _ = test.test();
        } catch (IllegalArgumentException wrong) {
            throw Refusal.invalid("gate %s, %s: %s".formatted(test.metric, test.stratum, wrong.getMessage()));
        }
    }

    /** In each class, on the devices that get the new version first. */
    private void compare(Tx tx, Effects effects, ShadowSlot shadow, Map<String, Stratum> strata, long nowMillis) {
        if (!shadow.fits()) {
            throw Refusal.invalid("gate agreement: the name of model %s is too long".formatted(shadow.serving()));
        }
        strata.forEach((name, stratum) -> {
            long comparing = stratum.members.stream()
                    .filter(member -> member.target.wave == stratum.firstWave)
                    .limit(ShadowRuns.DEVICES_MAX)
                    .filter(member -> shadows.begin(tx, effects, shadow, member.device, nowMillis))
                    .count();
            if (comparing == 0) {
                throw Refusal.invalid("gate agreement: no %s device runs anything to compare with".formatted(name));
            }
        });
    }

    /** Ends what rollouts that are over have left running. */
    public void step(Tx tx, Effects effects, long nowMillis) {
        for (GatePolicyRow row : tx.find(Query.of(GatePolicyRow.class).equal("open", true))) {
            RolloutRow rollout = tx.get(RolloutRow.class, row.id).orElse(null);
            if (rollout == null || rollout.finishedAt != null) {
                GatePolicy policy = GatePolicy.parse(row.policy);
                if (policy.compares()) {
                    shadows.end(
                            tx,
                            effects,
                            row.tenant,
                            new ShadowSlot(row.slot, policy.shadowPercent()),
                            row.id,
                            nowMillis);
                }
                row.open = false;
                tx.update(row);
            }
        }
    }

    private static Refusal unreported(GateMetric metric, String what) {
        return Refusal.invalid("gate %s: none of the matched devices reports %s".formatted(metric.label(), what));
    }

    private static Map<String, Stratum> strata(Tx tx, RolloutRow rollout) {
        Map<String, List<Member>> members = new TreeMap<>();
        Set<String> parts = Parts.digests(tx, rollout.tenant, rollout.model, rollout.version);
        for (TargetRow target : tx.find(Query.of(TargetRow.class).equal("rolloutId", rollout.id))) {
            DeviceRow device = tx.get(DeviceRow.class, target.deviceId).orElse(null);
            if (device == null || target.digest == null || parts.contains(target.digest)) {
                continue;
            }
            Optional<ObservedRow> baseline = tx.get(SlotRow.class, target.deviceId + "/" + rollout.model)
                    .map(slot -> slot.reportedDigest)
                    .filter(digest -> !digest.equals(target.digest))
                    .flatMap(digest ->
                            tx.get(ObservedRow.class, ObservedRow.key(target.deviceId, rollout.model, digest)));
            members.computeIfAbsent(stratum(device, device.modelled), _ -> new ArrayList<>())
                    .add(new Member(target, device, baseline));
        }
        Map<String, Stratum> strata = new TreeMap<>();
        members.forEach((name, those) -> strata.put(
                name,
                new Stratum(
                        those.stream()
                                .mapToInt(member -> member.target.wave)
                                .min()
                                .orElseThrow(),
                        those)));
        return strata;
    }

    /** Whether gates judge what a device says; all do in a rollout whose gates have no tests. */
    public static Predicate<DeviceRow> judged(Tx tx, String rolloutId) {
        Set<String> strata = tx.distinct(Query.of(GateTestRow.class).equal("rolloutId", rolloutId), "stratum");
        return device -> strata.isEmpty() || strata.contains(stratum(device, device.modelled));
    }

    private static String stratum(DeviceRow device, boolean modelled) {
        return device.deviceClass + (modelled ? " modelled" : "");
    }

    private static Optional<GateTestRow> test(Tx tx, RolloutRow rollout, Gate gate, String name, Stratum stratum) {
        GateTestRow test = new GateTestRow();
        test.id = GateTestRow.key(rollout.id, gate.metric(), name);
        test.tenant = rollout.tenant;
        test.rolloutId = rollout.id;
        test.metric = gate.metric().label();
        test.stratum = name;
        test.firstWave = stratum.firstWave;
        test.samplesMin = gate.samplesMin();
        test.decision = Decision.OPEN.name();
        Double limit = gate.limit();
        Double relative = gate.relative();
        switch (gate.metric()) {
            case LATENCY_P95 -> {
                test.threshold =
                        limit != null ? limit * 1000 : latency(stratum, name).percentileMicros(0.95) * orOne(relative);
                test.tolerated = BernoulliSprt.TAIL_TOLERATED;
                test.worse = BernoulliSprt.TAIL_WORSE;
            }
            case ENERGY_MEAN -> {
                if (stratum.members.stream()
                        .noneMatch(member ->
                                reports(tx, member.target.nodeId, member.device.device, "inference.energy"))) {
                    return Optional.empty();
                }
                if (limit == null) {
                    requireBaseline(GateMetric.ENERGY_MEAN, name, stratum, row -> row.energyCount > 0);
                }
                test.threshold = limit == null ? 0 : Math.log(limit * 1000);
                test.tolerated = Math.log(orOne(relative));
                test.worse = test.tolerated + Math.log(FOUND_ENERGY);
            }
            case AGREEMENT, ACCURACY -> {
                test.tolerated = limit != null ? 1 - limit : 1 - accuracy(name, stratum);
                test.worse = test.tolerated + FOUND_SHARE / 100;
            }
            case ACCURACY_PAIRED -> {
                test.tolerated = BernoulliSprt.PAIRS_TOLERATED;
                test.worse = BernoulliSprt.PAIRS_WORSE;
            }
            case SATURATION, CRASH_LOOP, TEMPERATURE ->
                throw new IllegalStateException("%s has no test".formatted(gate.metric()));
        }
        return Optional.of(test);
    }

    private static double orOne(@Nullable Double value) {
        return value == null ? 1 : value;
    }

    private static LatencyHistogram latency(Stratum stratum, String name) {
        return requireBaseline(GateMetric.LATENCY_P95, name, stratum, row -> !row.latency.isEmpty()).stream()
                .map(row -> LatencyHistogram.parse(row.latency))
                .reduce(LatencyHistogram.EMPTY, LatencyHistogram::plus);
    }

    private static double accuracy(String name, Stratum stratum) {
        List<ObservedRow> labelled = requireBaseline(GateMetric.ACCURACY, name, stratum, row -> row.labelled > 0);
        double correct = labelled.stream().mapToLong(row -> row.correct).sum();
        long inputs = labelled.stream().mapToLong(row -> row.labelled).sum();
        // So many right answers and no wrong one do not show that there is never one.
        double accuracy = Math.min(correct / inputs, 1 - 1.0 / (inputs + 2));
        if (accuracy <= FOUND_SHARE / 100) {
            throw Refusal.invalid(
                    "gate %s: what %s devices run now is right %.1f %% of the time, and nothing can be worse; give a limit"
                            .formatted(GateMetric.ACCURACY.label(), name, accuracy * 100));
        }
        return accuracy;
    }

    private static List<ObservedRow> requireBaseline(
            GateMetric metric, String name, Stratum stratum, Predicate<ObservedRow> usable) {
        List<ObservedRow> rows = stratum.members.stream()
                .flatMap(member -> member.baseline.stream().filter(row -> row.modelled == member.device.modelled))
                .filter(usable)
                .toList();
        if (rows.isEmpty()) {
            throw Refusal.invalid(
                    "gate %s: no %s device has told of what it runs now; give a limit".formatted(metric.label(), name));
        }
        return rows;
    }

    private static boolean reports(Tx tx, String nodeId, @Nullable String device, String metric) {
        Query<MetricRow> query =
                Query.of(MetricRow.class).equal("nodeId", nodeId).equal("metric", metric);
        return tx.count(device == null ? query : query.equal("device", device)) > 0;
    }

    /**
     * Counts the observations of a frame that is stored now and never again.
     *
     * @return true when that decided a test of a rollout that is under way
     */
    public boolean observe(Tx tx, NodeRow node, TelemetryFrame frame, long nowMillis) {
        boolean moved = false;
        for (Observation observation : frame.observations()) {
            DeviceRow device = tx.get(DeviceRow.class, node.id + "/" + observation.device())
                    .orElse(null);
            if (device == null) {
                continue;
            }
            keep(tx, device, observation, nowMillis);
            for (GatePolicyRow policy : tx.find(Query.of(GatePolicyRow.class)
                    .equal("tenant", node.tenant)
                    .equal("slot", observation.slot())
                    .equal("open", true))) {
                moved |= observe(tx, policy, node, device, observation, nowMillis);
            }
        }
        return moved;
    }

    private static void keep(Tx tx, DeviceRow device, Observation observation, long nowMillis) {
        String id = ObservedRow.key(device.id, observation.slot(), observation.digest());
        Optional<ObservedRow> before = tx.get(ObservedRow.class, id);
        ObservedRow row = before.orElseGet(ObservedRow::new);
        row.add(observation, nowMillis);
        if (before.isPresent()) {
            tx.update(row);
            return;
        }
        if (tx.count(Query.of(ObservedRow.class).equal("deviceId", device.id)) >= OBSERVED_PER_DEVICE_MAX) {
            tx.find(Query.of(ObservedRow.class)
                            .equal("deviceId", device.id)
                            .ascending("updatedAt")
                            .limit(1))
                    .forEach(tx::delete);
        }
        row.id = id;
        row.tenant = device.tenant;
        row.deviceId = device.id;
        row.slot = observation.slot();
        row.digest = observation.digest();
        tx.insert(row);
    }

    private static boolean observe(
            Tx tx, GatePolicyRow policyRow, NodeRow node, DeviceRow device, Observation observation, long nowMillis) {
        RolloutRow rollout = tx.get(RolloutRow.class, policyRow.id).orElse(null);
        if (rollout == null || rollout.finishedAt != null) {
            return false;
        }
        TargetRow target = tx.get(TargetRow.class, "%s/%s/%s".formatted(rollout.id, node.node, device.device))
                .orElse(null);
        if (target == null || !observation.digest().equals(target.digest)) {
            return false;
        }
        GatePolicy policy = GatePolicy.parse(policyRow.policy);
        String stratum = stratum(device, observation.modelled());
        boolean moved = saturation(tx, rollout, policy, stratum, target, observation, nowMillis);
        for (Gate gate : policy.statistical().toList()) {
            GateTestRow test = tx.get(GateTestRow.class, GateTestRow.key(rollout.id, gate.metric(), stratum))
                    .orElse(null);
            Evidence evidence = test == null ? Evidence.NONE : evidence(tx, test, gate, rollout, target, observation);
            if (test != null && evidence.count() > 0) {
                boolean held = !test.isRejected() && !test.hasPassed();
                test.observe(evidence, nowMillis);
                tx.update(test);
                moved |= held && (test.isRejected() || test.hasPassed());
            }
        }
        if (moved) {
            judged(tx, rollout);
        }
        return moved;
    }

    /** What was decided before it is not carried out any more: it may start what must not start now. */
    private static void judged(Tx tx, RolloutRow rollout) {
        rollout.revision++;
        tx.update(rollout);
    }

    private static Evidence evidence(
            Tx tx, GateTestRow test, Gate gate, RolloutRow rollout, TargetRow target, Observation seen) {
        return switch (gate.metric()) {
            case LATENCY_P95 ->
                Evidence.of(seen.latency().count(), seen.latency().above(test.threshold));
            case AGREEMENT ->
                Evidence.of(
                        seen.comparison().count(),
                        seen.comparison().count() - seen.comparison().agreed());
            case ACCURACY ->
                Evidence.of(
                        seen.labels().count(),
                        seen.labels().count() - seen.labels().correct());
            case ACCURACY_PAIRED ->
                Evidence.of(
                        (long) seen.comparison().onlyThis() + seen.comparison().onlyOther(),
                        seen.comparison().onlyOther());
            case ENERGY_MEAN -> energy(tx, test, gate, rollout, target, seen);
            case SATURATION, CRASH_LOOP, TEMPERATURE -> Evidence.NONE;
        };
    }

    /** One window of one device is one sample: inferences of one window are not independent. */
    private static Evidence energy(
            Tx tx, GateTestRow test, Gate gate, RolloutRow rollout, TargetRow target, Observation seen) {
        if (seen.energy().count() == 0) {
            return Evidence.NONE;
        }
        double mean = seen.energy().logSum() / seen.energy().count();
        if (gate.limit() != null) {
            return Evidence.of(mean - test.threshold);
        }
        return tx.get(SlotRow.class, target.deviceId + "/" + rollout.model)
                .map(slot -> seen.digest().equals(slot.desiredDigest) ? slot.previousDigest : slot.desiredDigest)
                .flatMap(digest -> tx.get(ObservedRow.class, ObservedRow.key(target.deviceId, rollout.model, digest)))
                .filter(row -> row.modelled == seen.modelled()
                        && row.hasEnergy(seen.energy().method()))
                .map(row -> Evidence.of(mean - row.meanLogEnergy()))
                .orElse(Evidence.NONE);
    }

    private static boolean saturation(
            Tx tx,
            RolloutRow rollout,
            GatePolicy policy,
            String stratum,
            TargetRow target,
            Observation seen,
            long nowMillis) {
        int outputs = seen.inferences() + seen.failed();
        double bad = (seen.saturated() + seen.failed()) / (double) Math.max(1, outputs);
        return outputs >= SATURATION_INFERENCES_MIN
                && bad > policy.saturation()
                && stop(
                        tx,
                        rollout,
                        GateMetric.SATURATION,
                        stratum,
                        "%s/%s: %d saturated and %d failed of %d outputs"
                                .formatted(target.node, target.device, seen.saturated(), seen.failed(), outputs),
                        nowMillis);
    }

    /**
     * A sample of a node's temperature.
     *
     * @return true when it stops a rollout
     */
    public boolean temperature(Tx tx, NodeRow node, double celsius, long nowMillis) {
        return eachOpen(
                tx,
                node,
                GateMetric.TEMPERATURE,
                nowMillis,
                (policy, target) -> policy.gate(GateMetric.TEMPERATURE)
                        .map(Gate::limit)
                        .filter(limit -> celsius > limit)
                        .map(limit -> "%s: %.1f degrees, at most %.1f".formatted(node.node, celsius, limit)));
    }

    /**
     * A node was born anew.
     *
     * @return true when it stops a rollout
     */
    public boolean born(Tx tx, NodeRow node, long nowMillis) {
        return eachOpen(tx, node, GateMetric.CRASH_LOOP, nowMillis, (policy, target) -> {
            long since = Math.max(target.startedAt, nowMillis - RESTARTS_WINDOW.toMillis());
            int boots = tx.distinct(
                            Query.of(MetricRow.class).equal("nodeId", node.id).greater("bornAt", since), "boot")
                    .size();
            return boots < policy.restarts()
                    ? Optional.empty()
                    : Optional.of("%s: %d restarts within %d minutes"
                            .formatted(node.node, boots, RESTARTS_WINDOW.toMinutes()));
        });
    }

    /** Why a rollout must stop because of a node, if it must. */
    @FunctionalInterface
    private interface Stop {
        Optional<String> reason(GatePolicy policy, TargetRow target);
    }

    private static boolean eachOpen(Tx tx, NodeRow node, GateMetric metric, long nowMillis, Stop stop) {
        boolean stopped = false;
        for (GatePolicyRow row : tx.find(
                Query.of(GatePolicyRow.class).equal("tenant", node.tenant).equal("open", true))) {
            RolloutRow rollout = tx.get(RolloutRow.class, row.id)
                    .filter(open -> open.finishedAt == null)
                    .orElse(null);
            if (rollout == null) {
                continue;
            }
            GatePolicy policy = GatePolicy.parse(row.policy);
            for (TargetRow target : tx.find(
                    Query.of(TargetRow.class).equal("rolloutId", rollout.id).equal("nodeId", node.id))) {
                Optional<String> reason = target.startedAt == 0 ? Optional.empty() : stop.reason(policy, target);
                if (reason.isPresent()) {
                    stopped |= stop(tx, rollout, metric, node.node, reason.get(), nowMillis);
                }
            }
        }
        return stopped;
    }

    /** True when it was not stopped for this before. */
    private static boolean stop(
            Tx tx, RolloutRow rollout, GateMetric metric, String stratum, String detail, long nowMillis) {
        GateTestRow row = new GateTestRow();
        row.id = GateTestRow.key(rollout.id, metric, stratum);
        row.tenant = rollout.tenant;
        row.rolloutId = rollout.id;
        row.metric = metric.label();
        row.stratum = stratum;
        row.decision = Decision.REJECTED.name();
        row.detail = detail.length() <= 500 ? detail : detail.substring(0, 500);
        row.updatedAt = nowMillis;
        boolean first = tx.insertIfAbsent(row);
        if (first) {
            judged(tx, rollout);
        }
        return first;
    }

    @Override
    public GateVerdict verdict(Tx tx, RolloutRow rollout, int wave, List<Watched> watched, long nowMillis) {
        if (tx.get(GatePolicyRow.class, rollout.id).isEmpty()) {
            return new GateVerdict.Pass();
        }
        Optional<String> damaged = damaged(tx, rollout, watched);
        if (damaged.isPresent()) {
            return new GateVerdict.Breach("checksum", "%s: %s".formatted(damaged.get(), HASH_MISMATCH));
        }
        return verdict(
                tx.find(Query.of(GateTestRow.class)
                        .equal("rolloutId", rollout.id)
                        .ascending("id")),
                wave);
    }

    /** A device that got other bytes than were signed. */
    private static Optional<String> damaged(Tx tx, RolloutRow rollout, List<Watched> watched) {
        return tx
                .find(Query.of(TargetRow.class)
                        .equal("rolloutId", rollout.id)
                        .equal("state", TargetState.FAILED.label())
                        .equal("reason", HASH_MISMATCH)
                        .limit(1))
                .stream()
                .map(target -> target.node + "/" + target.device)
                .findFirst()
                .or(() -> watched.stream()
                        .filter(target -> target.state() == TargetState.RUNNING
                                && target.says() == Says.FAILED
                                && HASH_MISMATCH.equals(target.why()))
                        .map(target -> target.id().substring(rollout.id.length() + 1))
                        .findFirst());
    }

    /** The verdict of tests; pure. */
    static GateVerdict verdict(List<GateTestRow> tests, int wave) {
        List<GateTestRow> rejected =
                tests.stream().filter(GateTestRow::isRejected).toList();
        if (!rejected.isEmpty()) {
            GateTestRow first = rejected.getFirst();
            Set<GateTestRow> others = new LinkedHashSet<>(rejected);
            others.addAll(steppedDown(tests));
            others.remove(first);
            Stream<String> more = others.stream().map(test -> test.metric + " " + test.shown());
            return new GateVerdict.Breach(
                    first.metric,
                    Stream.concat(Stream.of(first.shown()), more)
                            .limit(BREACHES_SHOWN)
                            .collect(Collectors.joining("; ")));
        }
        return tests.stream()
                .filter(test -> test.firstWave <= wave && !test.hasPassed())
                .findFirst()
                .<GateVerdict>map(test -> new GateVerdict.Waiting(test.metric, test.awaited()))
                .orElseGet(GateVerdict.Pass::new);
    }

    /** What Holm's procedure rejects beside the first one. */
    private static Set<GateTestRow> steppedDown(List<GateTestRow> tests) {
        Map<GateTestRow, Double> pValues = new LinkedHashMap<>();
        tests.stream()
                .filter(test -> test.metric().isStatistical())
                .forEach(test -> pValues.put(test, test.progress().pValue()));
        if (pValues.isEmpty()) {
            return Set.of();
        }
        double alpha = pValues.keySet().iterator().next().alpha * pValues.size();
        return Holm.rejected(pValues, alpha);
    }
}
