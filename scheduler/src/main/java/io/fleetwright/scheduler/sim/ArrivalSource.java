package io.fleetwright.scheduler.sim;

/** Where jobs come from. One instance serves one simulation. */
public interface ArrivalSource {
    /** No further job. */
    double NEVER = Double.POSITIVE_INFINITY;

    /** Not now. */
    int NO_JOB = -1;

    /** When {@link #take} is next called, at least the time of the last call; {@link #NEVER} at the end. */
    double nextMicros();

    /**
     * A job that arrives now, and moves {@link #nextMicros} on.
     *
     * @param live jobs in the system
     * @return its application, or {@link #NO_JOB}
     */
    int take(int live);
}
