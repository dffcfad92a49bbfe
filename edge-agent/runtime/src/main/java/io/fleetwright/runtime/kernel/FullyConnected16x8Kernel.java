package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Sums;

/** {@link FullyConnectedKernel} for int16 activations and int8 weights. */
final class FullyConnected16x8Kernel implements Kernel {
    private final DenseRows16x8 product;
    private final int rows;
    private final int inputAt;
    private final int outputAt;

    FullyConnected16x8Kernel(Graph graph, Operator.FullyConnected layer, Rounding rounding) {
        var input = graph.tensors().get(layer.input());
        var weights = graph.tensors().get(layer.weights());
        var output = graph.tensors().get(layer.output());
        int units = weights.dimension(0);
        this.product = new DenseRows16x8(
                weights,
                DenseRows16x8.bias(graph, layer.bias(), units),
                new Requantizer16(
                        Sums.ofFullyConnected(graph.tensors(), layer.bias()),
                        rounding,
                        Factors.fullyConnected(input, weights, output),
                        units,
                        output,
                        layer.activation()));
        this.rows = input.elements() / product.depth();
        this.inputAt = graph.plan().offset(layer.input());
        this.outputAt = graph.plan().offset(layer.output());
    }

    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofInts(product.depth());
    }

    @Override
    public int parts() {
        return rows;
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int row = from; row < to; row++) {
            Shorts.read(arena, inputAt + Short.BYTES * row * product.depth(), workspace.ints, 0, product.depth());
            product.apply(workspace.ints, arena, outputAt + Short.BYTES * row * product.units());
        }
    }
}
