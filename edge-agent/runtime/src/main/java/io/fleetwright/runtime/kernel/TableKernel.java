package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/** A function of each value by itself: {@code out[i] = table[in[i]]}. */
final class TableKernel implements Kernel {
    /** Elements that are worth a thread. */
    private static final int PART = 1 << 14;

    private final byte[] table;
    private final int inputAt;
    private final int outputAt;
    private final int count;

    TableKernel(Graph graph, Operator.Elementwise operator, Arithmetic arithmetic) {
        var input = graph.tensors().get(operator.input());
        var output = graph.tensors().get(operator.output());
        this.table = Int8Table.of(operator.function(), input, output, arithmetic.rounding());
        this.inputAt = graph.plan().offset(operator.input());
        this.outputAt = graph.plan().offset(operator.output());
        this.count = output.elements();
    }

    /** Stretches of elements. */
    @Override
    public int parts() {
        return Math.ceilDiv(count, PART);
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        int end = (int) Math.min(count, (long) to * PART);
        for (int i = from * PART; i < end; i++) {
            arena[outputAt + i] = table[arena[inputAt + i] - Byte.MIN_VALUE];
        }
    }
}
