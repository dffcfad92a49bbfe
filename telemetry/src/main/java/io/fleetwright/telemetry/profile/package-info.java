/** Published figures of device classes, with their citations, and what they say of a network that nobody measured there. */
@NullMarked
package io.fleetwright.telemetry.profile;

import org.jspecify.annotations.NullMarked;
