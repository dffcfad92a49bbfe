package io.fleetwright.scheduler.partition;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The soonest plan that takes at most so much energy of all devices: what each computes, and what both ends of each way take. Exact, among
 * the plans of {@link ChainPlanner}: of those that have run up to an operator on a device, all are kept that no other one beats in time and
 * energy at once.
 */
public final class BudgetPlanner {
    private final PartitionProblem problem;
    private final int layers;
    private final int tiers;
    /** Found once: each takes a look at all layers, and it is asked for at every end of every label. */
    private final List<Optional<Integer>> carried = new ArrayList<>();

    public BudgetPlanner(PartitionProblem problem) {
        this.problem = problem;
        layers = problem.graph().size();
        tiers = problem.tiers().size();
        for (int boundary = 0; boundary <= layers; boundary++) {
            carried.add(problem.graph().carried(boundary));
        }
    }

    /** Computing of all devices, and sending and receiving; idling of none, millijoules. */
    public static double millijoules(PartitionProblem problem, PartitionPlan plan) {
        double all = 0;
        for (int v = 0; v < plan.tierOf().size(); v++) {
            all += problem.tiers().get(plan.tierOf().get(v)).millijoules()[v];
        }
        for (Transfer transfer : plan.transfers()) {
            all += transfer.millijoules() + transfer.receiverMillijoules();
        }
        return all;
    }

    /** A part of a plan: its layers up to {@code end} have run, and what they gave is on {@code tier}. */
    private record Label(
            @Nullable Label before,
            int end,
            int tier,
            @Nullable Transfer sent,
            double millis,
            double millijoules) {
        boolean covers(Label other) {
            return millis <= other.millis && millijoules <= other.millijoules;
        }
    }

    /**
     * Finds it.
     *
     * @param millijoules at most
     * @return absent when every plan takes more, or the weights fit nowhere
     */
    public Optional<PartitionPlan> fastest(double millijoules) {
        List<List<List<Label>>> labels = new ArrayList<>();
        for (int boundary = 0; boundary <= layers; boundary++) {
            List<List<Label>> byTier = new ArrayList<>();
            for (int tier = 0; tier < tiers; tier++) {
                byTier.add(new ArrayList<>());
            }
            labels.add(byTier);
        }
        Label start = new Label(null, 0, 0, null, 0, 0);
        labels.getFirst().getFirst().add(start);
        send(labels, start, LayerGraph.INPUT, millijoules);
        List<Label> ends = new ArrayList<>();
        for (int from = 0; from < layers; from++) {
            for (int tier = 0; tier < tiers; tier++) {
                for (Label label : labels.get(from).get(tier)) {
                    extend(labels, ends, label, millijoules);
                }
            }
        }
        return ends.stream().min(Comparator.comparingDouble(Label::millis)).map(this::plan);
    }

    private void extend(List<List<List<Label>>> labels, List<Label> ends, Label label, double budget) {
        Tier tier = problem.tiers().get(label.tier);
        long weights = 0;
        double millis = label.millis;
        double energy = label.millijoules;
        for (int end = label.end + 1; end <= layers; end++) {
            weights += problem.graph().layers().get(end - 1).weightBytes();
            millis += tier.millis()[end - 1];
            energy += tier.millijoules()[end - 1];
            if (weights > tier.memoryBytes() || energy > budget) {
                return;
            }
            Label ran = new Label(label, end, label.tier, null, millis, energy);
            if (end == layers) {
                keep(ends, ran);
            } else {
                carried.get(end).ifPresent(producer -> send(labels, ran, producer, budget));
            }
        }
    }

    private void send(List<List<List<Label>>> labels, Label from, int producer, double budget) {
        for (int next = from.tier + 1; next < tiers; next++) {
            for (int bits : problem.bits()) {
                if (!problem.maySend(producer, bits)) {
                    continue;
                }
                Transfer sent = problem.transfer(producer, bits, from.tier, next);
                double energy = from.millijoules + sent.millijoules() + sent.receiverMillijoules();
                if (energy <= budget) {
                    keep(
                            labels.get(from.end).get(next),
                            new Label(from, from.end, next, sent, from.millis + sent.millis(), energy));
                }
            }
        }
    }

    private static void keep(List<Label> kept, Label label) {
        if (kept.stream().noneMatch(known -> known.covers(label))) {
            kept.removeIf(label::covers);
            kept.add(label);
        }
    }

    private PartitionPlan plan(Label end) {
        List<Integer> tierOf = new ArrayList<>();
        List<Transfer> transfers = new ArrayList<>();
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
