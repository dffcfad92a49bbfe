/**
 * Online placement: where newly ready work goes, given what is known about the devices now.
 * Every answer says why: the chosen device, the others in order, and what each of them lost by.
 */
@NullMarked
package io.fleetwright.scheduler.policy;

import org.jspecify.annotations.NullMarked;
