/** Tests of what the agent keeps on disk of its slots. */
@NullMarked
package io.fleetwright.agent.update;

import org.jspecify.annotations.NullMarked;
