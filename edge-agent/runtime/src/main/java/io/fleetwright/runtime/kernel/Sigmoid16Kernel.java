package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.SigmoidTable;
import io.fleetwright.runtime.arithmetic.SigmoidTable.Argument;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Int8Function;
import io.fleetwright.runtime.graph.Operator;

/** LOGISTIC and TANH of int16 values, by {@link SigmoidTable}. */
final class Sigmoid16Kernel implements Kernel {
    private final boolean logistic;
    private final Argument scaling;
    private final int inputAt;
    private final int outputAt;
    private final int count;

    Sigmoid16Kernel(Graph graph, Operator.Elementwise operator) {
        var input = graph.tensors().get(operator.input());
        this.logistic = operator.function() instanceof Int8Function.Logistic;
        this.scaling = logistic ? Argument.ofLogistic(input.scale(0)) : Argument.ofTanh(input.scale(0));
        this.inputAt = graph.plan().offset(operator.input());
        this.outputAt = graph.plan().offset(operator.output());
        this.count = input.elements();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int i = 0; i < count; i++) {
            int value = Shorts.get(arena, inputAt, i);
            Shorts.set(
                    arena,
                    outputAt,
                    i,
                    logistic ? SigmoidTable.logistic(scaling, value) : SigmoidTable.tanh(scaling, value));
        }
    }
}
