/** Rules that all modules keep, checked over their compiled classes. */
@NullMarked
package io.fleetwright.conformance;

import org.jspecify.annotations.NullMarked;
