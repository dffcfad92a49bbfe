/** Where to cut a network so that several devices run it together: on chains exactly, on graphs between two devices exactly. */
@NullMarked
package io.fleetwright.scheduler.partition;

import org.jspecify.annotations.NullMarked;
