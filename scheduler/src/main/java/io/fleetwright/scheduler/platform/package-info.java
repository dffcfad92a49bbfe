/**
 * Devices, the links between them, and what each task costs on each device.
 * Units are the caller's; one problem uses one unit of time and one of volume throughout.
 */
@NullMarked
package io.fleetwright.scheduler.platform;

import org.jspecify.annotations.NullMarked;
