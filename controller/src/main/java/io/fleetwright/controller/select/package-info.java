/** Which variant each device of a fleet gets, by what the registry measured and what the devices reported. */
@NullMarked
package io.fleetwright.controller.select;

import org.jspecify.annotations.NullMarked;
