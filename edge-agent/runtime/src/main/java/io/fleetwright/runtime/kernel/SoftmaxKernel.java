package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.FixedPoint;
import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import java.util.Arrays;

/**
 * Softmax over rows of int8, in fixed point: {@code out = exp(beta * scale * (in - max)) / sum - 128/256}.
 *
 * <p>The exponential depends on {@code in - max} alone, 0 to -255, so it is a table. Differences too negative for the
 * 5 integer bits of its argument count as 0. The rounding mode has no part in it.
 */
final class SoftmaxKernel implements Kernel {
    private static final int ARGUMENT_INTEGER_BITS = 5;
    private static final int ARGUMENT_FRACTION_BITS = 26;
    private static final int SUM_INTEGER_BITS = 12;
    /** Exponentials are at least 0, so this marks a difference that counts as nothing. */
    private static final int NOTHING = -1;

    /** Q0.31, by {@code max - in}. */
    private final int[] exponentials;

    private final int rows;
    private final int depth;
    private final int inputAt;
    private final int outputAt;

    SoftmaxKernel(Graph graph, Operator.Softmax softmax) {
        var input = graph.tensors().get(softmax.input());
        this.exponentials = table(QuantizedMultiplier.of(Factors.softmaxInput(softmax.beta(), input.scale(0))));
        this.depth = input.dimension(input.rank() - 1);
        this.rows = input.elements() / depth;
        this.inputAt = graph.plan().offset(softmax.input());
        this.outputAt = graph.plan().offset(softmax.output());
    }

    private static int[] table(QuantizedMultiplier factor) {
        long largest = ((1L << ARGUMENT_INTEGER_BITS) - 1) << ARGUMENT_FRACTION_BITS;
        long differenceMin = -(largest >> factor.shift());
        int[] table = new int[256];
        Arrays.fill(table, NOTHING);
        for (int difference = 0; difference > -256 && difference >= differenceMin; difference--) {
            int argument = FixedPoint.highMul(difference << factor.shift(), factor.multiplier());
            table[-difference] = FixedPoint.expOfNegative(argument);
        }
        return table;
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int row = 0; row < rows; row++) {
            softmax(arena, inputAt + row * depth, outputAt + row * depth);
        }
    }

    private void softmax(byte[] arena, int from, int to) {
        int max = Byte.MIN_VALUE;
        for (int i = 0; i < depth; i++) {
            max = Math.max(max, arena[from + i]);
        }
        int sum = 0; // Q12.19
        for (int i = 0; i < depth; i++) {
            int exponential = exponentials[max - arena[from + i]];
            if (exponential != NOTHING) {
                sum += FixedPoint.divideByPowerOfTwo(exponential, SUM_INTEGER_BITS);
            }
        }
        // sum = 2^(integer bits - leading zeros) * (1 + fraction)
        int leadingZeros = Integer.numberOfLeadingZeros(sum);
        int fraction = (sum << leadingZeros) - Integer.MIN_VALUE;
        int reciprocal = FixedPoint.reciprocalOfOnePlus(fraction);
        int shift = SUM_INTEGER_BITS - leadingZeros + 31 - Byte.SIZE;
        for (int i = 0; i < depth; i++) {
            int exponential = exponentials[max - arena[from + i]];
            int value = exponential == NOTHING
                    ? 0
                    : FixedPoint.divideByPowerOfTwo(FixedPoint.highMul(reciprocal, exponential), shift);
            arena[to + i] = (byte) Math.clamp(value + Byte.MIN_VALUE, Byte.MIN_VALUE, Byte.MAX_VALUE);
        }
    }
}
