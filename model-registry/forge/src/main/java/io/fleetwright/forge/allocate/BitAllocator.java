package io.fleetwright.forge.allocate;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bits per layer with the least sum of sensitivities within every budget: exact, by branch and bound.
 *
 * @see "Yao et al., HAWQ-V3, ICML 2021, section 3.4: the integer program"
 */
public final class BitAllocator {
    /** Nodes that a search visits at most; the published networks need a few thousand. */
    public static final long NODES_MAX = 2_000_000;

    private BitAllocator() {}

    /**
     * The best bits.
     *
     * @param budgets at least one, at most one per measure
     * @throws IllegalArgumentException if there are none or two of one measure, or the table lacks a measure
     */
    public static AllocationResult allocate(LayerTable table, List<Budget> budgets) {
        return allocate(table, budgets, NODES_MAX);
    }

    static AllocationResult allocate(LayerTable table, List<Budget> budgets, long nodesMax) {
        requireOnePerMeasure(budgets);
        var search = new Search(Choices.of(table, budgets), budgets, nodesMax);
        List<Budget> unreachable = search.unreachable();
        if (!unreachable.isEmpty()) {
            return new AllocationResult.Infeasible(unreachable);
        }
        search.descend(0, 0);
        if (search.best == null) {
            return search.ended()
                    ? new AllocationResult.Undecided(search.nodes)
                    : new AllocationResult.Infeasible(List.of());
        }
        Allocation allocation = Allocation.of(table, budgets, search.choices.bits(search.best));
        return new AllocationResult.Found(allocation, !search.ended(), search.nodes);
    }

    private static void requireOnePerMeasure(List<Budget> budgets) {
        Set<Measure> seen = EnumSet.noneOf(Measure.class);
        for (Budget budget : budgets) {
            if (!seen.add(budget.measure())) {
                throw new IllegalArgumentException(
                        "%s has two budgets".formatted(budget.measure().word()));
            }
        }
        if (budgets.isEmpty()) {
            throw new IllegalArgumentException("budgets must not be empty");
        }
    }

    /** Depth first, the more accurate choice first, so that the first leaf is about the greedy answer. */
    private static final class Search {
        private final Choices choices;
        private final List<Budget> budgets;
        private final List<Relaxation> relaxations = new ArrayList<>();
        private final long nodesMax;
        private final int[] chosen;
        private final double[][] spent;
        private double bestObjective = Double.POSITIVE_INFINITY;
        private int @Nullable [] best;
        private long nodes;

        Search(Choices choices, List<Budget> budgets, long nodesMax) {
            this.choices = choices;
            this.budgets = budgets;
            this.nodesMax = nodesMax;
            chosen = new int[choices.count()];
            spent = new double[budgets.size()][choices.count() + 1];
            for (int b = 0; b < budgets.size(); b++) {
                relaxations.add(new Relaxation(budgets.get(b), choices.sensitivity(), choices.cost()[b]));
            }
        }

        List<Budget> unreachable() {
            List<Budget> unreachable = new ArrayList<>();
            for (int b = 0; b < budgets.size(); b++) {
                if (relaxations.get(b).bound(0, 0, 0) == Double.POSITIVE_INFINITY) {
                    unreachable.add(budgets.get(b));
                }
            }
            return unreachable;
        }

        boolean ended() {
            return nodes >= nodesMax;
        }

        void descend(int depth, double objective) {
            if (ended()) {
                return;
            }
            nodes++;
            if (bound(depth, objective) >= bestObjective) {
                return;
            }
            if (depth == chosen.length) {
                bestObjective = objective;
                best = chosen.clone();
                return;
            }
            double[] sensitivity = choices.sensitivity()[depth];
            int first = sensitivity[Choices.FOUR] < sensitivity[Choices.EIGHT] ? Choices.FOUR : Choices.EIGHT;
            take(first, depth, objective);
            take(1 - first, depth, objective);
        }

        private void take(int choice, int depth, double objective) {
            chosen[depth] = choice;
            for (int b = 0; b < spent.length; b++) {
                spent[b][depth + 1] = spent[b][depth] + choices.cost()[b][depth][choice];
            }
            descend(depth + 1, objective + choices.sensitivity()[depth][choice]);
        }

        /** The tightest of the budgets' bounds. */
        private double bound(int depth, double objective) {
            double tightest = Double.NEGATIVE_INFINITY;
            for (int b = 0; b < spent.length; b++) {
                tightest = Math.max(tightest, relaxations.get(b).bound(depth, objective, spent[b][depth]));
            }
            return tightest;
        }
    }
}
