package io.fleetwright.runtime;

/** Fully connected layer: every row of the input times every unit's weights, see {@link DenseRows}. */
final class FullyConnectedKernel implements Kernel {
    private final DenseRows product;
    private final int rows;
    private final int inputAt;
    private final int outputAt;

    FullyConnectedKernel(Graph graph, Operator.FullyConnected layer, Rounding rounding) {
        var input = graph.tensors().get(layer.input());
        var weights = graph.tensors().get(layer.weights());
        var output = graph.tensors().get(layer.output());
        int units = weights.dimension(0);
        int depth = weights.dimension(1);
        double[] factors = {QuantizedMultiplier.fullyConnected(input, weights, output)};
        this.product = new DenseRows(
                units,
                depth,
                weights.constantBytes(),
                DenseRows.bias(graph, layer.bias()),
                input.zeroPoint(0),
                new Requantizer(rounding, factors, units, output, layer.activation()));
        this.rows = input.elements() / depth;
        this.inputAt = graph.plan().offset(layer.input());
        this.outputAt = graph.plan().offset(layer.output());
    }

    @Override
    public int scratchInts() {
        return product.depth();
    }

    @Override
    public void run(byte[] arena, int[] scratch) {
        int depth = product.depth();
        for (int row = 0; row < rows; row++) {
            int from = inputAt + row * depth;
            for (int k = 0; k < depth; k++) {
                scratch[k] = arena[from + k];
            }
            product.apply(scratch, arena, outputAt + row * product.units());
        }
    }
}
