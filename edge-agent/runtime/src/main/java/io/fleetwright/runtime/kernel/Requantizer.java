package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Tensor;

/**
 * From int32 accumulators to int8: {@code clamp(round(acc * scale[channel]) + zeroPoint, low, high)}.
 *
 * @see "Jacob et al., 2018, section 2.2: integer-arithmetic-only matrix multiplication"
 */
public final class Requantizer {
    private final Arithmetic arithmetic;
    private final Rounding rounding;
    private final int[] multipliers;
    private final int[] shifts;
    private final float[] factors;
    private final int zeroPoint;
    private final int low;
    private final int high;

    /**
     * @param factors one per channel, or one for all of {@code channels}
     * @param output gives zero point and, with {@code activation}, the clamp
     */
    public Requantizer(Arithmetic arithmetic, double[] factors, int channels, Tensor output, Activation activation) {
        this.arithmetic = arithmetic;
        this.rounding = arithmetic.rounding();
        this.multipliers = new int[channels];
        this.shifts = new int[channels];
        this.factors = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            double factor = factors[factors.length == 1 ? 0 : channel];
            var quantized = QuantizedMultiplier.of(factor);
            this.multipliers[channel] = quantized.multiplier();
            this.shifts[channel] = quantized.shift();
            this.factors[channel] = (float) factor;
        }
        this.zeroPoint = output.zeroPoint(0);
        // Relative to the zero point: clamping first keeps the addition from overflowing.
        this.low = activation.low(output.scale(0), zeroPoint) - zeroPoint;
        this.high = activation.high(output.scale(0), zeroPoint) - zeroPoint;
    }

    public byte apply(int accumulator, int channel) {
        int scaled = arithmetic == Arithmetic.ONNX
                ? (int) Math.rint((float) accumulator * factors[channel])
                : rounding.scale(accumulator, multipliers[channel], shifts[channel]);
        return (byte) (Math.min(Math.max(scaled, low), high) + zeroPoint);
    }

    /** {@code out[at + n] = apply(accumulators[n], n)} for all channels. */
    public void applyAll(int[] accumulators, byte[] out, int at) {
        for (int channel = 0; channel < multipliers.length; channel++) {
            out[at + channel] = apply(accumulators[channel], channel);
        }
    }

    /** Channels that have a factor. */
    public int channels() {
        return multipliers.length;
    }

    public Arithmetic arithmetic() {
        return arithmetic;
    }

    /** Multiplier of {@link QuantizedMultiplier} for one channel. */
    public int multiplier(int channel) {
        return multipliers[channel];
    }

    /** Shift of {@link QuantizedMultiplier} for one channel. */
    public int shift(int channel) {
        return shifts[channel];
    }

    /** The factor rounded to float32, as {@link Arithmetic#ONNX} uses it. */
    public float factor(int channel) {
        return factors[channel];
    }

    public int zeroPoint() {
        return zeroPoint;
    }

    /** Smallest scaled value before the zero point is added. */
    public int low() {
        return low;
    }

    /** Largest scaled value before the zero point is added. */
    public int high() {
        return high;
    }
}
