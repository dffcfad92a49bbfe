/** What applications on the board use: an inference endpoint on the loopback address, and a source of seeded load. */
@NullMarked
package io.fleetwright.agent.local;

import org.jspecify.annotations.NullMarked;
