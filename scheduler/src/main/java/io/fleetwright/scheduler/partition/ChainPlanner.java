package io.fleetwright.scheduler.partition;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a network where a single tensor is alive, among any number of devices in a fixed order of which some may be left out. Exact:
 * by dynamic programming over stages, a stage being a device with the layers that it runs one after the other (for two devices the
 * exhaustive search of DynO, Almeida et al., 2022; for more its extension to chains).
 *
 * <p>With {@code L} layers, {@code K} devices and {@code b} precisions a plan takes {@code O(L^2 K^2 b)} steps.
 */
public final class ChainPlanner {
    private final PartitionProblem problem;
    private final int layers;
    private final int tiers;
    private final List<Optional<Integer>> carried = new ArrayList<>();
    private final double[][] millisBefore;
    private final long[] bytesBefore;

    public ChainPlanner(PartitionProblem problem) {
        this.problem = problem;
        layers = problem.graph().size();
        tiers = problem.tiers().size();
        for (int boundary = 0; boundary <= layers; boundary++) {
            carried.add(problem.graph().carried(boundary));
        }
        millisBefore = new double[tiers][layers + 1];
        bytesBefore = new long[layers + 1];
        for (int v = 0; v < layers; v++) {
            for (int tier = 0; tier < tiers; tier++) {
                millisBefore[tier][v + 1] =
                        millisBefore[tier][v] + problem.tiers().get(tier).millis()[v];
            }
            bytesBefore[v + 1] =
                    bytesBefore[v] + problem.graph().layers().get(v).weightBytes();
        }
    }

    /** How a stage and what follows it add up. */
    private enum Joint {
        /** One after the other. */
        SEQUENCE,
        /** At once, of several inputs: the longest counts. */
        PIPELINE;

        double of(double stage, double transfer, double rest) {
            return this == SEQUENCE ? stage + transfer + rest : Math.max(Math.max(stage, transfer), rest);
        }
    }

    /** The rest of the network from a boundary on, on a device: its value, where the stage ends, and what follows. */
    private record Rest(double value, int end, int nextTier, int bits) {}

    /** The plan that answers one input soonest; absent when the weights fit nowhere. */
    public Optional<PartitionPlan> fastest() {
        return best(Joint.SEQUENCE);
    }

    /** The plan by which inputs may follow each other at the shortest distance; absent when the weights fit nowhere. */
    public Optional<PartitionPlan> densest() {
        return best(Joint.PIPELINE);
    }

    /**
     * The plan for inputs that arrive at a rate: the fastest when it is under half used, the densest when it would be over four
     * fifths, and between them whichever has the lower latency with waiting (M/D/1 for each stage).
     *
     * @param perSecond inputs, at least 0
     */
    public Optional<PartitionPlan> forRate(double perSecond) {
        Optional<PartitionPlan> fastest = fastest();
        if (fastest.isEmpty()) {
            return fastest;
        }
        double used = perSecond * fastest.get().bottleneckMillis() / 1000;
        if (used < 0.5) {
            return fastest;
        }
        return used > 0.8
                ? densest()
                : densest().stream()
                        .filter(dense -> waitingMillis(dense, perSecond) < waitingMillis(fastest.get(), perSecond))
                        .findFirst()
                        .or(() -> fastest);
    }

    /** Latency and the mean wait before each stage and transfer; infinite when one of them cannot keep up. */
    double waitingMillis(PartitionPlan plan, double perSecond) {
        double all = plan.latencyMillis();
        var services = new ArrayList<Double>();
        plan.transfers().forEach(transfer -> services.add(transfer.millis()));
        for (int tier = 0; tier < tiers; tier++) {
            double busy = 0;
            for (int v = 0; v < layers; v++) {
                busy += plan.tierOf().get(v) == tier ? problem.tiers().get(tier).millis()[v] : 0;
            }
            services.add(busy);
        }
        for (double millis : services) {
            double used = perSecond * millis / 1000;
            if (used >= 1) {
                return Double.POSITIVE_INFINITY;
            }
            all += used * millis / (2 * (1 - used));
        }
        return all;
    }

    private Optional<PartitionPlan> best(Joint joint) {
        var rest = new Rest[layers][tiers];
        for (int from = layers - 1; from >= 0; from--) {
            for (int tier = tiers - 1; tier >= 0; tier--) {
                rest[from][tier] = rest(joint, rest, from, tier);
            }
        }
        Rest first = rest[0][0];
        int firstTier = 0;
        int firstBits = 0;
        double value = first == null ? Double.POSITIVE_INFINITY : first.value;
        for (int tier = 1; tier < tiers; tier++) {
            Rest other = rest[0][tier];
            for (int bits : problem.bits()) {
                if (other == null || !problem.maySend(LayerGraph.INPUT, bits)) {
                    continue;
                }
                double shipped = joint.of(
                        0, problem.transfer(LayerGraph.INPUT, bits, 0, tier).millis(), other.value);
                if (shipped < value) {
                    value = shipped;
                    firstTier = tier;
                    firstBits = bits;
                }
            }
        }
        return value == Double.POSITIVE_INFINITY ? Optional.empty() : Optional.of(plan(rest, firstTier, firstBits));
    }

    private @Nullable Rest rest(Joint joint, @Nullable Rest[][] rest, int from, int tier) {
        Rest best = null;
        for (int end = from + 1; end <= layers; end++) {
            if (bytesBefore[end] - bytesBefore[from] > problem.tiers().get(tier).memoryBytes()) {
                break;
            }
            double stage = millisBefore[tier][end] - millisBefore[tier][from];
            if (end == layers) {
                double value = joint.of(stage, 0, 0);
                if (best == null || value < best.value) {
                    best = new Rest(value, end, tier, 0);
                }
                break;
            }
            if (carried.get(end).isEmpty()) {
                continue;
            }
            int producer = carried.get(end).get();
            for (int next = tier + 1; next < tiers; next++) {
                Rest after = rest[end][next];
                for (int bits : problem.bits()) {
                    if (after == null || !problem.maySend(producer, bits)) {
                        continue;
                    }
                    double value = joint.of(
                            stage, problem.transfer(producer, bits, tier, next).millis(), after.value);
                    if (best == null || value < best.value) {
                        best = new Rest(value, end, next, bits);
                    }
                }
            }
        }
        return best;
    }

    private PartitionPlan plan(@Nullable Rest[][] rest, int firstTier, int firstBits) {
        var tierOf = new ArrayList<Integer>();
        var transfers = new ArrayList<Transfer>();
        if (firstTier > 0) {
            transfers.add(problem.transfer(LayerGraph.INPUT, firstBits, 0, firstTier));
        }
        int tier = firstTier;
        int at = 0;
        while (at < layers) {
            Rest here = rest[at][tier];
            if (here == null) {
                throw new IllegalStateException("a plan leads to nowhere");
            }
            tierOf.addAll(Collections.nCopies(here.end - at, tier));
            if (here.end < layers) {
                transfers.add(problem.transfer(carried.get(here.end).orElseThrow(), here.bits, tier, here.nextTier));
            }
            at = here.end;
            tier = here.nextTier;
        }
        return PartitionPlan.of(problem, tierOf, transfers);
    }

    /**
     * All plans that no other one beats in latency, energy of the first device, bytes and accuracy at once, fastest first.
     *
     * @param epsilon plans that are worse in nothing but for this share are left out; 0 keeps all
     */
    public List<PartitionPlan> pareto(double epsilon) {
        var labels = new ArrayList<List<List<Label>>>();
        for (int boundary = 0; boundary <= layers; boundary++) {
            List<List<Label>> byTier = new ArrayList<>();
            for (int tier = 0; tier < tiers; tier++) {
                byTier.add(new ArrayList<>());
            }
            labels.add(byTier);
        }
        Label start = new Label(null, 0, 0, null, 0, 0, 0, 0);
        labels.getFirst().getFirst().add(start);
        for (int tier = 1; tier < tiers; tier++) {
            for (int bits : problem.bits()) {
                if (problem.maySend(LayerGraph.INPUT, bits)) {
                    keep(labels.getFirst().get(tier), moved(start, LayerGraph.INPUT, bits, 0, tier), epsilon);
                }
            }
        }
        List<Label> ends = new ArrayList<>();
        for (int from = 0; from < layers; from++) {
            for (int tier = 0; tier < tiers; tier++) {
                for (Label label : labels.get(from).get(tier)) {
                    extend(labels, ends, label, from, tier, epsilon);
                }
            }
        }
        List<PartitionPlan> plans = new ArrayList<>();
        for (Label end : ends) {
            plans.add(plan(end));
        }
        List<PartitionPlan> front = new ArrayList<>();
        for (PartitionPlan plan : plans) {
            if (!isBeaten(plan, plans)) {
                insert(front, plan);
            }
        }
        return List.copyOf(front);
    }

    /** Keeps plans by latency; in a plain loop, like {@link #keep}. */
    private static void insert(List<PartitionPlan> front, PartitionPlan plan) {
        int at = front.size();
        while (at > 0 && front.get(at - 1).latencyMillis() > plan.latencyMillis()) {
            at--;
        }
        front.add(at, plan);
    }

    private static boolean isBeaten(PartitionPlan plan, List<PartitionPlan> by) {
        for (PartitionPlan other : by) {
            if (other.dominates(plan)) {
                return true;
            }
        }
        return false;
    }

    private void extend(
            List<List<List<Label>>> labels, List<Label> ends, Label label, int from, int tier, double epsilon) {
        Tier on = problem.tiers().get(tier);
        double millis = 0;
        double millijoules = 0;
        for (int end = from + 1; end <= layers; end++) {
            if (bytesBefore[end] - bytesBefore[from] > on.memoryBytes()) {
                return;
            }
            millis += on.millis()[end - 1];
            millijoules += tier == 0 ? on.millijoules()[end - 1] : 0;
            if (end < layers && carried.get(end).isEmpty()) {
                continue;
            }
            Label ran = ran(label, end, tier, millis, millijoules);
            if (end == layers) {
                keep(ends, ran, epsilon);
                return;
            }
            int producer = carried.get(end).orElseThrow();
            for (int next = tier + 1; next < tiers; next++) {
                for (int bits : problem.bits()) {
                    if (problem.maySend(producer, bits)) {
                        keep(labels.get(end).get(next), moved(ran, producer, bits, tier, next), epsilon);
                    }
                }
            }
        }
    }

    /** A part of a plan: its layers up to {@code end} have run on devices up to {@code tier}. */
    private record Label(
            @Nullable Label before,
            int end,
            int tier,
            @Nullable Transfer sent,
            double millis,
            double millijoules,
            long bytes,
            double loss) {
        boolean covers(Label other, double epsilon) {
            double some = 1 + epsilon;
            return millis <= other.millis * some
                    && millijoules <= other.millijoules * some
                    && bytes <= other.bytes * some
                    && loss <= other.loss * some;
        }
    }

    private Label ran(Label before, int end, int tier, double millis, double millijoules) {
        return new Label(
                before,
                end,
                tier,
                null,
                before.millis + millis,
                before.millijoules + millijoules + (tier == 0 ? 0 : idle(millis)),
                before.bytes,
                before.loss);
    }

    private Label moved(Label before, int producer, int bits, int from, int to) {
        Transfer transfer = problem.transfer(producer, bits, from, to);
        return new Label(
                before,
                before.end,
                to,
                transfer,
                before.millis + transfer.millis(),
                before.millijoules + (from == 0 ? transfer.millijoules() : 0) + idle(transfer.millis()),
                before.bytes + transfer.bytes(),
                before.loss + problem.penalty().loss(producer, bits));
    }

    private double idle(double millis) {
        return millis * problem.tiers().getFirst().idleMilliwatts() / 1000;
    }

    /** In plain loops: in a new process a stream's first pass takes longer than the rest of planning. */
    private static void keep(List<Label> kept, Label label, double epsilon) {
        for (Label known : kept) {
            if (known.covers(label, epsilon)) {
                return;
            }
        }
        for (int at = kept.size() - 1; at >= 0; at--) {
            if (label.covers(kept.get(at), 0)) {
                kept.remove(at);
            }
        }
        kept.add(label);
    }

    private PartitionPlan plan(Label end) {
        var tierOf = new ArrayList<Integer>();
        var transfers = new ArrayList<Transfer>();
        for (Label label = end; label != null; label = label.before) {
            Transfer sent = label.sent;
            if (sent != null) {
                transfers.addFirst(sent);
            } else if (label.before != null) {
                tierOf.addAll(0, Collections.nCopies(label.end - label.before.end, label.tier));
            }
        }
        return PartitionPlan.of(problem, tierOf, transfers);
    }
}
