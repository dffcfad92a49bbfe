/**
 * Numbers of the integer runtime: fixed-point multipliers and the ways of rounding that named reference kernels use.
 * Knows nothing of graphs.
 */
@NullMarked
package io.fleetwright.runtime.arithmetic;

import org.jspecify.annotations.NullMarked;
