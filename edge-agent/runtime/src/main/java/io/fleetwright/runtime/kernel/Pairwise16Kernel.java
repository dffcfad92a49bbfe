package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;

/**
 * Sum, difference or product of two int16 tensors of different scales, element by element.
 *
 * <p>As {@link PairwiseKernel}, with 15 spare bits for sums, which leaves them inside 31 bits. Too many values for tables.
 */
final class Pairwise16Kernel implements Kernel {
    private static final int SPARE_BITS = Factors.addSpareBits(TensorType.INT16);

    private final Operator.Pairwise operator;
    private final Rounding rounding;
    private final QuantizedMultiplier leftFactor;
    private final QuantizedMultiplier rightFactor;
    private final QuantizedMultiplier outputFactor;
    private final int low;
    private final int high;
    private final ConstantOrArena left;
    private final ConstantOrArena right;
    private final int outputAt;
    private final Nest nest;

    Pairwise16Kernel(Graph graph, Operator.Pairwise operator, Rounding rounding) {
        var leftTensor = graph.tensors().get(operator.left());
        var rightTensor = graph.tensors().get(operator.right());
        var output = graph.tensors().get(operator.output());
        double common = Factors.addCommon(leftTensor, rightTensor);
        this.operator = operator;
        this.rounding = rounding;
        this.leftFactor = QuantizedMultiplier.of(leftTensor.scale(0) / common);
        this.rightFactor = QuantizedMultiplier.of(rightTensor.scale(0) / common);
        this.outputFactor = QuantizedMultiplier.of(PairwiseKernel.factor(graph, operator));
        this.low = operator.activation().low(output);
        this.high = operator.activation().high(output);
        this.left = ConstantOrArena.of(graph, operator.left());
        this.right = ConstantOrArena.of(graph, operator.right());
        this.outputAt = graph.plan().offset(operator.output());
        this.nest = Nest.broadcast(shape(output), shape(leftTensor), shape(rightTensor));
    }

    private static int[] shape(Tensor tensor) {
        return tensor.shape().stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        byte[] a = left.in(arena);
        byte[] b = right.in(arena);
        int length = nest.rowLength();
        int stepA = nest.step(0);
        int stepB = nest.step(1);
        for (int row = 0; row < nest.rows(); row++) {
            int firstA = nest.start(0, row);
            int firstB = nest.start(1, row);
            for (int i = 0; i < length; i++) {
                int x = Shorts.get(a, left.at(), firstA + i * stepA);
                int y = Shorts.get(b, right.at(), firstB + i * stepB);
                int scaled = scaled(combined(x, y), outputFactor);
                Shorts.set(arena, outputAt, row * length + i, Math.min(Math.max(scaled, low), high));
            }
        }
    }

    private int combined(int x, int y) {
        return switch (operator) {
            case Operator.Add _ -> spread(x, leftFactor) + spread(y, rightFactor);
            case Operator.Sub _ -> spread(x, leftFactor) - spread(y, rightFactor);
            case Operator.Mul _ -> x * y;
        };
    }

    private int spread(int value, QuantizedMultiplier factor) {
        return scaled(value << SPARE_BITS, factor);
    }

    private int scaled(int value, QuantizedMultiplier factor) {
        return rounding.scale(value, factor.multiplier(), factor.shift());
    }
}
