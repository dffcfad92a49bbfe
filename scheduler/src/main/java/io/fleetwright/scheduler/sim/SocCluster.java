package io.fleetwright.scheduler.sim;

import java.util.List;
import java.util.Map;

/**
 * Identical compute units that share one clock and one power figure.
 *
 * @param id position in the platform's file
 * @param type what it is: {@code LTL} and {@code BIG} cores, {@code ACC_n} accelerators, {@code MEM} memory
 * @param deviceIds numbers of its devices; each runs one task at a time
 * @param points operating points by rising frequency; empty when the cluster has no clock of its own
 * @param power measured power, by the highest frequency it holds for
 * @param executionMicros time of each task that it runs, at its highest frequency
 */
public record SocCluster(
        int id,
        String type,
        String name,
        List<Integer> deviceIds,
        List<OperatingPoint> points,
        List<PowerProfile> power,
        Map<String, Double> executionMicros) {
    public SocCluster {
        deviceIds = List.copyOf(deviceIds);
        points = List.copyOf(points);
        power = List.copyOf(power);
        executionMicros = Map.copyOf(executionMicros);
        for (int i = 1; i < points.size(); i++) {
            if (points.get(i).megahertz() <= points.get(i - 1).megahertz()) {
                throw new InvalidWorkloadException(
                        "operating points of cluster '%s' must be by rising frequency".formatted(name));
            }
        }
        for (Map.Entry<String, Double> entry : executionMicros.entrySet()) {
            double micros = entry.getValue();
            if (!(micros >= 0 && micros <= Workload.EXECUTION_MICROS_MAX)) {
                throw new InvalidWorkloadException("time (%s) of task '%s' on cluster '%s' must be 0 to %s us"
                        .formatted(micros, entry.getKey(), name, Workload.EXECUTION_MICROS_MAX));
            }
        }
    }

    /** Whether it computes at all; memories and caches do not. */
    public boolean computes() {
        return !executionMicros.isEmpty();
    }

    /** Whether its power follows from its clock and its busy devices. */
    public boolean powerKnown() {
        return !power.isEmpty() && !points.isEmpty();
    }
}
