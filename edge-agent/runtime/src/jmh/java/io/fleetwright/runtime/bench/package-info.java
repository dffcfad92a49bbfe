/**
 * Benchmarks of the integer runtime, and native engines to compare with in the same run. Built by the Maven profile
 * {@code bench} alone.
 */
@NullMarked
package io.fleetwright.runtime.bench;

import org.jspecify.annotations.NullMarked;
