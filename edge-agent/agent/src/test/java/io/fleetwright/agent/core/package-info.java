/** Tests of the agent's core with a fake world around it: link, updates, work, telemetry. */
@NullMarked
package io.fleetwright.agent.core;

import org.jspecify.annotations.NullMarked;
