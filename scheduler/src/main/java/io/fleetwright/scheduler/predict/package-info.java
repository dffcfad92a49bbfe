/** How long a network will take on a device, by what others took and by a few probes; pure. */
@NullMarked
package io.fleetwright.scheduler.predict;

import org.jspecify.annotations.NullMarked;
