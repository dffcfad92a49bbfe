/** Smoke and flame against landscapes, as a small camera in the air sees them. */
@NullMarked
package io.fleetwright.zoo.wildfire;

import org.jspecify.annotations.NullMarked;
