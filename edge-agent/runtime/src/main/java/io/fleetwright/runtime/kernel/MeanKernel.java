package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.TensorType;
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

    private final boolean wide;
    private final int outputZero;
    private final int inputAt;
    private final int outputAt;
    private final MeanLoops loops;
    private final int run;

    MeanKernel(Graph graph, Operator.Mean mean, Rounding rounding) {
        var input = graph.tensors().get(mean.input());
        var output = graph.tensors().get(mean.output());
        this.rounding = rounding;
        this.wide = input.type() == TensorType.INT16;
        this.outputZero = output.zeroPoint(0);
        this.inputAt = graph.plan().offset(mean.input());
        this.outputAt = graph.plan().offset(mean.output());
        this.loops = new MeanLoops(input, mean.axes());
        this.run = loops.run();
        int meanCount = loops.meanCount();
        this.zeroSum = meanCount * input.zeroPoint(0);

        var factor = QuantizedMultiplier.of(Factors.rescale(input, output));
        // Bits gained by dividing; no more than keeps the shift in range.
        int gained = Math.min(31 - Integer.numberOfLeadingZeros(meanCount), 31 + factor.shift());
        this.multiplier = (int) (((long) factor.multiplier() << gained) / meanCount);
        this.shift = factor.shift() - gained;
    }

    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofInts(run);
    }

    /** Runs of the output. */
    @Override
    public int parts() {
        return loops.outerCount();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        int[] sums = workspace.ints;
        for (int part = from; part < to; part++) {
            int first = loops.outer(part);
            Arrays.fill(sums, 0, run, -zeroSum);
            for (int i = 0; i < loops.meanCount(); i++) {
                add(arena, first + loops.inner(i), sums);
            }
            for (int k = 0; k < run; k++) {
                long mean = (long) rounding.scale(sums[k], multiplier, shift) + outputZero;
                if (wide) {
                    Shorts.set(arena, outputAt, part * run + k, Math.clamp(mean, Short.MIN_VALUE, Short.MAX_VALUE));
                } else {
                    arena[outputAt + part * run + k] = (byte) Math.clamp(mean, Byte.MIN_VALUE, Byte.MAX_VALUE);
                }
            }
        }
    }

    /** Adds a run that begins with this element of the input. */
    private void add(byte[] arena, int element, int[] sums) {
        if (wide) {
            for (int k = 0; k < run; k++) {
                sums[k] += Shorts.get(arena, inputAt, element + k);
            }
        } else {
            for (int k = 0; k < run; k++) {
                sums[k] += arena[inputAt + element + k];
            }
        }
    }
}
