/**
 * Trains the network of the learned online policy, on made-up platforms and jobs, and compares policies on the same arrivals.
 */
@NullMarked
package io.fleetwright.scheduler.train;

import org.jspecify.annotations.NullMarked;
