package io.fleetwright.scheduler.policy;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Gathers tasks for a while and then places them together: those that the order puts first have first choice of the
 * devices. Where many wait for few fast devices, that decides who gets them.
 *
 * <p>Each task is looked at twice, once for its place in the order and once for its device, so closing a window takes
 * twice the time of placing its tasks one by one, and the logarithm of their number. Not thread-safe.
 */
public final class BatchWindow {
    public static final int TASKS_MAX = 100_000;

    /** Who chooses first; equals by arrival. */
    public enum Order {
        ARRIVAL,
        /** Least earliest finish: the least mean latency of tasks that share a device (Ibarra and Kim 1977, min-min). */
        SHORTEST_FIRST,
        /** Greatest earliest finish: long tasks do not come last, alone (Ibarra and Kim 1977, max-min). */
        LONGEST_FIRST,
        /** Greatest loss on the best other kind of device (Maheswaran et al. 1999, sufferage). */
        SUFFERAGE
    }

    private final FleetDispatcher fleet;
    private final Order order;
    private final int[] tasks;
    private final int[] sources;
    private final double[] volumes;
    private final double[] deadlines;
    private int size;

    /**
     * @param tasksMax most tasks of a window
     * @throws IllegalArgumentException if {@code tasksMax} is not 1 to {@link #TASKS_MAX}
     */
    public BatchWindow(FleetDispatcher fleet, Order order, int tasksMax) {
        if (tasksMax < 1 || tasksMax > TASKS_MAX) {
            throw new IllegalArgumentException("tasksMax (%d) must be 1 to %d".formatted(tasksMax, TASKS_MAX));
        }
        this.fleet = fleet;
        this.order = order;
        tasks = new int[tasksMax];
        sources = new int[tasksMax];
        volumes = new double[tasksMax];
        deadlines = new double[tasksMax];
    }

    /**
     * Adds a task, as {@link FleetDispatcher#find(int, int, double, double, double)} knows it.
     *
     * @return its number in the plan of this window
     * @throws IllegalStateException if the window is full
     */
    public int add(int task, int source, double volume, double deadline) {
        if (isFull()) {
            throw new IllegalStateException("the window has its %d tasks".formatted(size));
        }
        tasks[size] = task;
        sources[size] = source;
        volumes[size] = volume;
        deadlines[size] = deadline;
        return size++;
    }

    public int size() {
        return size;
    }

    public boolean isFull() {
        return size == tasks.length;
    }

    /** Places every task of the window, none of them before {@code now}, and opens the next one. */
    public BatchPlan close(double now) {
        var plan = new BatchPlan(size);
        for (int number : inOrder(now)) {
            int device = fleet.find(tasks[number], sources[number], volumes[number], now, deadlines[number]);
            if (device != FleetDispatcher.NONE) {
                plan.set(number, device, fleet.version(device), fleet.start(), fleet.finish());
                fleet.setFree(device, fleet.finish());
            }
        }
        size = 0;
        return plan;
    }

    private int[] inOrder(double now) {
        int[] numbers = IntStream.range(0, size).toArray();
        if (order == Order.ARRIVAL) {
            return numbers;
        }
        double[] key = new double[size];
        Arrays.setAll(key, number -> key(number, now));
        return Arrays.stream(numbers)
                .boxed()
                .sorted(Comparator.comparingDouble(number -> key[number]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private double key(int number, double now) {
        int task = tasks[number];
        int source = sources[number];
        double volume = volumes[number];
        int best = fleet.find(task, source, volume, now, TaskRequest.NO_DEADLINE);
        if (best == FleetDispatcher.NONE) {
            return Double.POSITIVE_INFINITY;
        }
        double finish = fleet.finish();
        return switch (order) {
            case ARRIVAL -> 0;
            case SHORTEST_FIRST -> finish;
            case LONGEST_FIRST -> -finish;
            case SUFFERAGE -> finish - fleet.finishOnOtherKind(best, task, source, volume, now);
        };
    }
}
