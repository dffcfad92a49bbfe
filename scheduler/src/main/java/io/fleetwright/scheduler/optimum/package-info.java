/**
 * How good a schedule can be: lower bounds, and searches that prove an optimum on small problems.
 * Searches are bounded by a number of steps, never by a clock.
 */
@NullMarked
package io.fleetwright.scheduler.optimum;

import org.jspecify.annotations.NullMarked;
