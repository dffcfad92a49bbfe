package io.fleetwright.scheduler.partition;

/**
 * How large a tensor is on a link.
 *
 * @param headerBytes of each tensor, at least 0
 * @param channelBytes of each channel where values have fewer than 8 bits, at least 0
 */
public record WireFormat(int headerBytes, int channelBytes) {
    /** What agents send: epoch, digest and shape, and of packed tensors the lowest value and the range of each channel. */
    public static final WireFormat STANDARD = new WireFormat(24, 2);

    /** Values alone. */
    public static final WireFormat IDEAL = new WireFormat(0, 0);

    public WireFormat {
        if (headerBytes < 0 || channelBytes < 0) {
            throw new IllegalArgumentException(
                    "header (%d) and channel bytes (%d) must not be negative".formatted(headerBytes, channelBytes));
        }
    }

    /**
     * Bytes of a tensor.
     *
     * @param bits of each value
     */
    public long bytes(Feature feature, int bits) {
        long values = bits == Byte.SIZE
                ? feature.octets()
                : Math.ceilDiv(Math.multiplyExact(feature.elements(), bits), Byte.SIZE);
        return headerBytes + (bits < Byte.SIZE ? (long) channelBytes * feature.channels() : 0) + values;
    }
}
