/** Seeded histories of a whole fleet in one thread; the same seed is the same history. */
@NullMarked
package io.fleetwright.tests.simulation;

import org.jspecify.annotations.NullMarked;
