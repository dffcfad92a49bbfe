package io.fleetwright.runtime.graph;

/** Real factors between the scales of an operator's inputs and output, computed in the reference's order and precision. */
public final class Factors {
    private static final int SOFTMAX_FRACTION_BITS = 26;
    private static final int SIGMOID_FRACTION_BITS = 27;

    private Factors() {}

    /** Scale of a convolution's accumulator, relative to its output. */
    public static double convolution(Tensor input, Tensor filter, Tensor output, int channel) {
        return (double) input.scale(0) * (double) filter.scale(channel) / (double) output.scale(0);
    }

    /** {@link #convolution} of every channel that the filter has a scale for. */
    public static double[] convolution(Tensor input, Tensor filter, Tensor output) {
        double[] factors = new double[filter.scaleCount()];
        for (int channel = 0; channel < factors.length; channel++) {
            factors[channel] = convolution(input, filter, output, channel);
        }
        return factors;
    }

    /**
     * Scales of fully connected accumulators, one or one per unit. With one, the reference rounds its product with the
     * input's scale to float32 before it divides; scales per unit are treated as those of a {@link #convolution}.
     */
    public static double[] fullyConnected(Tensor input, Tensor weights, Tensor output) {
        if (weights.scaleCount() > 1) {
            return convolution(input, weights, output);
        }
        float product = input.scale(0) * weights.scale(0);
        return new double[] {(double) product / (double) output.scale(0)};
    }

    /** Scale of the input, relative to the output. */
    public static double rescale(Tensor input, Tensor output) {
        return (double) input.scale(0) / (double) output.scale(0);
    }

    /** Scale of what a gate of an LSTM adds up, relative to Q3.12; the product is rounded to float32 first. */
    public static double lstmGate(Tensor values, Tensor weights) {
        float product = values.scale(0) * weights.scale(0);
        return (double) product * (1 << 12);
    }

    /** Scale of a Q0.15 value times the cell of an LSTM, relative to the cell. */
    public static double lstmKept() {
        return 0x1p-15;
    }

    /** Scale of the product of two Q0.15 values, relative to the state of an LSTM. */
    public static double lstmProduct(Tensor state) {
        return 0x1p-30 / (double) state.scale(0);
    }

    /** Scale of the product of two values, relative to the output. */
    public static double product(Tensor left, Tensor right, Tensor output) {
        return (double) left.scale(0) * (double) right.scale(0) / (double) output.scale(0);
    }

    /** {@link #rescale} of activations: the reference divides in float32. */
    public static double clampedRescale(Tensor input, Tensor output) {
        return input.scale(0) / output.scale(0);
    }

    /** {@link #clampedRescale} of the negative side of a leaky ReLU; float32 throughout. */
    public static double leakyRescale(float alpha, Tensor input, Tensor output) {
        return input.scale(0) * alpha / output.scale(0);
    }

    /** Steps of the argument of logistic and tanh, Q4.27, per step of the input. */
    public static double sigmoidInput(Tensor input) {
        return (double) input.scale(0) * (1 << SIGMOID_FRACTION_BITS);
    }

    /** Steps of the input of a hard swish, cut into 128, relative to the output; float32. */
    public static double hardSwishOutput(Tensor input, Tensor output) {
        return input.scale(0) / 128 / output.scale(0);
    }

    /** The same, relative to a scale on which real 3 counts as 2^15; float32. */
    public static double hardSwishGate(Tensor input) {
        return input.scale(0) / 128 / (3f / (1 << 15));
    }

    /** The scale at which two summands of different scales meet. */
    public static double addCommon(Tensor left, Tensor right) {
        return 2 * Math.max((double) left.scale(0), (double) right.scale(0));
    }

    /** Bits that summands of a type are shifted left by, so that rounding at the common scale loses little. */
    public static int addSpareBits(TensorType type) {
        return type == TensorType.INT16 ? 15 : 20;
    }

    /** Scale of a sum with spare bits, relative to the output. */
    public static double addOutput(Tensor left, Tensor right, Tensor output) {
        return addCommon(left, right) / ((1 << addSpareBits(output.type())) * (double) output.scale(0));
    }

    /** Steps of softmax's exponent on int16, of which 65535 are 10, per step of the input. */
    public static double softmaxInput16(float beta, float inputScale) {
        return (double) inputScale * (double) beta / (10.0 / 65535.0);
    }

    /** Steps of softmax's exponent, Q5.26, per step of the input. */
    public static double softmaxInput(float beta, float inputScale) {
        double steps = (double) beta * (double) inputScale * (1 << SOFTMAX_FRACTION_BITS);
        return Math.min(steps, Integer.MAX_VALUE);
    }
}
