/** Labelled evaluation sets, their bounded binary form, and accuracy measured on the integer runtime.
 * Every accuracy carries the number of samples and a 95 % interval. */
@NullMarked
package io.fleetwright.forge.evaluate;

import org.jspecify.annotations.NullMarked;
