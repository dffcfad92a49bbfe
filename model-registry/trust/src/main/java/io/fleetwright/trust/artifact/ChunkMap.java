package io.fleetwright.trust.artifact;

import io.fleetwright.trust.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The chunks of an artifact in their order, so that whoever fetches it can check each one by itself, fetch a damaged one
 * again, and take what an older artifact has too from there. Its own digest is what is signed.
 *
 * <p>Form: for each chunk its length, 4 bytes, big-endian, and the 32 bytes of its SHA-256.
 *
 * @param chunks at least 1, at most {@value #CHUNKS_MAX}, together at most {@link ArtifactStore#BYTES_MAX} bytes
 */
public record ChunkMap(List<Chunk> chunks) {
    /** Of an artifact that {@link Chunker} cuts; the last chunk of each may be short. */
    public static final int CHUNKS_MAX = ArtifactStore.BYTES_MAX / (8 * Chunker.BYTES_MIN) + 1;

    private static final int HASH_BYTES = 32;
    private static final int ENTRY_BYTES = Integer.BYTES + HASH_BYTES;
    /** Longest encoded map. */
    public static final int BYTES_MAX = CHUNKS_MAX * ENTRY_BYTES;

    /**
     * One stretch.
     *
     * @param bytes its length, from 1
     * @param digest of its bytes
     */
    public record Chunk(int bytes, Digest digest) {
        public Chunk {
            if (bytes < 1 || bytes > ArtifactStore.BYTES_MAX) {
                throw new IllegalArgumentException("chunk of %d bytes".formatted(bytes));
            }
        }
    }

    public ChunkMap {
        chunks = List.copyOf(chunks);
        if (chunks.isEmpty() || chunks.size() > CHUNKS_MAX) {
            throw new IllegalArgumentException("chunks (%d) must be from 1 to %d".formatted(chunks.size(), CHUNKS_MAX));
        }
        if (length(chunks) > ArtifactStore.BYTES_MAX) {
            throw new IllegalArgumentException(
                    "chunks of %d bytes, at most %d".formatted(length(chunks), ArtifactStore.BYTES_MAX));
        }
    }

    /** The map of an artifact, as {@link Chunker} cuts it. */
    public static ChunkMap of(byte[] artifact) {
        List<Chunk> chunks = new ArrayList<>();
        int from = 0;
        for (int end : Chunker.cuts(artifact)) {
            chunks.add(new Chunk(end - from, Digest.of(artifact, from, end - from)));
            from = end;
        }
        return new ChunkMap(chunks);
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws IllegalArgumentException when it is no map
     */
    public static ChunkMap decode(byte[] bytes) {
        if (bytes.length > BYTES_MAX || bytes.length % ENTRY_BYTES != 0) {
            throw new IllegalArgumentException("no chunk map has %d bytes".formatted(bytes.length));
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        List<Chunk> chunks = new ArrayList<>(bytes.length / ENTRY_BYTES);
        byte[] hash = new byte[HASH_BYTES];
        while (in.hasRemaining()) {
            int length = in.getInt();
            in.get(hash);
            chunks.add(new Chunk(length, Digest.ofHash(hash)));
        }
        return new ChunkMap(chunks);
    }

    public byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(chunks.size() * ENTRY_BYTES);
        chunks.forEach(chunk -> out.putInt(chunk.bytes).put(chunk.digest.hash()));
        return out.array();
    }

    /** Bytes of the artifact. */
    public long length() {
        return length(chunks);
    }

    private static long length(List<Chunk> chunks) {
        return chunks.stream().mapToLong(Chunk::bytes).sum();
    }
}
