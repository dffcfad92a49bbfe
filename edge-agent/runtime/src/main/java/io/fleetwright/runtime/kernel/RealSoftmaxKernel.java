package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/** Softmax by the ONNX standard: of the real values, in double, rounded to float32 once and quantized. */
final class RealSoftmaxKernel implements Kernel {
    private final float[] table;
    private final float beta;
    private final RealValues.Quantizer quantizer;
    private final int rows;
    private final int depth;
    private final int inputAt;
    private final int outputAt;

    RealSoftmaxKernel(Graph graph, Operator.Softmax softmax) {
        var input = graph.tensors().get(softmax.input());
        this.table = RealValues.table(input);
        this.beta = softmax.beta();
        this.quantizer = RealValues.Quantizer.of(graph.tensors().get(softmax.output()), Activation.NONE);
        this.depth = input.dimension(input.rank() - 1);
        this.rows = input.elements() / depth;
        this.inputAt = graph.plan().offset(softmax.input());
        this.outputAt = graph.plan().offset(softmax.output());
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int row = 0; row < rows; row++) {
            int first = inputAt + row * depth;
            int max = Byte.MIN_VALUE;
            for (int i = 0; i < depth; i++) {
                max = Math.max(max, arena[first + i]);
            }
            double sum = 0;
            for (int i = 0; i < depth; i++) {
                sum += exponential(arena[first + i], max);
            }
            for (int i = 0; i < depth; i++) {
                arena[outputAt + row * depth + i] = quantizer.apply((float) (exponential(arena[first + i], max) / sum));
            }
        }
    }

    private double exponential(int value, int max) {
        return StrictMath.exp(beta * ((double) table[value - Byte.MIN_VALUE] - table[max - Byte.MIN_VALUE]));
    }
}
