/** Load on a real controller: invariants in every test run, figures when run as a benchmark. */
@NullMarked
package io.fleetwright.tests.load;

import org.jspecify.annotations.NullMarked;
