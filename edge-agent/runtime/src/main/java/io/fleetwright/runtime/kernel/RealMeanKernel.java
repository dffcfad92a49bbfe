package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/** Mean over whole dimensions by the ONNX standard: of the real values, in double, rounded to float32 once and quantized. */
final class RealMeanKernel implements Kernel {
    private final MeanLoops loops;
    private final float[] table;
    private final RealValues.Quantizer quantizer;
    private final int inputAt;
    private final int outputAt;

    RealMeanKernel(Graph graph, Operator.Mean mean) {
        var input = graph.tensors().get(mean.input());
        this.loops = new MeanLoops(input, mean.axes());
        this.table = RealValues.table(input);
        this.quantizer = RealValues.Quantizer.of(graph.tensors().get(mean.output()), Activation.NONE);
        this.inputAt = graph.plan().offset(mean.input());
        this.outputAt = graph.plan().offset(mean.output());
    }

    /** Runs of the output. */
    @Override
    public int parts() {
        return loops.outerCount();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int part = from; part < to; part++) {
            int first = inputAt + loops.outer(part);
            for (int k = 0; k < loops.run(); k++) {
                double sum = 0;
                for (int i = 0; i < loops.meanCount(); i++) {
                    sum += table[arena[first + loops.inner(i) + k] - Byte.MIN_VALUE];
                }
                arena[outputAt + part * loops.run() + k] = quantizer.apply((float) (sum / loops.meanCount()));
            }
        }
    }
}
