package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/** The contract of every {@link Operator.OnArrays}: its kernel is its own, the same in every {@link KernelSet}. */
public interface BringsKernel extends Operator.OnArrays {
    /** This step, ready to run in {@code graph}. */
    Kernel kernel(Graph graph);
}
