package io.fleetwright.scheduler.batch;

import java.util.Comparator;
import java.util.OptionalDouble;

/**
 * What a plan is worth; less is better.
 *
 * <p>Jobs that a device has no place for now are counted as if they went on in their order, where each finishes first. Those
 * that cannot keep their deadline then do not run, and end at it.
 *
 * @param late weight of the jobs that miss their deadline
 * @param flow sum of weight times finish, weight times microseconds; what jobs have waited before is the same in every plan
 * @param energy of all runs, microjoules; empty where it is not known of every possible run
 */
public record PlanValue(double late, double flow, OptionalDouble energy) {
    /** Part of the flow of {@code earliest-finish} by which plans must differ for energy not to decide. */
    static final double SAME_FLOW = 0.01;

    /**
     * Lexicographic: weight that is late; flow in steps of a hundredth of {@code greedy}'s; energy, if it is known; flow.
     * The steps are laid so that none of {@code greedy}'s step has a greater flow than it. Times are what nine in ten runs keep
     * within, so a hundredth of their sum says nothing.
     *
     * @param greedy value of the plan by {@link BatchPolicy#EARLIEST_FINISH}
     */
    public static Comparator<PlanValue> order(PlanValue greedy) {
        double unit = SAME_FLOW * greedy.flow;
        return Comparator.comparingDouble(PlanValue::late)
                .thenComparingDouble(value -> unit > 0 ? Math.ceil((value.flow - greedy.flow) / unit) : 0)
                .thenComparingDouble(value -> value.energy.orElse(0))
                .thenComparingDouble(PlanValue::flow);
    }
}
