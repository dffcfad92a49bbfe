/** Tests of sensors. */
@NullMarked
package io.fleetwright.agent.sensor;

import org.jspecify.annotations.NullMarked;
