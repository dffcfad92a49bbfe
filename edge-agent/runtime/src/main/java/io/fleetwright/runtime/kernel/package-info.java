/**
 * Kernels that read like their formulas, in scalar Java: the reference of every other kernel set. A
 * {@link io.fleetwright.runtime.kernel.KernelSet} makes one kernel per operator of a graph.
 */
@NullMarked
package io.fleetwright.runtime.kernel;

import org.jspecify.annotations.NullMarked;
