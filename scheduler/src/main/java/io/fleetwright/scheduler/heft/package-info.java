/**
 * Static list schedulers: HEFT and its relatives, and the simple ones they are measured against.
 * Each is a pure function of the problem and, for the random one, of its seed.
 */
@NullMarked
package io.fleetwright.scheduler.heft;

import org.jspecify.annotations.NullMarked;
