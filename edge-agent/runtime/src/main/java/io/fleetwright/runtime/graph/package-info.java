/**
 * The one intermediate form of all model formats: typed tensors, operators in execution order, checked when made, with
 * a plan of where each value lives. Readers make graphs; kernels run them.
 */
@NullMarked
package io.fleetwright.runtime.graph;

import org.jspecify.annotations.NullMarked;
