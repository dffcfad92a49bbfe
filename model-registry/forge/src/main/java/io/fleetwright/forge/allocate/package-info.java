/** Bits per layer: which layers of a network are worth eight bits when size, work, time or energy has a budget.
 * Exact, with the greedy answer beside it as the baseline. */
@NullMarked
package io.fleetwright.forge.allocate;

import org.jspecify.annotations.NullMarked;
