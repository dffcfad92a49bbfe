/** Rollouts: frozen waves of targets, moved on by a pure decision over what devices report. */
@NullMarked
package io.fleetwright.controller.rollout;

import org.jspecify.annotations.NullMarked;
