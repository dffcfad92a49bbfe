package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/** Reshape: the same bytes, in another place unless the plan gives both the same. */
final class CopyKernel implements Kernel {
    private final int inputAt;
    private final int outputAt;
    private final int count;

    CopyKernel(Graph graph, Operator.Reshape reshape) {
        this.inputAt = graph.plan().offset(reshape.input());
        this.outputAt = graph.plan().offset(reshape.output());
        this.count = graph.tensors().get(reshape.output()).bytes();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        if (inputAt != outputAt) {
            System.arraycopy(arena, inputAt, arena, outputAt, count);
        }
    }
}
