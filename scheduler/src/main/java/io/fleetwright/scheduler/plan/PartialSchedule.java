package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A schedule under construction: which tasks are placed, and each device's timeline. Predecessors must be placed before
 * their successors. Not thread-safe; owned by one run of one algorithm.
 */
public final class PartialSchedule {
    private static final int UNPLACED = -1;

    private final TaskGraph graph;
    private final CostTable costs;
    private final Links links;
    private final MissingInputs missingInputs;
    private final int[] deviceOf;
    private final double[] start;
    private final double[] finish;
    private final Timeline[] timelines;
    private final @Nullable DeviceGroups groups;
    private final double[] arrivalInZone;
    private int placed;

    public PartialSchedule(Problem problem) {
        this(problem, MissingInputs.REFUSED);
    }

    public PartialSchedule(Problem problem, MissingInputs missingInputs) {
        this(problem, missingInputs, freeFrom(problem), List.of());
    }

    /**
     * A schedule that goes on from what is there already.
     *
     * @param freeFrom per device, when it may take its first new task; infinite if never
     * @param kept stay where they are; those of one device must not overlap
     */
    PartialSchedule(Problem problem, MissingInputs missingInputs, double[] freeFrom, List<Assignment> kept) {
        this.missingInputs = missingInputs;
        graph = problem.graph();
        costs = problem.costs();
        links = problem.platform().links();
        deviceOf = new int[problem.taskCount()];
        Arrays.fill(deviceOf, UNPLACED);
        start = new double[problem.taskCount()];
        finish = new double[problem.taskCount()];
        timelines = new Timeline[problem.deviceCount()];
        for (int device = 0; device < timelines.length; device++) {
            timelines[device] = new Timeline(freeFrom[device]);
        }
        for (Assignment assignment : kept) {
            int task = assignment.task();
            deviceOf[task] = assignment.device();
            start[task] = assignment.start();
            finish[task] = assignment.finish();
            if (assignment.finish() > freeFrom[assignment.device()]) {
                timelines[assignment.device()].add(assignment.start(), assignment.finish());
            }
        }
        placed = kept.size();
        groups = DeviceGroups.ifUseful(problem, timelines);
        arrivalInZone = new double[links.zoneCount()];
    }

    private static double[] freeFrom(Problem problem) {
        double[] ready = new double[problem.deviceCount()];
        for (int device = 0; device < ready.length; device++) {
            ready[device] = problem.platform().device(device).readyTime();
        }
        return ready;
    }

    /** When {@code device} has done everything placed on it so far. */
    public double availableTime(int device) {
        return timelines[device].end();
    }

    public boolean isPlaced(int task) {
        return deviceOf[task] != UNPLACED;
    }

    /** Where {@code task} is; it must have been placed. */
    public int deviceOf(int task) {
        requirePlaced(task);
        return deviceOf[task];
    }

    /** When {@code task} ends; it must have been placed. */
    public double finish(int task) {
        requirePlaced(task);
        return finish[task];
    }

    /** When the last input of {@code task} is at {@code device}; 0 for an entry task, infinite if one cannot get there. */
    public double dataArrival(int task, int device) {
        double arrival = 0;
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            int from = graph.inTask(e);
            if (deviceOf[from] != UNPLACED) {
                arrival =
                        Math.max(arrival, finish[from] + links.transferTime(graph.inVolume(e), deviceOf[from], device));
            } else {
                requireMissingInputsAllowed(task, from);
            }
        }
        return arrival;
    }

    /** Infinite when {@code device} does not run {@code task} or an input cannot get there. */
    public double earliestStart(int task, int device, Insertion insertion) {
        double duration = costs.executionTime(task, device);
        if (duration == CostTable.CANNOT_RUN) {
            return Double.POSITIVE_INFINITY;
        }
        double arrival = dataArrival(task, device);
        return switch (insertion) {
            case FILL_GAPS -> timelines[device].firstGap(arrival, duration);
            case APPEND -> Math.max(arrival, timelines[device].end());
        };
    }

    public double earliestFinish(int task, int device, Insertion insertion) {
        return earliestStart(task, device, insertion) + costs.executionTime(task, device);
    }

    /** The device on which {@code task} finishes first, the lowest of equals. */
    public int earliestFinishDevice(int task, Insertion insertion) throws UnschedulableException {
        int best = groups == null
                ? earliestFinishOfEach(task, insertion)
                : earliestFinishOfGroups(groups, task, insertion);
        if (best < 0) {
            throw unplaceable(task);
        }
        return best;
    }

    private int earliestFinishOfEach(int task, Insertion insertion) {
        int best = UNPLACED;
        double bestFinish = Double.POSITIVE_INFINITY;
        for (int device = 0; device < timelines.length; device++) {
            double candidate = earliestFinish(task, device, insertion);
            if (candidate < bestFinish) {
                best = device;
                bestFinish = candidate;
            }
        }
        return best;
    }

    /** The same answer: only the devices that have an input differ from others of their group by more than their queue. */
    private int earliestFinishOfGroups(DeviceGroups groups, int task, Insertion insertion) {
        groups.reset();
        Arrays.fill(arrivalInZone, 0);
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            int from = graph.inTask(e);
            if (deviceOf[from] == UNPLACED) {
                requireMissingInputsAllowed(task, from);
                continue;
            }
            int zone = links.zoneOf(deviceOf[from]);
            for (int to = 0; to < arrivalInZone.length; to++) {
                double transfer = links.transferTimeBetweenZones(graph.inVolume(e), zone, to);
                arrivalInZone[to] = Math.max(arrivalInZone[to], finish[from] + transfer);
            }
            groups.offer(deviceOf[from], earliestFinish(task, deviceOf[from], insertion));
        }
        groups.search(task, arrivalInZone, insertion);
        return groups.bestDevice();
    }

    /** Puts {@code task} on {@code device} as early as {@code insertion} allows. */
    public void place(int task, int device, Insertion insertion) throws UnschedulableException {
        if (deviceOf[task] != UNPLACED) {
            throw new IllegalStateException("task %d is already on device %d".formatted(task, deviceOf[task]));
        }
        double from = earliestStart(task, device, insertion);
        double until = from + costs.executionTime(task, device);
        if (!(until < Double.POSITIVE_INFINITY)) {
            throw unplaceable(task);
        }
        timelines[device].add(from, until);
        noteChange(device);
        deviceOf[task] = device;
        start[task] = from;
        finish[task] = until;
        placed++;
    }

    /** Takes {@code task} back; what was placed after it stays where it is. */
    public void withdraw(int task) {
        requirePlaced(task);
        timelines[deviceOf[task]].remove(start[task], finish[task]);
        noteChange(deviceOf[task]);
        deviceOf[task] = UNPLACED;
        placed--;
    }

    private void noteChange(int device) {
        if (groups != null) {
            groups.changed(device);
        }
    }

    /** The finished schedule, in order of task. */
    public Schedule toSchedule() {
        if (placed != deviceOf.length) {
            throw new IllegalStateException("%d of %d tasks are placed".formatted(placed, deviceOf.length));
        }
        List<Assignment> assignments = new ArrayList<>(placed);
        for (int task = 0; task < placed; task++) {
            assignments.add(new Assignment(task, deviceOf[task], start[task], finish[task]));
        }
        return Schedule.of(assignments);
    }

    /** The answer when nothing can take {@code task}. */
    public UnschedulableException unplaceable(int task) {
        return new UnschedulableException(
                "task %d ('%s'): no device both runs it and can be reached by its inputs from where they are"
                        .formatted(task, graph.name(task)));
    }

    private void requireMissingInputsAllowed(int task, int from) {
        if (missingInputs == MissingInputs.REFUSED) {
            throw new IllegalStateException("task %d before its predecessor %d".formatted(task, from));
        }
    }

    private void requirePlaced(int task) {
        if (deviceOf[task] == UNPLACED) {
            throw new IllegalStateException("task %d is not placed".formatted(task));
        }
    }
}
