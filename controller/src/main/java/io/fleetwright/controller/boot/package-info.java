/** Start and stop: data folder, keys, database choice, ports, and the loop that drives the core. */
@NullMarked
package io.fleetwright.controller.boot;

import org.jspecify.annotations.NullMarked;
