package io.fleetwright.runtime.part;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * Which part of which network a file is.
 *
 * @param from first operator, counted in the network's integer core
 * @param to operator after the last
 * @param operators of the network, more than the part has
 * @param macs multiply-accumulates of one inference of the network
 * @param whole SHA-256 of the network's file
 */
@SuppressWarnings("ArrayRecordComponent")
public record PartHeader(int from, int to, int operators, long macs, byte[] whole) {
    private static final int SHA256_BYTES = 32;

    public PartHeader {
        whole = whole.clone();
        if (from < 0 || to <= from || to > operators || to - from == operators) {
            throw new IllegalArgumentException(
                    "operators %d to %d are no part of a network of %d".formatted(from, to, operators));
        }
        if (macs < 0 || whole.length != SHA256_BYTES) {
            throw new IllegalArgumentException(
                    "%d multiply-accumulates, a digest of %d bytes".formatted(macs, whole.length));
        }
    }

    @Override
    public byte[] whole() {
        return whole.clone();
    }

    /** As {@code sha256:} and 64 hexadecimal digits. */
    public String wholeDigest() {
        return "sha256:" + HexFormat.of().formatHex(whole);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PartHeader that
                && from == that.from
                && to == that.to
                && operators == that.operators
                && macs == that.macs
                && Arrays.equals(whole, that.whole);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(whole) + from;
    }
}
