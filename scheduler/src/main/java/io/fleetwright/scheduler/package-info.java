/**
 * Where the scheduler's algorithms are found by name.
 * Nothing below this package reads a clock, a store or a network.
 */
@NullMarked
package io.fleetwright.scheduler;

import org.jspecify.annotations.NullMarked;
