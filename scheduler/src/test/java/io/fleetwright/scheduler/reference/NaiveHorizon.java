package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.reference.NaivePlan.Planned;
import io.fleetwright.scheduler.reference.NaivePlan.Wishes;
import io.fleetwright.scheduler.reference.Oracle.Decision;
import io.fleetwright.scheduler.reference.Oracle.Placement;
import io.fleetwright.scheduler.sim.Admission.Answer;
import io.fleetwright.scheduler.sim.SystemState;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The rolling horizon, restated: at each decision the best of five lines of the jobs and of random exchanges in the best so far; of it
 * only what starts next on an idle device. And the admission that asks the same five lines.
 */
final class NaiveHorizon implements Oracle {
    private static final int MOST_TASKS = 80;
    private static final double LATE = 1e6;

    private final boolean deadlines;
    private final int changes;
    private final SplittableRandom random;

    NaiveHorizon(boolean deadlines, int changes, long seed) {
        this.deadlines = deadlines;
        this.changes = changes;
        random = new SplittableRandom(seed);
    }

    @Override
    public Decision decide(SystemState state) {
        List<Integer> open = NaivePlan.open(state);
        if (open.size() > MOST_TASKS) {
            return deadlines ? Oracle.deadline(state) : Oracle.earliestFinish(state);
        }
        var best = new Best(state);
        for (Wishes line : lines(state)) {
            best.offer(line);
        }
        for (int change = 0; change < changes; change++) {
            Wishes changed = best.wishes.copy();
            for (int moves = 1 + random.nextInt(3); moves > 0; moves--) {
                int from = random.nextInt(open.size());
                changed.exchange(open.get(from), open.get(random.nextInt(open.size())));
            }
            best.offer(changed);
        }
        return Oracle.placing(state, nextOnes(state, best.plan, state::execution));
    }

    private final class Best {
        private final SystemState state;
        private Wishes wishes;
        private NaivePlan plan;
        private double cost;

        Best(SystemState state) {
            this.state = state;
            wishes = lines(state).getFirst();
            plan = NaivePlan.of(state, wishes);
            cost = cost(plan);
        }

        void offer(Wishes other) {
            NaivePlan candidate = NaivePlan.of(state, other);
            double price = cost(candidate);
            if (price < cost) {
                wishes = other;
                plan = candidate;
                cost = price;
            }
        }

        /** Ends of the jobs that end, and a second for each that is late where deadlines matter. */
        private double cost(NaivePlan plan) {
            double sum = 0;
            for (int slot : NaivePlan.jobs(state)) {
                double end = plan.jobEnd(slot);
                if (Double.isFinite(end)) {
                    sum += end + (deadlines && end > state.deadlineOfJob(slot) ? LATE : 0);
                }
            }
            return sum;
        }
    }

    /** Jobs by arrival, by work left, by the rank of each task, by deadline, by arrival and work left; in a job by rank. */
    static List<Wishes> lines(SystemState state) {
        List<ToDoubleFunction<Integer>> jobs = List.of(
                slot -> 1e6 * state.jobNumber(slot),
                slot -> 1e3 * NaivePlan.workLeft(state, slot),
                _ -> 0,
                slot -> urgency(state, slot),
                slot -> state.arrivalOfJob(slot) + NaivePlan.workLeft(state, slot));
        return jobs.stream().map(job -> line(state, job)).toList();
    }

    private static Wishes line(SystemState state, ToDoubleFunction<Integer> job) {
        var wishes = new Wishes(state);
        for (int slot : NaivePlan.jobs(state)) {
            double place = job.applyAsDouble(slot);
            NaivePlan.tasks(state, slot).forEach(task -> wishes.priority.put(task, place - state.rank(task)));
        }
        return wishes;
    }

    /** Jobs without a deadline by arrival; one that half the work left makes late comes a second later. */
    private static double urgency(SystemState state, int slot) {
        double deadline = state.deadlineOfJob(slot);
        if (Double.isInfinite(deadline)) {
            return state.arrivalOfJob(slot);
        }
        boolean lost = state.now() + NaivePlan.workLeft(state, slot) / 2 > deadline;
        return lost ? deadline + 1e6 : deadline;
    }

    /** How long a task takes on a device from now on. */
    interface Duration {
        double of(int task, int device);
    }

    /** What the plan starts next on an idle device; everything that is ready if nothing runs, for nobody would ask again. */
    static List<Placement> nextOnes(SystemState state, NaivePlan plan, Duration duration) {
        int devices = state.workload().deviceCount();
        boolean someRun = IntStream.range(0, devices).anyMatch(device -> !state.isIdle(device));
        List<Integer> open = NaivePlan.open(state);
        List<Placement> placements = new ArrayList<>();
        for (int task : Oracle.ready(state)) {
            Planned planned = plan.of(task);
            int device = planned.device();
            if (device == NaivePlan.NONE || Double.isInfinite(planned.start()) || !state.isOnline(device)) {
                continue;
            }
            boolean waiting = state.queueLength(device) > 0
                    || placements.stream().anyMatch(placement -> placement.device() == device);
            boolean next = open.stream()
                    .map(plan::of)
                    .noneMatch(other -> other.device() == device && other.start() < planned.start());
            if (!someRun || (state.isIdle(device) && !waiting && next)) {
                placements.add(new Placement(task, device, planned.start() + duration.of(task, device)));
            }
        }
        return placements;
    }

    /** A job may enter if one of the lines ends it in time and makes no more of the others late than the best without it. */
    static Answer admission(SystemState state, int slot) {
        if (NaivePlan.open(state).size() > 2000) {
            return Answer.TOO_MUCH_WORK;
        }
        UnaryOperator<Wishes> last = line -> {
            NaivePlan.tasks(state, slot).forEach(task -> line.priority.merge(task, 1e12, Double::sum));
            return line;
        };
        long unavoidable = lines(state).stream()
                .map(last)
                .map(line -> NaivePlan.of(state, line))
                .mapToLong(plan -> lateOthers(state, plan, slot))
                .min()
                .orElseThrow();
        List<NaivePlan> inTime = lines(state).stream()
                .map(line -> NaivePlan.of(state, line))
                .filter(plan -> plan.jobEnd(slot) <= state.deadlineOfJob(slot))
                .toList();
        if (inTime.isEmpty()) {
            return Answer.OWN_DEADLINE;
        }
        return inTime.stream().anyMatch(plan -> lateOthers(state, plan, slot) <= unavoidable)
                ? Answer.ADMITTED
                : Answer.GIVEN_PROMISE;
    }

    private static long lateOthers(SystemState state, NaivePlan plan, int slot) {
        return NaivePlan.jobs(state).stream()
                .filter(other -> other != slot && plan.jobEnd(other) > state.deadlineOfJob(other))
                .count();
    }
}
