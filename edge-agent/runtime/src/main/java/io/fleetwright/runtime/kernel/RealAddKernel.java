package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/** Addition by the ONNX standard: of the real values, in float32. */
final class RealAddKernel implements Kernel {
    private final float[] leftTable;
    private final float[] rightTable;
    private final RealValues.Quantizer quantizer;
    private final int leftAt;
    private final int rightAt;
    private final int outputAt;
    private final int count;

    /** Two values of run time of one shape, which is all that quantized ONNX models are read to. */
    static boolean takes(Graph graph, Operator.Add add) {
        var left = graph.tensors().get(add.left());
        var right = graph.tensors().get(add.right());
        return !left.isConstant() && !right.isConstant() && left.sameShape(right);
    }

    RealAddKernel(Graph graph, Operator.Add add) {
        var output = graph.tensors().get(add.output());
        this.leftTable = RealValues.table(graph.tensors().get(add.left()));
        this.rightTable = RealValues.table(graph.tensors().get(add.right()));
        this.quantizer = RealValues.Quantizer.of(output, add.activation());
        this.leftAt = graph.plan().offset(add.left());
        this.rightAt = graph.plan().offset(add.right());
        this.outputAt = graph.plan().offset(add.output());
        this.count = output.elements();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int i = 0; i < count; i++) {
            float sum = leftTable[arena[leftAt + i] - Byte.MIN_VALUE] + rightTable[arena[rightAt + i] - Byte.MIN_VALUE];
            arena[outputAt + i] = quantizer.apply(sum);
        }
    }
}
