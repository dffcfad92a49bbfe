/** Drawings of the product's own figures. */
@NullMarked
package io.fleetwright.cli.plot;

import org.jspecify.annotations.NullMarked;
