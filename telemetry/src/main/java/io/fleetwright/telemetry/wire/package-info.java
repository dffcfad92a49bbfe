/** Topics, records and codecs of every {@code fw/v1} message; each has a golden file in docs/protocol. */
@NullMarked
package io.fleetwright.telemetry.wire;

import org.jspecify.annotations.NullMarked;
