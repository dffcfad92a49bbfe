/** Tests of the energy meters over a made-up /sys. */
@NullMarked
package io.fleetwright.agent.energy;

import org.jspecify.annotations.NullMarked;
