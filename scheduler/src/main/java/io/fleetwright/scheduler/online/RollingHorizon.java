package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SystemState;
import java.util.SplittableRandom;

/**
 * Plans everything that is left of all jobs in the system, in several ways, and follows the plan that ends the jobs
 * soonest; at every event anew, so nothing is decided before it must be.
 *
 * <p>A plan is a list schedule: tasks in the order of a priority, each to the device that ends it first. Priorities are
 * a job's place in line (by arrival, by work left, by deadline, or by rank of its tasks), and random changes of the best so far. A
 * ready task is placed only when the plan starts it next on an idle device; the others are asked for again at the next
 * event.
 */
public final class RollingHorizon implements OnlinePolicy {
    /** With more tasks left than this, plans without backfilling lose to what decides task by task, which then does. */
    private static final int WINDOW_TASKS = 80;

    /** A late job weighs as much as so much latency. */
    private static final double LATE_MICROS = 1e6;

    /** What a good plan is. */
    public enum Objective {
        /** The sum of the times at which the jobs end is small. */
        LATENCY,
        /** Few jobs end after their deadline; then as for latency. */
        DEADLINES
    }

    private final Objective objective;
    private final OnlinePolicy overload;
    private final int changes;
    private final SplittableRandom random;
    private final Window window = new Window();

    /**
     * @param objective what to plan for
     * @param changes random changes of the best plan that are tried per decision
     * @param seed decides which
     */
    public RollingHorizon(Objective objective, int changes, long seed) {
        this(
                objective,
                changes,
                seed,
                switch (objective) {
                    case LATENCY -> new EarliestFinishFirst(EarliestFinishFirst.Tie.FIRST);
                    case DEADLINES -> new EarliestFinishInOrder(EarliestFinishInOrder.Order.DEADLINE);
                });
    }

    /** @param overload decides while there is more than plans are good for */
    RollingHorizon(Objective objective, int changes, long seed, OnlinePolicy overload) {
        this.objective = objective;
        this.changes = changes;
        this.overload = overload;
        random = new SplittableRandom(seed);
    }

    @Override
    public void decide(SystemState state) {
        if (!window.collect(state, WINDOW_TASKS)) {
            overload.decide(state);
            return;
        }
        if (window.mayPlace(state)) {
            findPlan(state);
            window.follow(state);
        } else {
            passOverChanges();
        }
    }

    private void findPlan(SystemState state) {
        double least = Double.POSITIVE_INFINITY;
        for (int rule = 0; rule < LineRules.COUNT; rule++) {
            LineRules.prioritize(window, state, rule);
            least = keepIfBetter(state, least);
        }
        for (int change = 0; change < changes; change++) {
            window.restore();
            if (disturb()) {
                least = keepIfBetter(state, least);
            }
        }
    }

    /** Draws what the changes of a plan would have drawn, so that later plans are those that a seed stands for. */
    private void passOverChanges() {
        for (int change = 0; change < changes; change++) {
            var _ = disturb();
        }
    }

    private double keepIfBetter(SystemState state, double least) {
        window.plan(state);
        if (window.isAsKept()) {
            return least;
        }
        double cost = 0;
        for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
            double end = window.jobEnd(slot);
            // A job that waits for a lost device ends in no plan, which must not make them all alike.
            if (Double.isFinite(end)) {
                boolean late = objective == Objective.DEADLINES && end > state.deadlineOfJob(slot);
                cost += late ? end + LATE_MICROS : end;
            }
        }
        if (cost < least) {
            window.keep();
            return cost;
        }
        return least;
    }

    /** Exchanges the priorities of a few pairs of tasks; whether some pair had two. */
    private boolean disturb() {
        if (window.size() == 0) {
            return false;
        }
        boolean changed = false;
        int moves = 1 + random.nextInt(3);
        for (int move = 0; move < moves; move++) {
            int from = random.nextInt(window.size());
            int to = random.nextInt(window.size());
            double swapped = window.priority[from];
            changed |= swapped != window.priority[to];
            window.priority[from] = window.priority[to];
            window.priority[to] = swapped;
        }
        return changed;
    }
}
