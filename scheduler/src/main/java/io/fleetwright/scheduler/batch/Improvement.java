package io.fleetwright.scheduler.batch;

import java.util.Comparator;

/**
 * Takes the first change that makes a plan better, until none does or the looks are spent. Changes: a job goes to another of its
 * fastest devices; two of a block change places on a device, or their devices; one that waits takes the place of one that does not.
 */
final class Improvement {
    /** Other devices of a job, jobs behind it and jobs that wait that are tried. */
    private static final int NEAR = 8;

    private final BatchProblem problem;
    private final Trial.Looks looks;
    private final Comparator<PlanValue> order;
    private final int[] jobs;
    private final int[] options;
    private PlanValue value;

    private Improvement(Trial from, PlanValue value, Trial.Looks looks, Comparator<PlanValue> order) {
        problem = from.problem;
        this.value = value;
        this.looks = looks;
        this.order = order;
        jobs = new int[from.placed()];
        options = new int[jobs.length];
        for (int place = 0; place < jobs.length; place++) {
            jobs[place] = from.job(place);
            options[place] = from.option(jobs[place]);
        }
    }

    /** The plan that came of it; no job waits there for which a device has room that keeps its deadline. */
    static Trial of(Trial from, PlanValue value, Trial.Looks looks, Comparator<PlanValue> order) {
        Improvement improvement = new Improvement(from, value, looks, order);
        while (improvement.pass() && !looks.isSpent()) {
            // Once more, from the better plan.
        }
        return improvement.trial();
    }

    /** Block by block, and at the end of each what a device has come to have room for. */
    private Trial trial() {
        Trial trial = new Trial(problem, looks);
        int place = 0;
        for (int from = 0; from < problem.jobCount(); from = problem.blockEnd(from)) {
            int end = problem.blockEnd(from);
            for (; place < jobs.length && jobs[place] < end; place++) {
                boolean _ = trial.place(jobs[place], options[place]);
            }
            InOrder.rest(trial, from, end);
        }
        return trial;
    }

    private boolean pass() {
        boolean better = false;
        for (int place = 0; place < jobs.length && !looks.isSpent(); place++) {
            better |= otherDevices(place);
            better |= laterJobs(place);
            better |= waitingJobs(place);
        }
        return better;
    }

    private boolean otherDevices(int place) {
        boolean better = false;
        int most = Math.min(NEAR, problem.kindOf(jobs[place]).size());
        for (int one = 0; one < most && !looks.isSpent(); one++) {
            if (one != options[place]) {
                int before = options[place];
                options[place] = one;
                if (isBetter()) {
                    better = true;
                } else {
                    options[place] = before;
                }
            }
        }
        return better;
    }

    private boolean laterJobs(int place) {
        boolean better = false;
        for (int later = place + 1; later <= place + NEAR && later < jobs.length && !looks.isSpent(); later++) {
            if (problem.job(jobs[later]).block() != problem.job(jobs[place]).block()) {
                break;
            }
            better |= exchange(place, later);
        }
        return better;
    }

    private boolean exchange(int place, int later) {
        int job = jobs[place];
        int other = jobs[later];
        int option = options[place];
        int otherOption = options[later];
        int device = problem.kindOf(job).device[option];
        int otherDevice = problem.kindOf(other).device[otherOption];
        int there = device == otherDevice ? otherOption : option(other, device);
        int here = device == otherDevice ? option : option(job, otherDevice);
        if (there == Trial.NONE || here == Trial.NONE) {
            return false;
        }
        jobs[place] = other;
        options[place] = there;
        jobs[later] = job;
        options[later] = here;
        if (isBetter()) {
            return true;
        }
        jobs[place] = job;
        options[place] = option;
        jobs[later] = other;
        options[later] = otherOption;
        return false;
    }

    private boolean waitingJobs(int place) {
        if (jobs.length == problem.jobCount()) {
            return false;
        }
        boolean better = false;
        boolean[] placed = new boolean[problem.jobCount()];
        for (int job : jobs) {
            placed[job] = true;
        }
        int end = problem.blockEnd(jobs[place]);
        int tried = 0;
        for (int job = 0; job < end && tried < NEAR && !looks.isSpent(); job++) {
            if (!placed[job]
                    && problem.job(job).block() == problem.job(jobs[place]).block()) {
                tried++;
                int before = jobs[place];
                int option = options[place];
                int there = option(job, problem.kindOf(before).device[option]);
                if (there != Trial.NONE) {
                    jobs[place] = job;
                    options[place] = there;
                    if (isBetter()) {
                        better = true;
                        placed[before] = false;
                        placed[job] = true;
                    } else {
                        jobs[place] = before;
                        options[place] = option;
                    }
                }
            }
        }
        looks.spend(end);
        return better;
    }

    private int option(int job, int device) {
        BatchProblem.Kind kind = problem.kindOf(job);
        for (int one = 0; one < kind.size(); one++) {
            if (kind.device[one] == device) {
                looks.spend(one + 1);
                return one;
            }
        }
        looks.spend(kind.size() + 1);
        return Trial.NONE;
    }

    private boolean isBetter() {
        Trial trial = new Trial(problem, looks);
        // Copying the devices is as dear as looking at some of them.
        looks.spend(jobs.length + problem.deviceCount() / 4);
        for (int place = 0; place < jobs.length; place++) {
            if (!trial.place(jobs[place], options[place])) {
                return false;
            }
        }
        PlanValue changed = trial.value();
        if (order.compare(changed, value) < 0) {
            value = changed;
            return true;
        }
        return false;
    }
}
