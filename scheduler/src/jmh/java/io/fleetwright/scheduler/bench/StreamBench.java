package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.policy.FleetDispatcher;
import io.fleetwright.scheduler.policy.TaskRequest;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/** A stream of placements on one thread: half of the tasks have an input on some device, one in a thousand devices comes or goes. */
final class StreamBench {
    static final int TASK_KINDS = 1000;
    private static final int WARM_UP = 300_000;

    private StreamBench() {}

    static String run(int devices, int types, int zones, int placements) {
        var random = new SplittableRandom(1);
        FleetDispatcher dispatcher = fleet(random, devices, types, zones);
        // As many arrivals per unit of time as keep about four in five devices busy.
        double interval = 10.0 / devices;
        double now = 0;
        long[] nanos = new long[placements];
        double check = 0;
        long begin = 0;
        for (int i = -WARM_UP; i < placements; i++) {
            if (i == 0) {
                begin = System.nanoTime();
            }
            now += interval;
            int task = random.nextInt(TASK_KINDS);
            int source = random.nextBoolean() ? random.nextInt(devices) : FleetDispatcher.NONE;
            double volume = random.nextDouble(100);
            if (random.nextInt(1000) == 0) {
                int device = random.nextInt(devices);
                if (dispatcher.freeAt(device) == Double.POSITIVE_INFINITY) {
                    dispatcher.comeBack(device, now);
                } else {
                    dispatcher.lose(device);
                }
            }
            long before = System.nanoTime();
            int device = dispatcher.place(task, source, volume, now, TaskRequest.NO_DEADLINE);
            if (i >= 0) {
                nanos[i] = System.nanoTime() - before;
            }
            check += device;
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        Arrays.sort(nanos);
        return String.format(
                Locale.ROOT,
                "{\"devices\":%d,\"types\":%d,\"zones\":%d,\"placements\":%d,\"perSecond\":%.0f,\"p50Us\":%.3f,"
                        + "\"p99Us\":%.3f,\"p9999Us\":%.1f,\"maxUs\":%.1f,\"check\":%.0f}",
                devices,
                types,
                zones,
                placements,
                placements / seconds,
                nanos[placements / 2] / 1e3,
                nanos[(int) (placements * 0.99)] / 1e3,
                nanos[(int) (placements * 0.9999)] / 1e3,
                nanos[placements - 1] / 1e3,
                check);
    }

    /** Types and zones by turns; each of the task kinds takes 1 to 100 on each type. */
    static FleetDispatcher fleet(SplittableRandom random, int devices, int types, int zones) {
        double[][] costs = new double[TASK_KINDS][types];
        for (double[] row : costs) {
            Arrays.setAll(row, _ -> random.nextDouble(1, 100));
        }
        int[] kindOf = new int[devices];
        int[] zoneOf = new int[devices];
        Arrays.setAll(kindOf, device -> device % types);
        Arrays.setAll(zoneOf, device -> device / types % zones);
        double[][] bandwidth = new double[zones][zones];
        double[][] latency = new double[zones][zones];
        for (int a = 0; a < zones; a++) {
            for (int b = 0; b < zones; b++) {
                bandwidth[a][b] = a == b ? 10 : 1;
                latency[a][b] = a == b ? 0.1 : 1;
            }
        }
        int[] identity = new int[TASK_KINDS];
        Arrays.setAll(identity, task -> task);
        CostTable table = CostTable.perKind(costs, identity, kindOf);
        return new FleetDispatcher(table, Links.zoned(zoneOf, bandwidth, latency), 0);
    }
}
