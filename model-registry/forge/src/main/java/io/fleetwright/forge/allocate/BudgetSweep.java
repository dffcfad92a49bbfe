package io.fleetwright.forge.allocate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** The Pareto front between one measure and the objective, from budgets evenly spaced between all-4 and all-8 bits. */
public final class BudgetSweep {
    public static final int POINTS = 32;

    private BudgetSweep() {}

    /**
     * Allocations of which none is at most as costly and at most as sensitive as another, cheapest first.
     *
     * @throws IllegalArgumentException if the table lacks the measure
     */
    public static List<Allocation> front(LayerTable table, Measure measure) {
        List<Allocation> found = new ArrayList<>();
        for (int point = 0; point < POINTS; point++) {
            Budget budget = Budget.between(table, measure, (double) point / (POINTS - 1));
            if (BitAllocator.allocate(table, List.of(budget)) instanceof AllocationResult.Found best) {
                found.add(best.allocation());
            }
        }
        return withoutDominated(found, measure);
    }

    static List<Allocation> withoutDominated(List<Allocation> allocations, Measure measure) {
        List<Allocation> front = new ArrayList<>();
        double least = Double.POSITIVE_INFINITY;
        for (Allocation allocation : allocations.stream()
                .sorted(Comparator.comparingDouble((Allocation a) -> cost(a, measure))
                        .thenComparingDouble(Allocation::objective))
                .toList()) {
            if (allocation.objective() < least) {
                least = allocation.objective();
                front.add(allocation);
            }
        }
        return front;
    }

    private static double cost(Allocation allocation, Measure measure) {
        return Objects.requireNonNull(allocation.costs().get(measure));
    }
}
