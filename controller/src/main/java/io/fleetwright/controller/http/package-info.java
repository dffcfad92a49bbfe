/** REST for people and CI, the Open Inference Protocol, change events, and the console. */
@NullMarked
package io.fleetwright.controller.http;

import org.jspecify.annotations.NullMarked;
