/** The agent as one steppable object without threads, clock or I/O of its own, and what it asks of the world. */
@NullMarked
package io.fleetwright.agent.core;

import org.jspecify.annotations.NullMarked;
