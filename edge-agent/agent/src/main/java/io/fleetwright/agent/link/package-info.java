/** The connection to the broker, over Paho. */
@NullMarked
package io.fleetwright.agent.link;

import org.jspecify.annotations.NullMarked;
