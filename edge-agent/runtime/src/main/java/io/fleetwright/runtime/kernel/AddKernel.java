package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;

/**
 * Element-wise addition of two int8 tensors of different scales.
 *
 * <p>Both are brought to the common scale {@code 2 * max(scales)} with 20 spare bits, added, and scaled to the output.
 * Each side depends on one byte, so its first step is a table of 256 values.
 */
public final class AddKernel implements Kernel {
    private static final int SPARE_BITS = 20;

    private final int[] leftTable;
    private final int[] rightTable;
    private final Requantizer requantizer;
    private final int leftAt;
    private final int rightAt;
    private final int outputAt;
    private final int count;

    AddKernel(Graph graph, Operator.Add add, Arithmetic arithmetic) {
        var left = graph.tensors().get(add.left());
        var right = graph.tensors().get(add.right());
        var output = graph.tensors().get(add.output());
        double common = Factors.addCommon(left, right);
        this.leftTable = table(left, common, arithmetic.rounding());
        this.rightTable = table(right, common, arithmetic.rounding());
        double[] factors = {Factors.addOutput(left, right, output)};
        this.requantizer = new Requantizer(arithmetic, factors, 1, output, add.activation());
        this.leftAt = graph.plan().offset(add.left());
        this.rightAt = graph.plan().offset(add.right());
        this.outputAt = graph.plan().offset(add.output());
        this.count = output.elements();
    }

    /** Value of each byte from -128 on, at the common scale with 20 spare bits. */
    public static int[] table(Tensor input, double commonScale, Rounding rounding) {
        var factor = QuantizedMultiplier.of(input.scale(0) / commonScale);
        int[] table = new int[256];
        for (int value = Byte.MIN_VALUE; value <= Byte.MAX_VALUE; value++) {
            int spread = (value - input.zeroPoint(0)) << SPARE_BITS;
            table[value - Byte.MIN_VALUE] = rounding.scale(spread, factor.multiplier(), factor.shift());
        }
        return table;
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int i = 0; i < count; i++) {
            int sum = leftTable[arena[leftAt + i] - Byte.MIN_VALUE] + rightTable[arena[rightAt + i] - Byte.MIN_VALUE];
            arena[outputAt + i] = requantizer.apply(sum, 0);
        }
    }
}
