package io.fleetwright.forge.allocate;

import java.util.List;

/** What a search for bits found. */
public sealed interface AllocationResult {
    /**
     * Bits within every budget.
     *
     * @param proven true when no other bits within the budgets have a smaller objective
     * @param nodes nodes of the search tree that were visited
     */
    record Found(Allocation allocation, boolean proven, long nodes) implements AllocationResult {}

    /**
     * No bits meet every budget.
     *
     * @param unreachable budgets that no bits meet even alone; empty when only their combination is impossible
     */
    record Infeasible(List<Budget> unreachable) implements AllocationResult {
        public Infeasible {
            unreachable = List.copyOf(unreachable);
        }
    }

    /** The search ended at its limit of nodes with neither bits nor a proof that there are none. */
    record Undecided(long nodes) implements AllocationResult {}
}
