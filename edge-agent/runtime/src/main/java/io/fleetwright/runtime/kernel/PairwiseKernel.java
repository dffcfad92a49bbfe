package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import java.util.Arrays;

/**
 * Sum, difference or product of two int8 tensors of different scales, element by element.
 *
 * <p>For sums, both sides are brought to the common scale {@code 2 * max(scales)} with 20 spare bits, added, and scaled to
 * the output; for products, the zero points are subtracted and the product is scaled. Each side depends on one byte, so its
 * part is a table of 256 values.
 */
public final class PairwiseKernel implements Kernel {
    private static final int SPARE_BITS = 20;

    private final int[] leftTable;
    private final int[] rightTable;
    private final boolean multiplies;
    private final Requantizer requantizer;
    private final ConstantOrArena left;
    private final ConstantOrArena right;
    private final int outputAt;
    private final Nest nest;

    PairwiseKernel(Graph graph, Operator.Pairwise operator, Arithmetic arithmetic) {
        var leftTensor = graph.tensors().get(operator.left());
        var rightTensor = graph.tensors().get(operator.right());
        var output = graph.tensors().get(operator.output());
        var tables = tables(graph, operator, arithmetic.rounding());
        this.leftTable = tables[0];
        this.rightTable = tables[1];
        this.multiplies = operator instanceof Operator.Mul;
        double[] factors = {factor(graph, operator)};
        this.requantizer = new Requantizer(arithmetic, factors, 1, output, operator.activation());
        this.left = ConstantOrArena.of(graph, operator.left());
        this.right = ConstantOrArena.of(graph, operator.right());
        this.outputAt = graph.plan().offset(operator.output());
        this.nest = Nest.broadcast(shape(output), shape(leftTensor), shape(rightTensor));
    }

    private static int[] shape(Tensor tensor) {
        return tensor.shape().stream().mapToInt(Integer::intValue).toArray();
    }

    /** What each byte of the left and of the right side stands for, from -128 on: what is added, or multiplied. */
    public static int[][] tables(Graph graph, Operator.Pairwise operator, Rounding rounding) {
        var left = graph.tensors().get(operator.left());
        var right = graph.tensors().get(operator.right());
        double common = Factors.addCommon(left, right);
        return switch (operator) {
            case Operator.Add _ -> new int[][] {summands(left, common, rounding), summands(right, common, rounding)};
            case Operator.Sub _ ->
                new int[][] {summands(left, common, rounding), negated(summands(right, common, rounding))};
            case Operator.Mul _ -> new int[][] {factors(left), factors(right)};
        };
    }

    /** Scale of what the tables add up or multiply to, relative to the output. */
    public static double factor(Graph graph, Operator.Pairwise operator) {
        var left = graph.tensors().get(operator.left());
        var right = graph.tensors().get(operator.right());
        var output = graph.tensors().get(operator.output());
        return operator instanceof Operator.Mul
                ? Factors.product(left, right, output)
                : Factors.addOutput(left, right, output);
    }

    private static int[] summands(Tensor input, double commonScale, Rounding rounding) {
        var factor = QuantizedMultiplier.of(input.scale(0) / commonScale);
        int[] table = new int[256];
        for (int value = Byte.MIN_VALUE; value <= Byte.MAX_VALUE; value++) {
            int spread = (value - input.zeroPoint(0)) << SPARE_BITS;
            table[value - Byte.MIN_VALUE] = rounding.scale(spread, factor.multiplier(), factor.shift());
        }
        return table;
    }

    private static int[] negated(int[] table) {
        return Arrays.stream(table).map(value -> -value).toArray();
    }

    private static int[] factors(Tensor input) {
        int[] table = new int[256];
        Arrays.setAll(table, i -> i + Byte.MIN_VALUE - input.zeroPoint(0));
        return table;
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        byte[] a = left.in(arena);
        byte[] b = right.in(arena);
        int length = nest.rowLength();
        int stepA = nest.step(0);
        int stepB = nest.step(1);
        for (int row = 0; row < nest.rows(); row++) {
            int atA = left.at() + nest.start(0, row);
            int atB = right.at() + nest.start(1, row);
            int out = outputAt + row * length;
            for (int i = 0; i < length; i++) {
                int x = leftTable[a[atA + i * stepA] - Byte.MIN_VALUE];
                int y = rightTable[b[atB + i * stepB] - Byte.MIN_VALUE];
                arena[out + i] = requantizer.apply(multiplies ? x * y : x + y, 0);
            }
        }
    }
}
