package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import java.util.Arrays;

/**
 * Mean over whole dimensions: {@code out = clamp(round((sum - n * inZero) * inScale / (outScale * n)) + outZero)}.
 *
 * <p>The division by {@code n} is part of the fixed-point multiplier, which the reference divides as an integer.
 *
 * @see "TensorFlow Lite, reference kernel QuantizedMeanOrSum"
 */
final class MeanKernel implements Kernel {
    private final Rounding rounding;
    private final int multiplier;
    private final int shift;
    /** What {@code n} elements of the input's zero point add up to. */
    private final int zeroSum;

    private final int outputZero;
    private final int inputAt;
    private final int outputAt;
    /** Outer loops of the output, and the loops over what is averaged; elements per step in the input. */
    private final int[] outerExtents;

    private final int[] outerStrides;
    private final int[] meanExtents;
    private final int[] meanStrides;
    private final int outerCount;
    private final int meanCount;
    /** Elements of the innermost dimension, when it is kept: they lie side by side in input and output. */
    private final int run;

    MeanKernel(Graph graph, Operator.Mean mean, Arithmetic arithmetic) {
        var input = graph.tensors().get(mean.input());
        var output = graph.tensors().get(mean.output());
        this.rounding = arithmetic.rounding();
        this.outputZero = output.zeroPoint(0);
        this.inputAt = graph.plan().offset(mean.input());
        this.outputAt = graph.plan().offset(mean.output());
        int rank = input.rank();
        boolean keepsLast = rank > 0 && !mean.axes().contains(rank - 1);
        this.run = keepsLast ? input.dimension(rank - 1) : 1;
        int outerRank = 0;
        int meanRank = 0;
        int[][] outer = new int[2][rank];
        int[][] averaged = new int[2][rank];
        int stride = input.elements();
        for (int d = 0; d < rank; d++) {
            stride /= input.dimension(d);
            if (mean.axes().contains(d)) {
                averaged[0][meanRank] = input.dimension(d);
                averaged[1][meanRank++] = stride;
            } else if (d < rank - 1) {
                outer[0][outerRank] = input.dimension(d);
                outer[1][outerRank++] = stride;
            }
        }
        this.outerExtents = Arrays.copyOf(outer[0], outerRank);
        this.outerStrides = Arrays.copyOf(outer[1], outerRank);
        this.meanExtents = Arrays.copyOf(averaged[0], meanRank);
        this.meanStrides = Arrays.copyOf(averaged[1], meanRank);
        this.outerCount = product(outerExtents);
        this.meanCount = product(meanExtents);
        this.zeroSum = meanCount * input.zeroPoint(0);

        var factor = QuantizedMultiplier.of(Factors.rescale(input, output));
        // Bits gained by dividing; no more than keeps the shift in range.
        int gained = Math.min(31 - Integer.numberOfLeadingZeros(meanCount), 31 + factor.shift());
        this.multiplier = (int) (((long) factor.multiplier() << gained) / meanCount);
        this.shift = factor.shift() - gained;
    }

    private static int product(int[] extents) {
        return Arrays.stream(extents).reduce(1, (a, b) -> a * b);
    }

    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofInts(run);
    }

    /** Runs of the output. */
    @Override
    public int parts() {
        return outerCount;
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        int[] sums = workspace.ints;
        for (int part = from; part < to; part++) {
            int first = inputAt + offset(part, outerExtents, outerStrides);
            Arrays.fill(sums, 0, run, -zeroSum);
            for (int i = 0; i < meanCount; i++) {
                int at = first + offset(i, meanExtents, meanStrides);
                for (int k = 0; k < run; k++) {
                    sums[k] += arena[at + k];
                }
            }
            for (int k = 0; k < run; k++) {
                long mean = (long) rounding.scale(sums[k], multiplier, shift) + outputZero;
                arena[outputAt + part * run + k] = (byte) Math.clamp(mean, Byte.MIN_VALUE, Byte.MAX_VALUE);
            }
        }
    }

    /** Where the {@code index}-th step of nested loops stands. */
    private static int offset(int index, int[] extents, int[] strides) {
        int offset = 0;
        int rest = index;
        for (int d = extents.length - 1; d >= 0; d--) {
            offset += rest % extents[d] * strides[d];
            rest /= extents[d];
        }
        return offset;
    }
}
