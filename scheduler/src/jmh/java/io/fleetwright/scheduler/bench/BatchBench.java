package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.policy.BatchPlan;
import io.fleetwright.scheduler.policy.BatchWindow;
import io.fleetwright.scheduler.policy.BatchWindow.Order;
import io.fleetwright.scheduler.policy.FleetDispatcher;
import io.fleetwright.scheduler.policy.TaskRequest;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * What gathering tasks is worth: the same arrivals placed one by one and in windows. Response counts from the arrival
 * of a task, so it holds the wait for the window's end.
 */
final class BatchBench {
    private static final int ARRIVALS = 200_000;
    private static final int TYPES = 50;

    private BatchBench() {}

    /**
     * @param perWindow tasks of a window on average; 1 places each at once
     * @param rate arrivals per unit of time and device
     */
    static String run(Order order, int devices, double rate, int perWindow) {
        var random = new SplittableRandom(1);
        FleetDispatcher fleet = StreamBench.fleet(random, devices, TYPES, 1);
        var window = new BatchWindow(fleet, order, BatchWindow.TASKS_MAX);
        double interval = 1 / (rate * devices);
        double[] arrival = new double[ARRIVALS];
        double last = 0;
        for (int i = 0; i < ARRIVALS; i++) {
            // A Poisson stream.
            last -= interval * Math.log(1 - random.nextDouble());
            arrival[i] = last;
        }
        double[] response = new double[ARRIVALS];
        long nanos = 0;
        int next = 0;
        while (next < ARRIVALS) {
            int first = next;
            double end = arrival[first] + (perWindow - 1) * interval;
            while (next < ARRIVALS && arrival[next] <= end) {
                int source = random.nextBoolean() ? random.nextInt(devices) : FleetDispatcher.NONE;
                int task = random.nextInt(StreamBench.TASK_KINDS);
                window.add(task, source, random.nextDouble(100), TaskRequest.NO_DEADLINE);
                next++;
            }
            long before = System.nanoTime();
            BatchPlan plan = window.close(end);
            nanos += System.nanoTime() - before;
            for (int number = 0; number < plan.size(); number++) {
                response[first + number] = plan.finish(number) - arrival[first + number];
            }
        }
        double mean = Arrays.stream(response).average().orElseThrow();
        Arrays.sort(response);
        return String.format(
                Locale.ROOT,
                "{\"order\":\"%s\",\"devices\":%d,\"load\":%.2f,\"perWindow\":%d,\"meanResponse\":%.3f,"
                        + "\"p99Response\":%.3f,\"perSecond\":%.0f}",
                order,
                devices,
                rate,
                perWindow,
                mean,
                response[(int) (ARRIVALS * 0.99)],
                ARRIVALS / (nanos / 1e9));
    }
}
