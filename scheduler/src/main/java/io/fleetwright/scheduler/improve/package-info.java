/**
 * Better schedules for more work: the best of many schedulers, and annealing from there.
 * Pure functions of the problem, a seed and a budget.
 */
@NullMarked
package io.fleetwright.scheduler.improve;

import org.jspecify.annotations.NullMarked;
