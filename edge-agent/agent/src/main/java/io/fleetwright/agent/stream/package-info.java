/** Streams that this node is the source or the helper of: frames at a period, each answered once, alone or with another node. */
@NullMarked
package io.fleetwright.agent.stream;

import org.jspecify.annotations.NullMarked;
