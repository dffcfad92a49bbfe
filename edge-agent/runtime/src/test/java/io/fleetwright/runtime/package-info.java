/** Tests of the integer runtime: golden vectors, formulas restated naively, mutated files. */
@NullMarked
package io.fleetwright.runtime;

import org.jspecify.annotations.NullMarked;
