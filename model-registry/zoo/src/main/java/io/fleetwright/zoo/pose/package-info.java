/** A head that moves before the camera of a nano-drone: independent samples, and streams along smooth paths. */
@NullMarked
package io.fleetwright.zoo.pose;

import org.jspecify.annotations.NullMarked;
