package io.fleetwright.forge.select;

import java.util.OptionalDouble;
import java.util.Set;

/**
 * A variant as one device would run it. A figure that nobody knows is absent, never 0.
 *
 * @param variant its name
 * @param operators operators that its runtime must have
 * @param bits of its narrowest weights, 1 to 32
 * @param weightBytes at least 0
 * @param activationBytes most bytes of activations alive at once, at least 0
 * @param accuracy fraction of right answers, 0 to 1
 * @param latencyMillis 90th percentile of one inference on this device, above 0
 * @param energyMillijoules likewise
 */
public record Candidate(
        String variant,
        Set<String> operators,
        int bits,
        long weightBytes,
        long activationBytes,
        OptionalDouble accuracy,
        OptionalDouble latencyMillis,
        OptionalDouble energyMillijoules) {
    private static final int BITS_MAX = 32;

    public Candidate {
        operators = Set.copyOf(operators);
        if (bits < 1 || bits > BITS_MAX) {
            throw new IllegalArgumentException("%s: bits (%d) must be 1 to %d".formatted(variant, bits, BITS_MAX));
        }
        if (weightBytes < 0 || activationBytes < 0) {
            throw new IllegalArgumentException("%s: weightBytes (%d) and activationBytes (%d) must be at least 0"
                    .formatted(variant, weightBytes, activationBytes));
        }
        accuracy.ifPresent(value -> {
            if (!(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException("%s: accuracy (%s) must be 0 to 1".formatted(variant, value));
            }
        });
        latencyMillis.ifPresent(value -> requirePositive(variant, "latencyMillis", value));
        energyMillijoules.ifPresent(value -> requirePositive(variant, "energyMillijoules", value));
    }

    private static void requirePositive(String variant, String what, double value) {
        if (!(value > 0) || !Double.isFinite(value)) {
            throw new IllegalArgumentException(
                    "%s: %s (%s) must be above 0 and finite".formatted(variant, what, value));
        }
    }
}
