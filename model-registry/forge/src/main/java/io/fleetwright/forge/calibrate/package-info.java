/** What a network sees while it is quantized: calibration inputs, real or made from stored statistics, and the range of
 * every activation by several methods. */
@NullMarked
package io.fleetwright.forge.calibrate;

import org.jspecify.annotations.NullMarked;
