package io.fleetwright.scheduler.sim;

/** The jobs of a trace, each at its time. */
public final class TraceArrivals implements ArrivalSource {
    private final double[] micros;
    private final int[] applications;
    private int next;

    /** @throws InvalidWorkloadException if the trace names an application that the workload does not have */
    public TraceArrivals(ArrivalTrace trace, Workload workload) {
        int jobs = trace.arrivals().size();
        micros = new double[jobs];
        applications = new int[jobs];
        for (int job = 0; job < jobs; job++) {
            ArrivalTrace.Arrival arrival = trace.arrivals().get(job);
            micros[job] = arrival.micros();
            try {
                applications[job] = workload.applicationNamed(arrival.application());
            } catch (InvalidWorkloadException unknown) {
                throw new InvalidWorkloadException("job %d: %s".formatted(job, unknown.getMessage()));
            }
        }
    }

    @Override
    public double nextMicros() {
        return next < micros.length ? micros[next] : NEVER;
    }

    @Override
    public int take(int live) {
        return applications[next++];
    }
}
