package io.fleetwright.scheduler.plan;

/** Schedules a whole graph at once. Pure: the same problem gives the same schedule. */
@FunctionalInterface
public interface StaticScheduler {
    /**
     * A complete, valid schedule.
     *
     * @throws UnschedulableException when this algorithm finds none, because links are missing between the devices that
     *     could do the work, or because it keeps to one device and none runs everything
     */
    Schedule schedule(Problem problem) throws UnschedulableException;
}
