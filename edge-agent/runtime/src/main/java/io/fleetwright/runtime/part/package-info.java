/** Parts of a network as files of their own, for boards that cannot hold all of it. */
@NullMarked
package io.fleetwright.runtime.part;

import org.jspecify.annotations.NullMarked;
