/**
 * Child processes: where the parts of an installation are, how they are started, watched and ended.
 * A child ends with its parent.
 */
@NullMarked
package io.fleetwright.cli.process;

import org.jspecify.annotations.NullMarked;
