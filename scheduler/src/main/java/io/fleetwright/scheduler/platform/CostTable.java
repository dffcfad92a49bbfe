package io.fleetwright.scheduler.platform;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Execution time of each task on each device; {@link #CANNOT_RUN} where the task does not run there.
 *
 * <p>Many tasks run the same thing and many devices are alike, so the figures are kept per (task kind, device kind).
 */
public final class CostTable {
    public static final double CANNOT_RUN = Double.POSITIVE_INFINITY;
    /** Longest finite execution time; sums over any graph stay finite. */
    public static final double COST_MAX = 1e18;
    /** Most cells of a table with a row for each task and a column for each device. */
    public static final int CELLS_MAX = 10_000_000;

    private final int[] kindOfTask;
    private final int[] kindOfDevice;
    private final int deviceKinds;
    private final int[] membersOfDeviceKind;
    private final double[] costs;
    private final double[] meanOfTaskKind;

    private CostTable(double[][] costs, int[] kindOfTask, int[] kindOfDevice) {
        this.kindOfTask = kindOfTask.clone();
        this.kindOfDevice = kindOfDevice.clone();
        this.deviceKinds = costs.length == 0 ? 0 : costs[0].length;
        checkKinds("task", this.kindOfTask, costs.length);
        checkKinds("device", this.kindOfDevice, deviceKinds);
        membersOfDeviceKind = new int[deviceKinds];
        for (int kind : this.kindOfDevice) {
            membersOfDeviceKind[kind]++;
        }
        this.costs = new double[Math.multiplyExact(costs.length, deviceKinds)];
        this.meanOfTaskKind = new double[costs.length];
        for (int row = 0; row < costs.length; row++) {
            if (costs[row].length != deviceKinds) {
                throw new IllegalArgumentException(
                        "cost row %d has %d values, must have %d".formatted(row, costs[row].length, deviceKinds));
            }
            double sum = 0;
            long devices = 0;
            for (int column = 0; column < deviceKinds; column++) {
                double cost = costs[row][column];
                if (!(cost >= 0 && (cost <= COST_MAX || cost == CANNOT_RUN))) {
                    throw new IllegalArgumentException("cost[%d][%d] (%s) must be 0 to %s, or infinite for 'cannot run'"
                            .formatted(row, column, cost, COST_MAX));
                }
                this.costs[row * deviceKinds + column] = cost;
                if (cost < CANNOT_RUN) {
                    sum += cost * membersOfDeviceKind[column];
                    devices += membersOfDeviceKind[column];
                }
            }
            meanOfTaskKind[row] = devices == 0 ? CANNOT_RUN : sum / devices;
        }
    }

    /** One row per task, one column per device. */
    public static CostTable perTask(double[][] costs) {
        return new CostTable(costs, identity(costs.length), identity(costs.length == 0 ? 0 : costs[0].length));
    }

    /** One row per task kind, one column per device kind; the arrays say of which kind each task and device is. */
    public static CostTable perKind(double[][] costs, int[] kindOfTask, int[] kindOfDevice) {
        return new CostTable(costs, kindOfTask, kindOfDevice);
    }

    /** Which device may take which task. */
    @FunctionalInterface
    public interface Permission {
        boolean allows(int task, int device);
    }

    /**
     * The same costs, and {@link #CANNOT_RUN} where {@code permission} says no.
     *
     * @throws IllegalArgumentException if the table has more than {@link #CELLS_MAX} cells
     */
    public CostTable restrictedTo(Permission permission) {
        if ((long) taskCount() * deviceCount() > CELLS_MAX) {
            throw new IllegalArgumentException("restrictions on %d tasks x %d devices are over %d cells"
                    .formatted(taskCount(), deviceCount(), CELLS_MAX));
        }
        double[][] rows = new double[taskCount()][deviceCount()];
        for (int task = 0; task < rows.length; task++) {
            for (int device = 0; device < rows[task].length; device++) {
                rows[task][device] = permission.allows(task, device) ? executionTime(task, device) : CANNOT_RUN;
            }
        }
        return perTask(rows);
    }

    public int taskCount() {
        return kindOfTask.length;
    }

    public int deviceCount() {
        return kindOfDevice.length;
    }

    /** Time of {@code task} on {@code device}, or {@link #CANNOT_RUN}. */
    public double executionTime(int task, int device) {
        return costs[kindOfTask[task] * deviceKinds + kindOfDevice[device]];
    }

    public boolean canRun(int task, int device) {
        return executionTime(task, device) < CANNOT_RUN;
    }

    /** Mean over the devices that run {@code task}; {@link #CANNOT_RUN} if none does. */
    public double executionTimeMean(int task) {
        return meanOfTaskKind[kindOfTask[task]];
    }

    public int deviceKindCount() {
        return deviceKinds;
    }

    public int deviceKind(int device) {
        return kindOfDevice[device];
    }

    /** How many devices are of {@code kind}; may be none. */
    public int deviceKindMembers(int kind) {
        return membersOfDeviceKind[kind];
    }

    public double executionTimeOnKind(int task, int deviceKind) {
        return costs[kindOfTask[task] * deviceKinds + deviceKind];
    }

    /** Tasks that no device runs, in order. */
    public List<Integer> tasksWithoutDevice() {
        return IntStream.range(0, taskCount())
                .filter(task -> executionTimeMean(task) == CANNOT_RUN)
                .boxed()
                .toList();
    }

    private static void checkKinds(String what, int[] kinds, int count) {
        for (int i = 0; i < kinds.length; i++) {
            if (kinds[i] < 0 || kinds[i] >= count) {
                throw new IllegalArgumentException(
                        "kind (%d) of %s %d must be 0 to %d".formatted(kinds[i], what, i, count - 1));
            }
        }
    }

    private static int[] identity(int length) {
        int[] own = new int[length];
        for (int i = 0; i < length; i++) {
            own[i] = i;
        }
        return own;
    }
}
