/**
 * The main job from start to finish on this machine: a controller, a fleet, a rollout, inference.
 * Real processes, the public API, and figures marked measured or modelled.
 */
@NullMarked
package io.fleetwright.cli.demo;

import org.jspecify.annotations.NullMarked;
