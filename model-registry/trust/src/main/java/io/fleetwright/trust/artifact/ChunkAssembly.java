package io.fleetwright.trust.artifact;

import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ChunkMap.Chunk;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An artifact that is put together from chunks, wherever they come from; only chunks with their digest go in. */
public final class ChunkAssembly {
    /** So much of what is there already is fetched once more rather than asked around. */
    private static final int GAP_BYTES_MAX = 8 * 1024;

    private final List<Chunk> chunks;
    /** Where each chunk begins, and the length of all. */
    private final int[] begins;

    private final byte[] bytes;
    private final BitSet there = new BitSet();

    /** Nothing of it is there yet. */
    public ChunkAssembly(ChunkMap map) {
        chunks = map.chunks();
        begins = new int[chunks.size() + 1];
        for (int i = 0; i < chunks.size(); i++) {
            begins[i + 1] = begins[i] + chunks.get(i).bytes();
        }
        bytes = new byte[begins[chunks.size()]];
    }

    /** Bytes {@code begin} to {@code end}, exclusive. */
    public record Stretch(int begin, int end) {}

    /**
     * Takes what another artifact has too.
     *
     * @return bytes that are there by it and were not before
     */
    public int reuse(byte[] other) {
        Map<Chunk, Integer> known = new HashMap<>();
        int from = 0;
        for (Chunk chunk :
                other.length == 0 ? List.<Chunk>of() : ChunkMap.of(other).chunks()) {
            known.putIfAbsent(chunk, from);
            from += chunk.bytes();
        }
        int reused = 0;
        for (int i = there.nextClearBit(0); i < chunks.size(); i = there.nextClearBit(i + 1)) {
            Integer at = known.get(chunks.get(i));
            if (at != null) {
                System.arraycopy(other, at, bytes, begins[i], chunks.get(i).bytes());
                there.set(i);
                reused += chunks.get(i).bytes();
            }
        }
        return reused;
    }

    /**
     * What should be fetched next: whole chunks, of which the first and the last are not there.
     *
     * @param bytesMax the most, unless one chunk alone is longer
     * @return absent when everything is there
     */
    public Optional<Stretch> missing(int bytesMax) {
        int first = there.nextClearBit(0);
        if (first == chunks.size()) {
            return Optional.empty();
        }
        int end = begins[first + 1];
        for (int i = there.nextClearBit(first + 1); i < chunks.size(); i = there.nextClearBit(i + 1)) {
            if (begins[i] - end > GAP_BYTES_MAX || begins[i + 1] - begins[first] > bytesMax) {
                break;
            }
            end = begins[i + 1];
        }
        return Optional.of(new Stretch(begins[first], end));
    }

    /**
     * Takes the chunks that lie within {@code part} as a whole and have their digest.
     *
     * @param at where the part begins
     * @return chunks within it that have another digest
     */
    public int accept(int at, byte[] part) {
        int damaged = 0;
        for (int i = there.nextClearBit(0); i < chunks.size(); i = there.nextClearBit(i + 1)) {
            int from = begins[i] - at;
            int count = chunks.get(i).bytes();
            if (from < 0 || from + count > part.length) {
                continue;
            }
            if (Digest.of(part, from, count).equals(chunks.get(i).digest())) {
                System.arraycopy(part, from, bytes, begins[i], count);
                there.set(i);
            } else {
                damaged++;
            }
        }
        return damaged;
    }

    /**
     * The artifact.
     *
     * @throws IllegalStateException while something is missing
     */
    public byte[] bytes() {
        if (there.cardinality() < chunks.size()) {
            throw new IllegalStateException(
                    "%d of %d chunks are missing".formatted(chunks.size() - there.cardinality(), chunks.size()));
        }
        return bytes;
    }
}
