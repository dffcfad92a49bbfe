/** Weights of a layer as small integers: the formats, how real weights are rounded to them, and their bytes on disk.
 * Whatever the format, a weight is an int8 value times the scale of its output channel, so one kernel runs them all. */
@NullMarked
package io.fleetwright.forge.weights;

import org.jspecify.annotations.NullMarked;
