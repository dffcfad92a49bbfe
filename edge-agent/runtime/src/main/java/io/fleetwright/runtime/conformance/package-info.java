/** Runs the published tests of a format's standard against this runtime. */
@NullMarked
package io.fleetwright.runtime.conformance;

import org.jspecify.annotations.NullMarked;
