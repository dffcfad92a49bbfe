/**
 * Streams of camera and sensor frames on a fleet of boards that may share networks: a discrete-event simulation with batteries, radios
 * and links that fail, policies that place each frame, and their comparison on the same conditions. Times are in milliseconds, energies
 * in millijoules.
 */
@NullMarked
package io.fleetwright.scheduler.scenario;

import org.jspecify.annotations.NullMarked;
