/** Gates of a rollout: sequential tests over what devices observed of the new version, and stops that need no statistics. */
@NullMarked
package io.fleetwright.controller.gate;

import org.jspecify.annotations.NullMarked;
