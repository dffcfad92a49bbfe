package io.fleetwright.runtime;

/**
 * From int32 accumulators to int8: {@code clamp(round(acc * scale[channel]) + zeroPoint, low, high)}.
 *
 * @see "Jacob et al., 2018, section 2.2: integer-arithmetic-only matrix multiplication"
 */
final class Requantizer {
    private final Rounding rounding;
    private final int[] multipliers;
    private final int[] shifts;
    private final int zeroPoint;
    private final int low;
    private final int high;

    /**
     * @param factors one per channel, or one for all of {@code channels}
     * @param output gives zero point and, with {@code activation}, the clamp
     */
    Requantizer(Rounding rounding, double[] factors, int channels, Tensor output, Activation activation) {
        this.rounding = rounding;
        this.multipliers = new int[channels];
        this.shifts = new int[channels];
        for (int channel = 0; channel < channels; channel++) {
            var quantized = QuantizedMultiplier.of(factors[factors.length == 1 ? 0 : channel]);
            multipliers[channel] = quantized.multiplier();
            shifts[channel] = quantized.shift();
        }
        this.zeroPoint = output.zeroPoint(0);
        // Relative to the zero point: clamping first keeps the addition from overflowing.
        this.low = activation.low(output.scale(0), zeroPoint) - zeroPoint;
        this.high = activation.high(output.scale(0), zeroPoint) - zeroPoint;
    }

    /** Factors of a convolution, one per channel of the filter's scales. */
    static double[] convolutionFactors(Tensor input, Tensor filter, Tensor output) {
        double[] factors = new double[filter.scaleCount()];
        for (int channel = 0; channel < factors.length; channel++) {
            factors[channel] = QuantizedMultiplier.convolution(input, filter, output, channel);
        }
        return factors;
    }

    byte apply(int accumulator, int channel) {
        int scaled = rounding.scale(accumulator, multipliers[channel], shifts[channel]);
        return (byte) (Math.min(Math.max(scaled, low), high) + zeroPoint);
    }

    /** {@code out[at + n] = apply(accumulators[n], n)} for all channels. */
    void applyAll(int[] accumulators, byte[] out, int at) {
        for (int channel = 0; channel < multipliers.length; channel++) {
            out[at + channel] = apply(accumulators[channel], channel);
        }
    }
}
