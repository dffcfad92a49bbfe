/**
 * Online policies: where tasks go as they become ready, seen over all jobs in the system.
 * The simple ones follow DS3 to the tie, so that its published runs can be replayed.
 */
@NullMarked
package io.fleetwright.scheduler.online;

import org.jspecify.annotations.NullMarked;
