package io.fleetwright.scheduler.sim;

/** Places tasks as they become ready. One instance serves one simulation, since it may keep estimates of its own. */
public interface OnlinePolicy {
    /**
     * Places ready tasks with {@link SystemState#place}; those it leaves are offered again at the next event. Called
     * when there is a ready task.
     */
    void decide(SystemState state);
}
