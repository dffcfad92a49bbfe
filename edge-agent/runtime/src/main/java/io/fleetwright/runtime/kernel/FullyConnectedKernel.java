package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/** Fully connected layer: every row of the input times every unit's weights, see {@link DenseRows}. */
final class FullyConnectedKernel implements Kernel {
    private final DenseRows product;
    private final int rows;
    private final int inputAt;
    private final int outputAt;

    FullyConnectedKernel(Graph graph, Operator.FullyConnected layer, Arithmetic arithmetic) {
        var input = graph.tensors().get(layer.input());
        var weights = graph.tensors().get(layer.weights());
        var output = graph.tensors().get(layer.output());
        int units = weights.dimension(0);
        int depth = weights.dimension(1);
        double[] factors = Factors.fullyConnected(input, weights, output);
        this.product = new DenseRows(
                units,
                depth,
                weights.constantBytes(),
                DenseRows.bias(graph, layer.bias()),
                input.zeroPoint(0),
                new Requantizer(arithmetic, factors, units, output, layer.activation()));
        this.rows = input.elements() / depth;
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
        int depth = product.depth();
        int[] values = workspace.ints;
        for (int row = from; row < to; row++) {
            int first = inputAt + row * depth;
            for (int k = 0; k < depth; k++) {
                values[k] = arena[first + k];
            }
            product.apply(values, arena, outputAt + row * product.units());
        }
    }
}
