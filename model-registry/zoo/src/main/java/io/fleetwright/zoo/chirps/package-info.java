/** Short sounds as spectrograms: whistles told apart by how their pitch moves. */
@NullMarked
package io.fleetwright.zoo.chirps;

import org.jspecify.annotations.NullMarked;
