/** Quantized networks as one file: packed codes, scales, biases, activation ranges, and the recipe that made them.
 * The reader is bounded; what it gives back runs as int8 on the agents' runtime. */
@NullMarked
package io.fleetwright.forge.pack;

import org.jspecify.annotations.NullMarked;
