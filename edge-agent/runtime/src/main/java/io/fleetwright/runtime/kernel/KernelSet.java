package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import java.util.Optional;

/** Makes kernels; all sets give the same bytes. */
public interface KernelSet {
    /** For people, for example {@code scalar} or {@code vector-256}. */
    String name();

    /** Why these are slower than plain Java on this machine and JVM; empty when they are not. */
    default Optional<String> handicap() {
        return Optional.empty();
    }

    /** The same kernels, laid out for so many threads; by default no differently. */
    default KernelSet forThreads(int threads) {
        return this;
    }

    /** The kernel of one operator of {@code graph}. */
    Kernel kernel(Graph graph, Operator operator, Arithmetic arithmetic);

    /** The inner loop of float32 products, for steps that bring their own kernels. */
    default RowProduct rowProduct() {
        return RowProduct.SCALAR;
    }
}
