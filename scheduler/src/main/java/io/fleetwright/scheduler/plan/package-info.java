/**
 * A scheduling problem, a schedule that answers it, and the one checker of whether it really does.
 * Every algorithm builds its answer through PartialSchedule, so none does its own arithmetic of time.
 */
@NullMarked
package io.fleetwright.scheduler.plan;

import org.jspecify.annotations.NullMarked;
