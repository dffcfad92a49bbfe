package io.fleetwright.scheduler.batch;

import java.util.Arrays;
import java.util.OptionalDouble;

/** A plan in the making: which jobs have which options so far, in what order. */
final class Trial {
    static final int NONE = -1;

    final BatchProblem problem;
    private final Looks looks;
    private final double[] ready;
    private final int[] free;
    private final int[] sequence;
    /** Option of each job that is placed. */
    private final int[] option;

    private int placed;

    Trial(BatchProblem problem, Looks looks) {
        this.problem = problem;
        this.looks = looks;
        ready = problem.readyTimes();
        free = problem.freePlaces();
        sequence = new int[problem.jobCount()];
        option = new int[problem.jobCount()];
        Arrays.fill(option, NONE);
    }

    /** How many times a job and a device are looked at together; what bounds the work of a batch. */
    static final class Looks {
        private long left;

        Looks(long most) {
            left = most;
        }

        void spend(int count) {
            left -= count;
        }

        boolean isSpent() {
            return left <= 0;
        }
    }

    boolean isSpent() {
        return looks.isSpent();
    }

    int placed() {
        return placed;
    }

    int job(int place) {
        return sequence[place];
    }

    int option(int job) {
        return option[job];
    }

    double finish(BatchProblem.Kind kind, int one) {
        return Math.max(kind.transfer[one], ready[kind.device[one]]) + kind.execution[one];
    }

    boolean hasRoom(BatchProblem.Kind kind, int one) {
        return free[kind.device[one]] > 0;
    }

    /** Option with room that finishes first, but not on {@code except}; {@link #NONE} if there is none. */
    int earliest(BatchProblem.Kind kind, int except) {
        return earliest(kind, except, true);
    }

    private int earliest(BatchProblem.Kind kind, int except, boolean needsRoom) {
        int best = NONE;
        double earliest = Double.POSITIVE_INFINITY;
        int one = 0;
        for (; one < kind.size() && canWin(kind, one, best, earliest); one++) {
            if ((!needsRoom || free[kind.device[one]] > 0) && kind.device[one] != except) {
                double finish = finish(kind, one);
                if (finish < earliest || finish == earliest && kind.device[one] < kind.device[best]) {
                    best = one;
                    earliest = finish;
                }
            }
        }
        looks.spend(one + 1);
        return best;
    }

    /** True unless this option and all behind it finish later, or at the same time on a device of a higher number. */
    private static boolean canWin(BatchProblem.Kind kind, int one, int best, double earliest) {
        return kind.least[one] < earliest || kind.least[one] == earliest && kind.device[one] < kind.device[best];
    }

    /** Option with room that keeps the deadline and takes least energy, unknown ones last; {@link #NONE} if there is none. */
    int leastEnergy(BatchProblem.Kind kind, double deadline) {
        int best = NONE;
        for (int one = 0; one < kind.size(); one++) {
            if (hasRoom(kind, one) && finish(kind, one) <= deadline && (best == NONE || isLess(kind, one, best))) {
                best = one;
            }
        }
        looks.spend(kind.size());
        return best;
    }

    private boolean isLess(BatchProblem.Kind kind, int one, int other) {
        // NaN is the greatest of all.
        int order = Double.compare(kind.energy[one], kind.energy[other]);
        return order < 0 || order == 0 && finish(kind, one) < finish(kind, other);
    }

    /** Gives a job an option with room, if that keeps its deadline. */
    boolean place(int job, int one) {
        BatchProblem.Kind kind = problem.kindOf(job);
        double finish = finish(kind, one);
        if (finish > problem.job(job).deadline() || !hasRoom(kind, one)) {
            return false;
        }
        ready[kind.device[one]] = finish;
        free[kind.device[one]]--;
        option[job] = one;
        sequence[placed++] = job;
        return true;
    }

    /** What the plan comes to. Uses the trial up. */
    PlanValue value() {
        double[] finish = new double[problem.jobCount()];
        double[] energy = new double[problem.jobCount()];
        boolean[] late = new boolean[problem.jobCount()];
        double[] again = problem.readyTimes();
        for (int place = 0; place < placed; place++) {
            int job = sequence[place];
            BatchProblem.Kind kind = problem.kindOf(job);
            int device = kind.device[option[job]];
            again[device] = Math.max(kind.transfer[option[job]], again[device]) + kind.execution[option[job]];
            finish[job] = again[device];
            energy[job] = kind.energy[option[job]];
        }
        for (int job = 0; job < finish.length; job++) {
            if (option[job] == NONE) {
                BatchProblem.Kind kind = problem.kindOf(job);
                int one = earliest(kind, NONE, false);
                double deadline = problem.job(job).deadline();
                late[job] = one == NONE || finish(kind, one) > deadline;
                finish[job] = late[job] ? deadline : finish(kind, one);
                if (!late[job]) {
                    energy[job] = kind.energy[one];
                    ready[kind.device[one]] = finish[job];
                }
            }
        }
        return sum(finish, energy, late);
    }

    /** In the order of the jobs, so that equal plans have equal sums. */
    private PlanValue sum(double[] finish, double[] energy, boolean[] late) {
        double lateWeight = 0;
        double flow = 0;
        double joules = 0;
        for (int job = 0; job < finish.length; job++) {
            double weight = problem.job(job).weight();
            lateWeight += late[job] ? weight : 0;
            // A job without a deadline that no device takes is the same in every plan.
            flow += finish[job] < Double.POSITIVE_INFINITY ? weight * finish[job] : 0;
            joules += energy[job];
        }
        looks.spend(finish.length);
        return new PlanValue(
                lateWeight, flow, problem.isEnergyKnown() ? OptionalDouble.of(joules) : OptionalDouble.empty());
    }
}
