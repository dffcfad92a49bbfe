/**
 * Task graphs: what must run, in which order, and how much data flows along each edge.
 * Immutable, checked once when built, compact enough for hundreds of thousands of tasks.
 */
@NullMarked
package io.fleetwright.scheduler.graph;

import org.jspecify.annotations.NullMarked;
