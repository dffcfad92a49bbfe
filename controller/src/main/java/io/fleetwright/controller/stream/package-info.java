/** Streams: frames at a period with an objective, which nodes run by themselves under plans that are made here. */
@NullMarked
package io.fleetwright.controller.stream;

import org.jspecify.annotations.NullMarked;
