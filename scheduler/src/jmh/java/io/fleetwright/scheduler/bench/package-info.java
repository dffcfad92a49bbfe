/** What the scheduler takes and how good its answers are; see docs/benchmarks.md. */
@NullMarked
package io.fleetwright.scheduler.bench;

import org.jspecify.annotations.NullMarked;
