/** Signed desired lists and their verifier; the same code runs in the controller and in the agent. JDK only. */
@NullMarked
package io.fleetwright.trust;

import org.jspecify.annotations.NullMarked;
