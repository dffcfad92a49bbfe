package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.InterpolatedTable;
import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/**
 * Softmax over rows of int16, with tables of the exponential from -10 to 0 and of the reciprocal from 1 to 2; the output is
 * Q0.15.
 *
 * @see "TensorFlow Lite, reference_ops::SoftmaxInt16"
 */
final class Softmax16Kernel implements Kernel {
    private static final int RANGE = Short.MAX_VALUE - Short.MIN_VALUE;
    private static final float TABLE_SCALE = 2f / RANGE;
    private static final InterpolatedTable EXPONENTIAL =
            new InterpolatedTable(10f / RANGE, Short.MAX_VALUE, TABLE_SCALE, x -> (float) StrictMath.exp(x));
    private static final InterpolatedTable RECIPROCAL_OF_ONE_PLUS =
            new InterpolatedTable(1f / RANGE, Short.MIN_VALUE, TABLE_SCALE, x -> 1 / (1 + x));
    /** Bits of a sum below its leading one that the reciprocal is looked up by. */
    private static final int FRACTION_BITS = 16;

    private final Rounding rounding;
    private final QuantizedMultiplier factor;
    private final int rows;
    private final int depth;
    private final int inputAt;
    private final int outputAt;

    Softmax16Kernel(Graph graph, Operator.Softmax softmax, Rounding rounding) {
        var input = graph.tensors().get(softmax.input());
        this.rounding = rounding;
        this.factor = QuantizedMultiplier.of(Factors.softmaxInput16(softmax.beta(), input.scale(0)));
        this.depth = input.dimension(input.rank() - 1);
        this.rows = input.elements() / depth;
        this.inputAt = graph.plan().offset(softmax.input());
        this.outputAt = graph.plan().offset(softmax.output());
    }

    @Override
    public int parts() {
        return rows;
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int row = from; row < to; row++) {
            int offset = Short.BYTES * row * depth;
            softmax(arena, inputAt + offset, outputAt + offset);
        }
    }

    private void softmax(byte[] arena, int in, int out) {
        int max = Short.MIN_VALUE;
        for (int i = 0; i < depth; i++) {
            max = Math.max(max, Shorts.get(arena, in, i));
        }
        int sum = 0; // Q16.15; the exponentials wait in the output.
        for (int i = 0; i < depth; i++) {
            int exponential = exponential(Shorts.get(arena, in, i) - max);
            Shorts.set(arena, out, i, exponential);
            sum += exponential;
        }
        // sum = 2^(31 - zeros) * (1 + fraction)
        int zeros = Integer.numberOfLeadingZeros(sum);
        int bits = 31 - zeros;
        int mantissa = (int) ((((long) sum << (zeros - 1)) + (1 << (29 - FRACTION_BITS))) >> (30 - FRACTION_BITS));
        int fraction = mantissa - (1 << FRACTION_BITS);
        int reciprocal =
                RECIPROCAL_OF_ONE_PLUS.at(Math.clamp(fraction + Short.MIN_VALUE, Short.MIN_VALUE, Short.MAX_VALUE));
        for (int i = 0; i < depth; i++) {
            long product = (long) Shorts.get(arena, out, i) * reciprocal;
            long scaled = (product + (1L << (bits - 1))) >> bits;
            Shorts.set(arena, out, i, Math.clamp(scaled, 0, Short.MAX_VALUE));
        }
    }

    /** Of a difference to the largest value, Q0.15. */
    private int exponential(int difference) {
        int scaled = rounding.scale(difference, factor.multiplier(), factor.shift());
        return EXPONENTIAL.at(Math.max(scaled + Short.MAX_VALUE, Short.MIN_VALUE));
    }
}
