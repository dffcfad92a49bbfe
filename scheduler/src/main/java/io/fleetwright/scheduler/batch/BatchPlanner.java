package io.fleetwright.scheduler.batch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Plans jobs that wait together. Pure: the same problem gives the same plan, and work is bounded by counts, not by a clock.
 *
 * <p>Who waits longest is never passed over for good: whatever the rule, jobs of a lower block get their devices before those of a
 * higher one, and no plan leaves a job waiting for which a device has room that keeps its deadline.
 */
public final class BatchPlanner {
    /** Looks at a job and a device, of all rules but the first. */
    static final long RULE_LOOKS_MAX = 1 << 20;
    /** Of the moves and swaps at the end. */
    static final long IMPROVEMENT_LOOKS_MAX = 1 << 18;

    private record Made(BatchPolicy policy, Trial trial, PlanValue value) {}

    private final BatchProblem problem;
    private final List<JointPlan.Tried> tried = new ArrayList<>();

    private BatchPlanner(BatchProblem problem) {
        this.problem = problem;
    }

    /** The plan of one rule, which is not {@link BatchPolicy#IMPROVED}. */
    public static JointPlan plan(BatchProblem problem, BatchPolicy policy) {
        BatchPlanner planner = new BatchPlanner(problem);
        Made greedy = planner.make(BatchPolicy.EARLIEST_FINISH, new Trial.Looks(Long.MAX_VALUE));
        return planner.plan(
                policy == BatchPolicy.EARLIEST_FINISH ? greedy : planner.make(policy, new Trial.Looks(Long.MAX_VALUE)),
                greedy);
    }

    /** The best plan of the whole portfolio. */
    public static JointPlan plan(BatchProblem problem) {
        BatchPlanner planner = new BatchPlanner(problem);
        Made greedy = planner.make(BatchPolicy.EARLIEST_FINISH, new Trial.Looks(Long.MAX_VALUE));
        return planner.plan(planner.isBest(greedy) ? greedy : planner.best(greedy), greedy);
    }

    /**
     * True when no other order can be better: jobs of one kind, none late, none heavier than one before it. Greedily they have the
     * earliest ends that there are, the heaviest job the earliest of them. (Energy is not looked at then.)
     */
    private boolean isBest(Made greedy) {
        if (problem.kindCount() > 1 || greedy.value.late() > 0) {
            return problem.jobCount() <= 1 && greedy.value.late() == 0;
        }
        for (int job = 1; job < problem.jobCount(); job++) {
            if (problem.job(job).weight() > problem.job(job - 1).weight()) {
                return false;
            }
        }
        return true;
    }

    private Made best(Made greedy) {
        Comparator<PlanValue> order = PlanValue.order(greedy.value);
        Trial.Looks looks = new Trial.Looks(RULE_LOOKS_MAX);
        Made best = greedy;
        for (BatchPolicy policy : BatchPolicy.values()) {
            boolean applies = policy != BatchPolicy.EARLIEST_FINISH
                    && policy != BatchPolicy.IMPROVED
                    && (policy != BatchPolicy.LEAST_ENERGY || problem.isEnergyKnown());
            if (applies && !looks.isSpent()) {
                Made made = make(policy, looks);
                best = !looks.isSpent() && order.compare(made.value, best.value) < 0 ? made : best;
            }
        }
        Trial improved = Improvement.of(best.trial, best.value, new Trial.Looks(IMPROVEMENT_LOOKS_MAX), order);
        PlanValue value = improved.value();
        tried.add(new JointPlan.Tried(BatchPolicy.IMPROVED, value));
        return order.compare(value, best.value) < 0 ? new Made(BatchPolicy.IMPROVED, improved, value) : best;
    }

    private Made make(BatchPolicy policy, Trial.Looks looks) {
        Trial trial = new Trial(problem, looks);
        switch (policy) {
            case EARLIEST_FINISH -> InOrder.asGiven(trial);
            case EARLIEST_DEADLINE -> InOrder.earliestDeadline(trial);
            case SHORTEST_FIRST -> InOrder.shortestFirst(trial);
            case MIN_MIN -> ByKind.fill(trial, ByKind.Key.MIN_MIN);
            case MAX_MIN -> ByKind.fill(trial, ByKind.Key.MAX_MIN);
            case SUFFERAGE -> ByKind.fill(trial, ByKind.Key.SUFFERAGE);
            case LEAST_ENERGY -> InOrder.leastEnergy(trial);
            case IMPROVED -> throw new IllegalArgumentException("policy (improved) needs another plan to begin with");
        }
        PlanValue value = trial.value();
        if (!looks.isSpent()) {
            tried.add(new JointPlan.Tried(policy, value));
        }
        return new Made(policy, trial, value);
    }

    private JointPlan plan(Made taken, Made greedy) {
        List<JointPlan.Step> steps = new ArrayList<>();
        double[] ready = problem.readyTimes();
        for (int place = 0; place < taken.trial.placed(); place++) {
            int job = taken.trial.job(place);
            int option = taken.trial.option(job);
            BatchProblem.Kind kind = problem.kindOf(job);
            int device = kind.device[option];
            ready[device] = Math.max(kind.transfer[option], ready[device]) + kind.execution[option];
            steps.add(new JointPlan.Step(job, device, ready[device]));
        }
        return new JointPlan(taken.policy, steps, taken.value, greedy.value, tried);
    }
}
