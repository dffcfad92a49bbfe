/** Which variant a device gets: admission, hard limits, Pareto set, tie rules, and a reason for every variant. Pure. */
@NullMarked
package io.fleetwright.forge.select;

import org.jspecify.annotations.NullMarked;
