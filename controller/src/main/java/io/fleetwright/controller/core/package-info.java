/** What every use case of the core shares: settings, effects that follow a commit, and the one lock that owns the rows. */
@NullMarked
package io.fleetwright.controller.core;

import org.jspecify.annotations.NullMarked;
