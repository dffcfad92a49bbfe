package io.fleetwright.telemetry.wire;

import java.util.Arrays;

/**
 * Bytes of which one value is left out wherever it stands, such as the zero point behind a rectifier.
 *
 * <p>Layout: the value, then one bit for each byte, low bit first, that says whether it is kept, then those that are kept. The bits
 * beyond the last byte are 0. Nothing is lost. A mask takes less than lengths of runs do: behind a layer with several channels the
 * value stands in many places and seldom in a row.
 */
public final class ZeroMask {
    private ZeroMask() {}

    /** The least that a coded tensor can have: the value and the mask. */
    public static int bytesMin(int plainBytes) {
        return 1 + Math.ceilDiv(plainBytes, Byte.SIZE);
    }

    /** Leaves out the most frequent value, the lowest one of those; longer than {@code plain} where it does not help. */
    public static byte[] encode(byte[] plain) {
        int[] counts = new int[1 << Byte.SIZE];
        for (byte value : plain) {
            counts[value - Byte.MIN_VALUE]++;
        }
        int most = 0;
        for (int value = 1; value < counts.length; value++) {
            most = counts[value] > counts[most] ? value : most;
        }
        byte left = (byte) (most + Byte.MIN_VALUE);
        int mask = bytesMin(plain.length);
        byte[] coded = new byte[mask + plain.length - counts[most]];
        coded[0] = left;
        int to = mask;
        for (int i = 0; i < plain.length; i++) {
            if (plain[i] != left) {
                coded[1 + i / Byte.SIZE] |= (byte) (1 << i % Byte.SIZE);
                coded[to++] = plain[i];
            }
        }
        return coded;
    }

    /**
     * The bytes before coding.
     *
     * @param plainBytes how many there are; the caller bounds it, {@code coded} has at least an eighth of it
     * @throws MalformedMessageException when {@code coded} is not of so many bytes, to the last bit
     */
    public static byte[] decode(byte[] coded, int plainBytes) throws MalformedMessageException {
        int mask = bytesMin(plainBytes);
        if (plainBytes < 1 || coded.length < mask) {
            throw new MalformedMessageException("%d bytes of a coded tensor, at least %d are needed for %d"
                    .formatted(coded.length, mask, plainBytes));
        }
        int kept = 0;
        for (int i = 1; i < mask; i++) {
            kept += Integer.bitCount(Byte.toUnsignedInt(coded[i]));
        }
        int beyond = (mask - 1) * Byte.SIZE - plainBytes;
        if (kept != coded.length - mask || Byte.toUnsignedInt(coded[mask - 1]) >>> (Byte.SIZE - beyond) != 0) {
            throw new MalformedMessageException(
                    "a coded tensor of %d bytes says that it keeps %d of %d".formatted(coded.length, kept, plainBytes));
        }
        byte[] plain = new byte[plainBytes];
        Arrays.fill(plain, coded[0]);
        int from = mask;
        for (int i = 0; i < plainBytes; i++) {
            if ((coded[1 + i / Byte.SIZE] >> i % Byte.SIZE & 1) != 0) {
                plain[i] = coded[from++];
            }
        }
        return plain;
    }
}
