/**
 * Steps between networks: resize, normalise, window, argmax, non-maximum suppression, threshold, vote. Whole numbers only; every
 * rounding is stated. Knows nothing of graphs and networks.
 */
@NullMarked
package io.fleetwright.runtime.transform;

import org.jspecify.annotations.NullMarked;
