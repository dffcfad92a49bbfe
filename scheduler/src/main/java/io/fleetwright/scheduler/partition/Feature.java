package io.fleetwright.scheduler.partition;

/**
 * A tensor that leaves a layer.
 *
 * @param elements at least 1
 * @param channels of its last dimension, at least 1
 * @param octets that it takes in 8 bits on the way, 1 to {@code elements}: fewer where values are left out without loss
 */
public record Feature(long elements, int channels, long octets) {
    public Feature {
        if (elements < 1 || channels < 1 || octets < 1 || octets > elements) {
            throw new IllegalArgumentException(
                    "elements (%d) and channels (%d) must be at least 1, octets (%d) 1 to the elements"
                            .formatted(elements, channels, octets));
        }
    }

    /** A tensor of which every value is sent. */
    public Feature(long elements, int channels) {
        this(elements, channels, elements);
    }
}
