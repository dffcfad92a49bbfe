package io.fleetwright.scheduler.batch;

import java.util.List;

/**
 * Who gets which device next, and why so.
 *
 * @param policy that was taken
 * @param steps placements, in the order in which they are to be given out; jobs that are not among them wait
 * @param value of this plan
 * @param greedy value of the plan by {@link BatchPolicy#EARLIEST_FINISH}
 * @param tried what was tried, in its order; a rule is missing that would have taken more work than a batch may
 */
public record JointPlan(BatchPolicy policy, List<Step> steps, PlanValue value, PlanValue greedy, List<Tried> tried) {
    /**
     * A placement.
     *
     * @param job number in the problem
     * @param device number in the problem
     * @param finish microseconds
     */
    public record Step(int job, int device, double finish) {}

    /** A rule, and what its plan was worth. */
    public record Tried(BatchPolicy policy, PlanValue value) {}

    public JointPlan {
        steps = List.copyOf(steps);
        tried = List.copyOf(tried);
    }
}
