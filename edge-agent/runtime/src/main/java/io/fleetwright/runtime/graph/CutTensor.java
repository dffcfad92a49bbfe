package io.fleetwright.runtime.graph;

import java.util.Objects;

/**
 * An int8 tensor packed to four bits for a slow link: per channel its smallest value and its range, then two values per byte.
 *
 * <p>{@code value = low[c] + round(nibble * range[c] / 15)}, so that the scale of a channel is {@code range[c] / 15} steps of
 * the tensor's own scale. Integer arithmetic throughout: every machine packs and unpacks to the same bytes. A value is off by
 * at most {@code range[c] / 30 + 1/2}; ranges up to 15 lose nothing.
 *
 * <p>Layout: {@code low[0], range[0], low[1], range[1], ...}, then the nibbles in the tensor's order, low half first.
 */
public final class CutTensor {
    private static final int LEVELS = 15;

    private CutTensor() {}

    /** Bytes of a packed tensor. */
    public static int packedBytes(int elements, int channels) {
        return Math.addExact(2 * channels, Math.ceilDiv(elements, 2));
    }

    /**
     * Packs {@code elements} values whose last dimension is {@code channels}.
     *
     * @throws IllegalArgumentException when the elements are not whole positions of that many channels
     */
    public static byte[] pack(byte[] values, int channels) {
        checkChannels(values.length, channels);
        byte[] packed = new byte[packedBytes(values.length, channels)];
        for (int channel = 0; channel < channels; channel++) {
            int low = Byte.MAX_VALUE;
            int high = Byte.MIN_VALUE;
            for (int at = channel; at < values.length; at += channels) {
                low = Math.min(low, values[at]);
                high = Math.max(high, values[at]);
            }
            packed[2 * channel] = (byte) low;
            packed[2 * channel + 1] = (byte) (high - low);
        }
        for (int at = 0; at < values.length; at++) {
            int channel = at % channels;
            int range = packed[2 * channel + 1] & 0xFF;
            int above = values[at] - packed[2 * channel];
            int nibble = range == 0 ? 0 : (2 * above * LEVELS + range) / (2 * range);
            packed[2 * channels + at / 2] |= (byte) (nibble << (at % 2 * 4));
        }
        return packed;
    }

    /**
     * Unpacks {@code elements} values.
     *
     * @throws IllegalArgumentException when {@code packed} has another length than {@link #packedBytes}
     */
    public static byte[] unpack(byte[] packed, int elements, int channels) {
        checkChannels(elements, channels);
        if (packed.length != packedBytes(elements, channels)) {
            throw new IllegalArgumentException("%d packed bytes for %d values of %d channels, %d allowed"
                    .formatted(packed.length, elements, channels, packedBytes(elements, channels)));
        }
        byte[] values = new byte[elements];
        for (int at = 0; at < elements; at++) {
            int channel = at % channels;
            int range = packed[2 * channel + 1] & 0xFF;
            int nibble = packed[2 * channels + at / 2] >> (at % 2 * 4) & 0xF;
            int value = packed[2 * channel] + (2 * nibble * range + LEVELS) / (2 * LEVELS);
            // Only damaged bytes can leave the range.
            values[at] = (byte) Math.min(value, Byte.MAX_VALUE);
        }
        return values;
    }

    private static void checkChannels(int elements, int channels) {
        Objects.checkIndex(0, Math.max(channels, 0));
        if (elements % channels != 0) {
            throw new IllegalArgumentException(
                    "%d values are not whole positions of %d channels".formatted(elements, channels));
        }
    }
}
