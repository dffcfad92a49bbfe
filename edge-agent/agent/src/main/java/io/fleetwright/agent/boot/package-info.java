/** The process: options, one thread and one identity per hosted node, start and clean end. */
@NullMarked
package io.fleetwright.agent.boot;

import org.jspecify.annotations.NullMarked;
