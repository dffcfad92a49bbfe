/**
 * The algorithms once more, from the papers' formulas, in the slowest and plainest way: plain tables, nothing kept from one
 * step to the next. They share no arithmetic, no data structure and no order of work with what they are compared to.
 */
@NullMarked
package io.fleetwright.scheduler.reference;

import org.jspecify.annotations.NullMarked;
