/** Tests of the command line. */
@NullMarked
package io.fleetwright.agent.boot;

import org.jspecify.annotations.NullMarked;
