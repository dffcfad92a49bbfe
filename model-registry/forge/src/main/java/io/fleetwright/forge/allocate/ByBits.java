package io.fleetwright.forge.allocate;

/**
 * One figure of a layer at both precisions.
 *
 * @param four with 4-bit weights and activations, finite and at least 0
 * @param eight with 8-bit ones, likewise
 */
public record ByBits(double four, double eight) {
    public ByBits {
        require("4", four);
        require("8", eight);
    }

    /** The figure at {@code bits}, which is 4 or 8. */
    public double at(int bits) {
        return switch (bits) {
            case 4 -> four;
            case 8 -> eight;
            default -> throw new IllegalArgumentException("bits (%d) must be 4 or 8".formatted(bits));
        };
    }

    private static void require(String bits, double value) {
        if (!Double.isFinite(value) || value < 0) {
            throw new IllegalArgumentException(
                    "figure at %s bits (%s) must be finite and at least 0".formatted(bits, value));
        }
    }
}
