/**
 * Optimal schedules by a constraint solver, for problems too large for the scheduler's own search. Optional: native code
 * that neither the controller nor the agent carries.
 */
@NullMarked
package io.fleetwright.scheduler.cpsat;

import org.jspecify.annotations.NullMarked;
