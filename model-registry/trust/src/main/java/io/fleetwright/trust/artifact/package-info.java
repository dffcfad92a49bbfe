/** Bytes by digest: what a store of them promises, the chunks that artifacts share, and deltas from one to another. */
@NullMarked
package io.fleetwright.trust.artifact;

import org.jspecify.annotations.NullMarked;
