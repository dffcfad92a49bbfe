package io.fleetwright.trust.artifact;

import java.util.Arrays;

/** Reads a delta's numbers and bytes, never past its end. */
final class DeltaReader {
    private static final int NUMBER_BYTES_MAX = 5;

    private final byte[] bytes;
    private final int end;
    private int at;

    DeltaReader(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    int offset() {
        return at;
    }

    int left() {
        return end - at;
    }

    byte[] take(int count) throws MalformedDeltaException {
        if (count > left()) {
            throw MalformedDeltaException.at(at, "%d bytes are left, %d are needed".formatted(left(), count));
        }
        at += count;
        return Arrays.copyOfRange(bytes, at - count, at);
    }

    /** A number of 0 to 2^31 - 1. */
    int number() throws MalformedDeltaException {
        int start = at;
        long value = unsigned();
        if (value > Integer.MAX_VALUE) {
            throw MalformedDeltaException.at(start, "number %d is too large".formatted(value));
        }
        return (int) value;
    }

    /** A number in zigzag form. */
    int signed() throws MalformedDeltaException {
        int start = at;
        long value = unsigned();
        if (value > 0xffffffffL) {
            throw MalformedDeltaException.at(start, "number %d is too large".formatted(value));
        }
        return (int) (value >>> 1 ^ -(value & 1));
    }

    private long unsigned() throws MalformedDeltaException {
        long value = 0;
        for (int i = 0; i < NUMBER_BYTES_MAX; i++) {
            if (at == end) {
                throw MalformedDeltaException.at(at, "ends within a number");
            }
            byte next = bytes[at++];
            value |= (next & 0x7fL) << 7 * i;
            if (next >= 0) {
                return value;
            }
        }
        throw MalformedDeltaException.at(at, "number of more than %d bytes".formatted(NUMBER_BYTES_MAX));
    }
}
