/** Where energy figures come from on a real board; each says its method and uncertainty, or that it knows nothing. */
@NullMarked
package io.fleetwright.agent.energy;

import org.jspecify.annotations.NullMarked;
