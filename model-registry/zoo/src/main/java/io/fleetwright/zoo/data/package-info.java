/** What every procedural data set has in common: endless, seeded, labelled sequences.
 * A sample depends on data set, split, seed and index alone: the same bytes on every machine. */
@NullMarked
package io.fleetwright.zoo.data;

import org.jspecify.annotations.NullMarked;
