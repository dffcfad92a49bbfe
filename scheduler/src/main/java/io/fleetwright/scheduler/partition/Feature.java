package io.fleetwright.scheduler.partition;

/**
 * A tensor that leaves a layer.
 *
 * @param elements at least 1
 * @param channels of its last dimension, at least 1
 */
public record Feature(long elements, int channels) {
    public Feature {
        if (elements < 1 || channels < 1) {
            throw new IllegalArgumentException(
                    "elements (%d) and channels (%d) must be at least 1".formatted(elements, channels));
        }
    }
}
