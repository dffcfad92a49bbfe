/**
 * Readers of workload files; bytes from outside are bounded before anything is built from them.
 * They throw only MalformedWorkloadException, which names the offset.
 */
@NullMarked
package io.fleetwright.scheduler.format;

import org.jspecify.annotations.NullMarked;
