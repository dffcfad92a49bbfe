package io.fleetwright.scheduler.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects what happens in a simulation. */
final class Outcome {
    private final boolean record;
    private final @Nullable Tenants tenants;
    private final int[] completedOf;
    private final int[] refusedOf;
    private final double[] latencySumOf;
    private final Map<Admission.Answer, Integer> refusals = new EnumMap<>(Admission.Answer.class);
    private final List<ScheduleEntry> entries = new ArrayList<>();
    private double[] latency = new double[64];
    private int completed;
    private int missed;
    private int abandoned;
    private long taskRuns;
    private int[] decisionNanos = new int[64];
    private int decisions;

    Outcome(Workload workload, SimulationOptions options) {
        record = options.recordSchedule;
        tenants = options.tenants;
        completedOf = new int[workload.applicationCount()];
        refusedOf = new int[workload.applicationCount()];
        latencySumOf = new double[workload.applicationCount()];
    }

    void complete(int app, double arrival, double now, double deadline) {
        if (completed == latency.length) {
            latency = Arrays.copyOf(latency, 2 * completed);
        }
        latency[completed++] = now - arrival;
        completedOf[app]++;
        latencySumOf[app] += now - arrival;
        if (now > deadline) {
            missed++;
        }
    }

    void refuse(int app, Admission.Answer why) {
        refusedOf[app]++;
        refusals.merge(why, 1, Integer::sum);
    }

    void abandon() {
        abandoned++;
        missed++;
    }

    void decided(long nanos) {
        if (decisions == decisionNanos.length) {
            decisionNanos = Arrays.copyOf(decisionNanos, 2 * decisions);
        }
        decisionNanos[decisions++] = (int) Math.min(Integer.MAX_VALUE, nanos);
    }

    /** The run of {@code task} ends now; {@code whole} says whether it was done. */
    void ran(SystemState state, int task, boolean whole) {
        taskRuns++;
        if (record) {
            int slot = state.slotOf(task);
            entries.add(new ScheduleEntry(
                    state.slotJob[slot],
                    state.slotApp[slot],
                    state.node(task),
                    state.taskDevice[task],
                    state.start[task],
                    state.now,
                    state.runSlowdown[task],
                    whole));
        }
    }

    SimulationResult result(SystemState state, int unfinished) {
        int[] nanos = Arrays.copyOf(decisionNanos, decisions);
        Arrays.sort(nanos);
        double[] sorted = Arrays.copyOf(latency, completed);
        Arrays.sort(sorted);
        return new SimulationResult(
                completed,
                abandoned,
                unfinished,
                Arrays.stream(refusedOf).sum(),
                missed,
                sorted,
                state.meter.joules(),
                state.now,
                taskRuns,
                nanos.length == 0 ? 0 : nanos[(int) (0.99 * (nanos.length - 1))] / 1000.0,
                refusals,
                tenants == null ? List.of() : tenantResults(tenants, state.served),
                entries);
    }

    private List<TenantResult> tenantResults(Tenants tenants, double[] served) {
        double all = Arrays.stream(served).sum();
        List<TenantResult> results = new ArrayList<>();
        for (int position = 0; position < tenants.count(); position++) {
            int done = 0;
            int refused = 0;
            double device = 0;
            double sum = 0;
            for (int app = 0; app < served.length; app++) {
                if (tenants.ofApplication(app) == position) {
                    done += completedOf[app];
                    refused += refusedOf[app];
                    device += served[app];
                    sum += latencySumOf[app];
                }
            }
            results.add(new TenantResult(
                    tenants.tenant(position), done, refused, device, all == 0 ? 0 : device / all, sum / done));
        }
        return results;
    }
}
