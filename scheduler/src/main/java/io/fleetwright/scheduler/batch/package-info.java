/**
 * Jobs that wait at the same moment, planned together on the devices that may take them. A portfolio of rules is tried, and the
 * plan that the objective puts first is taken; it is never behind that of {@code earliest-finish}.
 */
@NullMarked
package io.fleetwright.scheduler.batch;

import org.jspecify.annotations.NullMarked;
