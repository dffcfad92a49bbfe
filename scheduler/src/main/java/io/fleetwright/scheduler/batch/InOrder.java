package io.fleetwright.scheduler.batch;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Rules that sort the jobs of a block once. */
final class InOrder {
    private InOrder() {}

    /** Places jobs as they come; stops early when the looks are spent. */
    static void asGiven(Trial trial) {
        for (int job = 0; job < trial.problem.jobCount() && !trial.isSpent(); job++) {
            placeEarliest(trial, job);
        }
    }

    /** Places jobs from {@code from} to before {@code end} that are not placed yet. */
    static void rest(Trial trial, int from, int end) {
        for (int job = from; job < end; job++) {
            if (trial.option(job) == Trial.NONE) {
                placeEarliest(trial, job);
            }
        }
    }

    static void earliestDeadline(Trial trial) {
        sorted(trial, job -> trial.problem.job(job).deadline());
    }

    static void shortestFirst(Trial trial) {
        sorted(trial, job -> {
            BatchProblem.Kind kind = trial.problem.kindOf(job);
            return kind.size() == 0 ? 0 : kind.least[0] / trial.problem.job(job).weight();
        });
    }

    static void leastEnergy(Trial trial) {
        for (int job = 0; job < trial.problem.jobCount() && !trial.isSpent(); job++) {
            int one = trial.leastEnergy(
                    trial.problem.kindOf(job), trial.problem.job(job).deadline());
            boolean _ = one != Trial.NONE && trial.place(job, one);
        }
    }

    private static void sorted(Trial trial, Key key) {
        BatchProblem problem = trial.problem;
        for (int from = 0; from < problem.jobCount() && !trial.isSpent(); from = problem.blockEnd(from)) {
            List<Integer> jobs = IntStream.range(from, problem.blockEnd(from))
                    .boxed()
                    .sorted(Comparator.comparingDouble(key::of))
                    .toList();
            for (int i = 0; i < jobs.size() && !trial.isSpent(); i++) {
                placeEarliest(trial, jobs.get(i));
            }
        }
    }

    @FunctionalInterface
    private interface Key {
        double of(int job);
    }

    private static void placeEarliest(Trial trial, int job) {
        int one = trial.earliest(trial.problem.kindOf(job), Trial.NONE);
        boolean _ = one != Trial.NONE && trial.place(job, one);
    }
}
