package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;

/** Energy above leakage of what runs and what a {@link Window} plans: each cluster's power for as many as are busy at a time. */
final class PlanEnergy {
    /** By cluster, operating point and busy devices. Leakage is near enough the same whatever is planned. */
    private final double[][][] watts;

    private final double[][] starts;
    private final double[][] ends;
    private final int[] runs;

    PlanEnergy(SystemState state) {
        Workload workload = state.workload();
        int clusters = workload.clusterCount();
        watts = new double[clusters][][];
        starts = new double[clusters][0];
        ends = new double[clusters][0];
        runs = new int[clusters];
        for (int c = 0; c < clusters; c++) {
            int devices = workload.cluster(c).deviceIds().size();
            watts[c] = new double[Math.max(1, workload.cluster(c).points().size())][devices + 1];
            for (int point = 0; point < watts[c].length; point++) {
                for (int busy = 1; busy <= devices; busy++) {
                    watts[c][point][busy] = state.watts(c, busy, point) - state.watts(c, 0, point);
                }
            }
        }
    }

    int highestPoint(int cluster) {
        return watts[cluster].length - 1;
    }

    /** Power of a busy device when all of its cluster are. */
    double wattsPerDevice(int cluster, int point) {
        double[] row = watts[cluster][point];
        return row[row.length - 1] / (row.length - 1);
    }

    /** Power of everything, busy at its highest clock. */
    double wattsOfAll() {
        double sum = 0;
        for (double[][] cluster : watts) {
            double[] highest = cluster[cluster.length - 1];
            sum += highest[highest.length - 1];
        }
        return sum;
    }

    /** Of the window's present plan, with each cluster at {@code point}. */
    double microjoules(SystemState state, Window window, int[] point) {
        Workload workload = state.workload();
        for (int c = 0; c < runs.length; c++) {
            runs[c] = 0;
            int room = window.size() + workload.cluster(c).deviceIds().size();
            if (starts[c].length < room) {
                starts[c] = new double[2 * room];
                ends[c] = new double[2 * room];
            }
        }
        for (int device = 0; device < workload.deviceCount(); device++) {
            if (state.runningTask(device) != SystemState.NONE) {
                busy(workload.clusterOf(device), state.now(), window.runningUntil(device));
            }
        }
        // In the order of the plan they are nearly sorted.
        for (int i = 0; i < window.size(); i++) {
            int position = window.planned(i);
            int device = window.device(position);
            if (device != SystemState.NONE) {
                busy(workload.clusterOf(device), window.start(position), window.finish(position));
            }
        }
        double sum = 0;
        for (int c = 0; c < runs.length; c++) {
            sum += microjoules(c, watts[c][point[c]]);
        }
        return sum;
    }

    private void busy(int cluster, double start, double end) {
        starts[cluster][runs[cluster]] = start;
        ends[cluster][runs[cluster]++] = end;
    }

    private double microjoules(int c, double[] power) {
        int count = runs[c];
        Arrays.sort(starts[c], 0, count);
        Arrays.sort(ends[c], 0, count);
        double sum = 0;
        double last = 0;
        int begun = 0;
        int done = 0;
        while (done < count) {
            boolean begins = begun < count && starts[c][begun] < ends[c][done];
            double time = begins ? starts[c][begun] : ends[c][done];
            int together = begun - done;
            if (together > 0) {
                sum += power[Math.min(together, power.length - 1)] * (time - last);
            }
            last = time;
            if (begins) {
                begun++;
            } else {
                done++;
            }
        }
        return sum;
    }
}
