package io.fleetwright.scheduler.policy;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;

/** Where and when the tasks of a {@link BatchWindow} run, by their numbers in it. */
public final class BatchPlan {
    private final int[] device;
    private final int[] version;
    private final double[] start;
    private final double[] finish;
    private final int[] inOrder;
    private int placed;

    BatchPlan(int tasks) {
        device = new int[tasks];
        Arrays.fill(device, FleetDispatcher.NONE);
        version = new int[tasks];
        start = new double[tasks];
        finish = new double[tasks];
        inOrder = new int[tasks];
    }

    void set(int number, int device, int version, double start, double finish) {
        this.device[number] = device;
        this.version[number] = version;
        this.start[number] = start;
        this.finish[number] = finish;
        inOrder[placed++] = number;
    }

    public int size() {
        return device.length;
    }

    /** The device of a task, or {@link FleetDispatcher#NONE} if none runs it by its deadline. */
    public int device(int number) {
        return device[number];
    }

    /** When a placed task starts, up to rounding. */
    public double start(int number) {
        return start[number];
    }

    /** When a placed task ends. */
    public double finish(int number) {
        return finish[number];
    }

    /** Numbers of the placed tasks, in the order in which they were placed. */
    public IntStream placed() {
        return Arrays.stream(inOrder, 0, placed);
    }

    /**
     * Does on {@code fleet} what was planned on a {@linkplain FleetDispatcher#copy copy} of it, but for tasks whose
     * device has changed there since the copy was made, and what was planned behind them on it.
     *
     * @return numbers of the tasks that must be planned again
     */
    public BitSet commit(FleetDispatcher fleet) {
        BitSet again = new BitSet(size());
        Set<Integer> changed = new HashSet<>();
        placed().forEach(number -> {
            if (changed.contains(device[number]) || !fleet.commit(device[number], version[number], finish[number])) {
                changed.add(device[number]);
                again.set(number);
            }
        });
        return again;
    }
}
