/**
 * Discrete-event simulation of a stream of jobs on a platform: applications, arrivals, power, the event loop, its
 * results and the checker of what it simulated. Times are in microseconds.
 */
@NullMarked
package io.fleetwright.scheduler.sim;

import org.jspecify.annotations.NullMarked;
