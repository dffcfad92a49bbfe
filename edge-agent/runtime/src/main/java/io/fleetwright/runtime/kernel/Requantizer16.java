package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.LongScaling;
import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Sums;
import io.fleetwright.runtime.graph.Tensor;

/**
 * From sums of 16 x 8 bit products to int16: {@code clamp(round(sum * scale[channel]), low, high)}; zero points are 0.
 *
 * <p>Sums of 64 bits are scaled by {@link LongScaling}. Those of 32 bits wrap around as the reference's do, and are scaled
 * like those of int8 products.
 */
final class Requantizer16 {
    private final Sums sums;
    private final Rounding rounding;
    private final int[] multipliers;
    private final int[] shifts;
    private final int low;
    private final int high;

    /** @param factors one per channel, or one for all of {@code channels} */
    Requantizer16(Sums sums, Rounding rounding, double[] factors, int channels, Tensor output, Activation activation) {
        this.sums = sums;
        this.rounding = rounding;
        this.multipliers = new int[channels];
        this.shifts = new int[channels];
        for (int channel = 0; channel < channels; channel++) {
            var factor = QuantizedMultiplier.of(factors[factors.length == 1 ? 0 : channel]);
            this.multipliers[channel] = factor.multiplier();
            this.shifts[channel] = factor.shift();
        }
        this.low = activation.low(output);
        this.high = activation.high(output);
    }

    int apply(long sum, int channel) {
        int scaled = switch (sums) {
            case INT32 -> rounding.scale((int) sum, multipliers[channel], shifts[channel]);
            case INT64 -> LongScaling.scale(sum, multipliers[channel], shifts[channel]);
        };
        return Math.min(Math.max(scaled, low), high);
    }
}
