package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.reference.Draft.Room;
import io.fleetwright.scheduler.reference.RawProblem.Edge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Algorithms that look at all ready tasks in each step, with everything asked again. Ours in all of them: of tasks that
 * are equal in every respect the lowest, of devices too.
 */
final class ReadyReferences {
    private static final int NONE = -1;

    private ReadyReferences() {}

    /** A task, the device it wants, and how much: the greatest first, by the second figure where the first are equal. */
    private record Bid(int task, int device, double first, double second) {}

    private interface Bidding {
        Bid bid(Draft draft, int task) throws UnschedulableException;
    }

    private static Schedule byBids(RawProblem problem, Bidding bidding) throws UnschedulableException {
        var draft = new Draft(problem);
        while (!draft.isComplete()) {
            placeHighest(draft, draft.ready(), bidding);
        }
        return draft.toSchedule();
    }

    /** As an online scheduler would: only tasks whose predecessors have ended by a time that moves when there are none. */
    private static Schedule byBidsOverTime(RawProblem problem, Bidding bidding) throws UnschedulableException {
        var draft = new Draft(problem);
        double now = 0;
        while (!draft.isComplete()) {
            double time = now;
            List<Integer> visible = draft.ready().stream()
                    .filter(task -> released(draft, task) <= time)
                    .toList();
            if (visible.isEmpty()) {
                now = draft.ready().stream()
                        .mapToDouble(task -> released(draft, task))
                        .min()
                        .orElseThrow();
            } else {
                placeHighest(draft, visible, bidding);
            }
        }
        return draft.toSchedule();
    }

    private static double released(Draft draft, int task) {
        return draft.problem.into(task).stream()
                .map(Edge::from)
                .mapToDouble(from -> draft.of(from).finish())
                .reduce(0, Math::max);
    }

    private static void placeHighest(Draft draft, List<Integer> tasks, Bidding bidding) throws UnschedulableException {
        List<Bid> bids = new ArrayList<>();
        for (int task : tasks) {
            bids.add(bidding.bid(draft, task));
        }
        Bid highest = bids.stream()
                .min(Comparator.comparingDouble((Bid bid) -> -bid.first())
                        .thenComparingDouble(bid -> -bid.second())
                        .thenComparingInt(Bid::task))
                .orElseThrow();
        draft.place(highest.task(), highest.device(), Room.AT_THE_END);
    }

    private static Bid soonest(Draft draft, int task) throws UnschedulableException {
        int device = draft.best(task, Room.AT_THE_END);
        return new Bid(task, device, -draft.finish(task, device, Room.AT_THE_END), 0);
    }

    /** @see "Ibarra, Kim, 1977, algorithm D; Maheswaran et al., 1999, section 4" */
    static Schedule minMin(RawProblem problem) throws UnschedulableException {
        return byBids(problem, ReadyReferences::soonest);
    }

    /** @see "Maheswaran et al., 1999, section 4" */
    static Schedule maxMin(RawProblem problem) throws UnschedulableException {
        return byBids(problem, (draft, task) -> {
            int device = draft.best(task, Room.AT_THE_END);
            return new Bid(task, device, draft.finish(task, device, Room.AT_THE_END), 0);
        });
    }

    /** Ours: a task with one device only suffers without limit. @see "Maheswaran et al., 1999, section 4" */
    static Schedule sufferage(RawProblem problem) throws UnschedulableException {
        return byBids(problem, (draft, task) -> {
            int device = draft.best(task, Room.AT_THE_END);
            double second = IntStream.range(0, problem.devices())
                    .filter(other -> other != device)
                    .mapToDouble(other -> draft.finish(task, other, Room.AT_THE_END))
                    .min()
                    .orElse(Double.POSITIVE_INFINITY);
            return new Bid(task, device, second - draft.finish(task, device, Room.AT_THE_END), 0);
        });
    }

    /**
     * Ours: among devices of one start the quickest.
     *
     * @see "Hwang, Chow, Anger, Lee, 1989, section 4: earliest start, then highest static level"
     */
    static Schedule earliestStart(RawProblem problem) throws UnschedulableException {
        double[] level = Figures.staticLevels(problem, problem::costMean);
        return byBids(problem, (draft, task) -> {
            int device = Draft.required(
                    task,
                    possible(draft, task).stream()
                            .min(Comparator.comparingDouble(
                                            (Integer candidate) -> draft.start(task, candidate, Room.AT_THE_END))
                                    .thenComparingDouble(candidate -> problem.cost(task, candidate)))
                            .orElse(NONE));
            return new Bid(task, device, -draft.start(task, device, Room.AT_THE_END), level[task]);
        });
    }

    /** @see "Arda et al., DS3, 2020: ETF" */
    static Schedule earliestFinish(RawProblem problem) throws UnschedulableException {
        return byBidsOverTime(problem, ReadyReferences::soonest);
    }

    /** @see "Arda et al., DS3, 2020: STF" */
    static Schedule shortestTask(RawProblem problem) throws UnschedulableException {
        return byBidsOverTime(problem, (draft, task) -> {
            int device = Draft.required(
                    task,
                    possible(draft, task).stream()
                            .min(Comparator.comparingDouble(candidate -> problem.cost(task, candidate)))
                            .orElse(NONE));
            return new Bid(task, device, -problem.cost(task, device), 0);
        });
    }

    /**
     * {@code DL(t, p) = SL(t) - max(DA(t, p), TF(p)) + (E*(t) - E(t, p))} over all ready tasks and all devices.
     *
     * @see "Sih, Lee, 1993, equations 1 and 3"
     */
    static Schedule dynamicLevel(RawProblem problem) throws UnschedulableException {
        double[] level = Figures.staticLevels(problem, task -> Figures.costMedian(problem, task));
        return byBids(problem, (draft, task) -> {
            Bid best = new Bid(task, NONE, Double.NEGATIVE_INFINITY, 0);
            for (int device : possible(draft, task)) {
                double dynamic = level[task]
                        - Math.max(draft.arrival(task, device), draft.free(device))
                        + (Figures.costMedian(problem, task) - problem.cost(task, device));
                if (dynamic > best.first()) {
                    best = new Bid(task, device, dynamic, 0);
                }
            }
            Draft.required(task, best.device());
            return best;
        });
    }

    /**
     * Ours: of equal starts on both devices the one that is free first; a task that can have neither comes last.
     *
     * @see "Radulescu, van Gemund, 1999, section 3"
     */
    static Schedule loadBalancing(RawProblem problem) throws UnschedulableException {
        double[] rank = Figures.upwardRanks(problem);
        return byBids(problem, (draft, task) -> {
            int enabling = ListReferences.enabling(draft, task);
            int freeFirst = ListReferences.freeFirst(draft, task);
            double there = enabling == NONE ? Double.POSITIVE_INFINITY : draft.start(task, enabling, Room.AT_THE_END);
            double here = freeFirst == NONE ? Double.POSITIVE_INFINITY : draft.start(task, freeFirst, Room.AT_THE_END);
            if (there == Double.POSITIVE_INFINITY && here == Double.POSITIVE_INFINITY) {
                return new Bid(task, draft.best(task, Room.AT_THE_END), Double.NEGATIVE_INFINITY, rank[task]);
            }
            return there < here
                    ? new Bid(task, enabling, -there, rank[task])
                    : new Bid(task, freeFirst, -here, rank[task]);
        });
    }

    private static List<Integer> possible(Draft draft, int task) {
        return IntStream.range(0, draft.problem.devices())
                .filter(device -> draft.finish(task, device, Room.AT_THE_END) < Double.POSITIVE_INFINITY)
                .boxed()
                .toList();
    }
}
