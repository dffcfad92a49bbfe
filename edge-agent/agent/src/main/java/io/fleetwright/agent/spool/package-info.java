/**
 * What must reach the controller: kept on disk until a committed acknowledgement names it, bounded, sent again; and the way of outputs
 * that are too large for that.
 */
@NullMarked
package io.fleetwright.agent.spool;

import org.jspecify.annotations.NullMarked;
