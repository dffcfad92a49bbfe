/**
 * Looks for problems on which one scheduler does much worse than another: averages over random problems hide those.
 */
@NullMarked
package io.fleetwright.scheduler.search;

import org.jspecify.annotations.NullMarked;
