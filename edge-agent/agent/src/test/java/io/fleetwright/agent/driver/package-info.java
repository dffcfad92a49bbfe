/** Tests of drivers and of what they say of themselves. */
@NullMarked
package io.fleetwright.agent.driver;

import org.jspecify.annotations.NullMarked;
