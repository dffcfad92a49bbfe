/** Makes the slots run what the signed list says, atomically, and falls back to what ran before. */
@NullMarked
package io.fleetwright.agent.update;

import org.jspecify.annotations.NullMarked;
