package io.fleetwright.scheduler.sim;

import java.util.List;
import java.util.Map;

/**
 * What a simulation came to.
 *
 * @param completed jobs done
 * @param abandoned jobs given up: an enforced deadline passed, or they were cut off too often
 * @param unfinished jobs still in the system, or waiting outside, at the end
 * @param refused jobs that were not admitted; they count nowhere else
 * @param missed jobs that were late or given up
 * @param latencies of completed jobs from arrival to end, rising
 * @param joules energy of the platform; not a number when its power is unknown
 * @param endMicros time of the last event
 * @param taskRuns runs of tasks, cut-off ones included
 * @param decisionMicrosP99 99th percentile of the measured time of a decision, all tasks ready at one instant
 * @param refusals refused jobs by the reason
 * @param tenants what each tenant got, if the options name tenants
 * @param schedule every run in order of its end, if it was to be recorded
 */
public record SimulationResult(
        int completed,
        int abandoned,
        int unfinished,
        int refused,
        int missed,
        double[] latencies,
        double joules,
        double endMicros,
        long taskRuns,
        double decisionMicrosP99,
        Map<Admission.Answer, Integer> refusals,
        List<TenantResult> tenants,
        List<ScheduleEntry> schedule) {
    public SimulationResult {
        latencies = latencies.clone();
        refusals = Map.copyOf(refusals);
        tenants = List.copyOf(tenants);
        schedule = List.copyOf(schedule);
    }

    /** Mean latency in microseconds; not a number without a completed job. */
    public double meanMicros() {
        double sum = 0;
        for (double latency : latencies) {
            sum += latency;
        }
        return sum / latencies.length;
    }

    public double maxMicros() {
        return latencies.length == 0 ? Double.NaN : latencies[latencies.length - 1];
    }

    /**
     * The lowest latency that more than the given part of the jobs keeps within.
     *
     * @param part 0 to 1
     */
    public double quantileMicros(double part) {
        int position = (int) (part * latencies.length);
        return latencies.length == 0 ? Double.NaN : latencies[Math.min(position, latencies.length - 1)];
    }

    /** Jobs that were done and kept their deadline. */
    public int onTime() {
        return completed + abandoned - missed;
    }

    /** Part of all decided jobs that was late or given up. */
    public double missRate() {
        int decided = completed + abandoned;
        return decided == 0 ? 0 : (double) missed / decided;
    }
}
