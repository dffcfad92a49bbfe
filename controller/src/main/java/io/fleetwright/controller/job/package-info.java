/** Jobs: admission, placement by the scheduler, attempts with epochs, and exactly one terminal state. */
@NullMarked
package io.fleetwright.controller.job;

import org.jspecify.annotations.NullMarked;
