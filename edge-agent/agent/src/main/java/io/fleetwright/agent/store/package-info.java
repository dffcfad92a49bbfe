/** Durable storage as the agent sees it: whole files, replaced atomically, and its version on a real folder. */
@NullMarked
package io.fleetwright.agent.store;

import org.jspecify.annotations.NullMarked;
