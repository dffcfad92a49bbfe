package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Int8Function;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.TensorType;

/**
 * {@link TableKernel} where the input, the output or both are int16: the functions that are a scaling and a clamp, {@code
 * out = clamp(round((in - inZero) * scale) + outZero)}, with a scale of its own for negative values in a leaky ReLU.
 */
final class Elementwise16Kernel implements Kernel {
    /** Far outside 16 bits, and far enough inside 32 that a zero point can be added. */
    private static final int SCALED_MAX = 1 << 20;

    private final Rounding rounding;
    private final QuantizedMultiplier factor;
    private final QuantizedMultiplier factorBelowZero;
    private final boolean wideInput;
    private final boolean wideOutput;
    private final int inputZero;
    private final int outputZero;
    private final int low;
    private final int high;
    private final int inputAt;
    private final int outputAt;
    private final int count;

    Elementwise16Kernel(Graph graph, Operator.Elementwise operator, Rounding rounding) {
        var input = graph.tensors().get(operator.input());
        var output = graph.tensors().get(operator.output());
        double scale = operator.function() instanceof Int8Function.Rescale
                ? Factors.rescale(input, output)
                : Factors.clampedRescale(input, output);
        double scaleBelowZero = operator.function() instanceof Int8Function.LeakyRelu(float alpha)
                ? Factors.leakyRescale(alpha, input, output)
                : scale;
        var activation = operator.function() instanceof Int8Function.Clamp(Activation clamp) ? clamp : Activation.NONE;
        this.rounding = rounding;
        this.factor = QuantizedMultiplier.of(scale);
        this.factorBelowZero = QuantizedMultiplier.of(scaleBelowZero);
        this.wideInput = input.type() == TensorType.INT16;
        this.wideOutput = output.type() == TensorType.INT16;
        this.inputZero = input.zeroPoint(0);
        this.outputZero = output.zeroPoint(0);
        this.low = activation.low(output);
        this.high = activation.high(output);
        this.inputAt = graph.plan().offset(operator.input());
        this.outputAt = graph.plan().offset(operator.output());
        this.count = output.elements();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int i = 0; i < count; i++) {
            int value = wideInput ? Shorts.get(arena, inputAt, i) : arena[inputAt + i];
            int result = apply(value - inputZero);
            if (wideOutput) {
                Shorts.set(arena, outputAt, i, result);
            } else {
                arena[outputAt + i] = (byte) result;
            }
        }
    }

    private int apply(int value) {
        var scale = value < 0 ? factorBelowZero : factor;
        int scaled = rounding.scale(value, scale.multiplier(), scale.shift());
        return Math.clamp(Math.clamp(scaled, -SCALED_MAX, SCALED_MAX) + outputZero, low, high);
    }
}
