/** Code that runs work on a device: the integer runtime, measured, and the same bytes with modelled figures. */
@NullMarked
package io.fleetwright.agent.driver;

import org.jspecify.annotations.NullMarked;
