package io.fleetwright.trust.artifact;

import io.fleetwright.trust.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts bytes where their content says so: an insertion moves the cuts with it, and equal stretches of two artifacts
 * become equal chunks.
 *
 * <p>Gear hash {@code h = (h << 1) + G[byte]}; a cut follows a byte where the top bits of {@code h}, which depend on the
 * last 64 bytes, are 0: {@link #STRICT_BITS} of them up to {@link #BYTES_AVERAGE}, {@link #LOOSE_BITS} from there.
 * Same bytes, same cuts, in every release: the table is the first 8 bytes of the SHA-256 of each byte's value.
 *
 * @see "Xia et al., FastCDC, USENIX ATC 2016, sections 3.3 to 3.5: gear, cut-point skipping, normalized chunking"
 */
public final class Chunker {
    /** Only the last chunk may be shorter. */
    public static final int BYTES_MIN = 1024;

    public static final int BYTES_AVERAGE = 4 * 1024;
    public static final int BYTES_MAX = 32 * 1024;

    /** Longer artifacts have chunks of eight times these sizes, or their rows would cost more than is shared. */
    public static final int FINE_BYTES_MAX = 4 * 1024 * 1024;

    private static final int COARSE_SHIFT = 3;
    private static final int STRICT_BITS = 14;
    private static final int LOOSE_BITS = 10;
    private static final long[] GEAR = gear();

    private Chunker() {}

    /** Where chunks end, exclusive, growing; the last one is the length of {@code bytes}. */
    public static List<Integer> cuts(byte[] bytes) {
        int shift = bytes.length <= FINE_BYTES_MAX ? 0 : COARSE_SHIFT;
        List<Integer> cuts = new ArrayList<>();
        for (int from = 0; from < bytes.length; from = cuts.getLast()) {
            cuts.add(cut(bytes, from, shift));
        }
        return cuts;
    }

    private static int cut(byte[] bytes, int from, int shift) {
        int end = Math.min(bytes.length, from + (BYTES_MAX << shift));
        int average = Math.min(end, from + (BYTES_AVERAGE << shift));
        long hash = 0;
        for (int at = Math.min(end, from + (BYTES_MIN << shift)); at < end; at++) {
            hash = (hash << 1) + GEAR[bytes[at] & 0xff];
            if (hash >>> Long.SIZE - shift - (at < average ? STRICT_BITS : LOOSE_BITS) == 0) {
                return at + 1;
            }
        }
        return end;
    }

    private static long[] gear() {
        long[] table = new long[256];
        for (int value = 0; value < table.length; value++) {
            table[value] = ByteBuffer.wrap(Digest.sha256().digest(new byte[] {(byte) value}))
                    .getLong();
        }
        return table;
    }
}
