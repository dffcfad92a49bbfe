package io.fleetwright.forge.allocate;

import java.util.List;
import java.util.Optional;

/** The baseline: every layer at 4 bits, then 8 bits for whatever gains most per part of the budgets and still fits. */
public final class GreedyAllocator {
    private GreedyAllocator() {}

    /** Bits within the budgets, or empty when all layers at 4 bits already break one. */
    public static Optional<Allocation> allocate(LayerTable table, List<Budget> budgets) {
        Choices choices = Choices.of(table, budgets);
        int[] chosen = new int[choices.count()];
        if (!fits(table, budgets, choices.bits(chosen))) {
            return Optional.empty();
        }
        for (int g = 0; g < chosen.length; g++) {
            chosen[g] = Choices.EIGHT;
            double[] sensitivity = choices.sensitivity()[g];
            if (sensitivity[Choices.EIGHT] >= sensitivity[Choices.FOUR]
                    || !fits(table, budgets, choices.bits(chosen))) {
                chosen[g] = Choices.FOUR;
            }
        }
        return Optional.of(Allocation.of(table, budgets, choices.bits(chosen)));
    }

    private static boolean fits(LayerTable table, List<Budget> budgets, List<Integer> bits) {
        return budgets.stream().allMatch(budget -> budget.admits(table.cost(budget.measure(), bits)));
    }
}
