package io.fleetwright.forge.allocate;

import org.jspecify.annotations.Nullable;

/**
 * What a layer loses and costs at each precision.
 *
 * @param trace mean trace of the loss's Hessian over the layer's weights, finite and at least 0
 * @param error squared distance between the layer's weights and their quantized form
 * @param params number of weights, at least 1
 * @param megaMacs multiply-accumulates of one inference, in millions, finite and at least 0
 * @param millis time of one inference
 * @param millijoules energy of one inference; absent when nobody measured it
 * @param tie layers with the same non-empty tie share their bits; empty for a layer of its own
 */
public record Layer(
        String name,
        double trace,
        ByBits error,
        long params,
        double megaMacs,
        ByBits millis,
        @Nullable ByBits millijoules,
        String tie) {
    public Layer {
        if (!Double.isFinite(trace) || trace < 0) {
            throw new IllegalArgumentException("trace (%s) must be finite and at least 0".formatted(trace));
        }
        if (params < 1) {
            throw new IllegalArgumentException("params (%d) must be at least 1".formatted(params));
        }
        if (!Double.isFinite(megaMacs) || megaMacs < 0) {
            throw new IllegalArgumentException("mmac (%s) must be finite and at least 0".formatted(megaMacs));
        }
    }

    /**
     * Expected loss of accuracy at {@code bits}.
     *
     * @see "Dong et al., HAWQ-V2, 2020, section 3: mean Hessian trace times squared perturbation"
     */
    public double sensitivity(int bits) {
        return trace * error.at(bits);
    }
}
