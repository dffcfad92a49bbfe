package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/** The contract of every {@link Operator.OnArrays}: its kernel is its own, with the same bytes in every {@link KernelSet}. */
public interface BringsKernel extends Operator.OnArrays {
    /** This step, ready to run in {@code graph}. */
    Kernel kernel(Graph graph);

    /** {@link #kernel(Graph)} with another inner loop of float32 products, where there are some; the bytes are the same. */
    default Kernel kernel(Graph graph, RowProduct rows) {
        return kernel(graph);
    }
}
