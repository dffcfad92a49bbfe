package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;

/** One algorithm, restated. */
@FunctionalInterface
interface Reference {
    /** The schedule, by task. */
    Schedule schedule(RawProblem problem) throws UnschedulableException;
}
