/** The contract of block devices, kept by the real one and by the one that crashes on demand. */
@NullMarked
package io.fleetwright.agent.store;

import org.jspecify.annotations.NullMarked;
