package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.trust.Digest;
import java.util.Arrays;

/** Bytes by digest in the database, in pieces, so that a range needs only the pieces that it touches. */
public final class Artifacts {
    public static final int BYTES_MAX = 64 * 1024 * 1024;
    private static final int CHUNK_BYTES = 256 * 1024;

    private Artifacts() {}

    /** Stores the bytes unless they are there. */
    public static Digest put(Tx tx, byte[] bytes, long nowMillis) {
        if (bytes.length == 0 || bytes.length > BYTES_MAX) {
            throw Refusal.invalid("artifact of %d bytes must have 1 to %d".formatted(bytes.length, BYTES_MAX));
        }
        Digest digest = Digest.of(bytes);
        ArtifactRow row = new ArtifactRow();
        row.id = digest.value();
        row.bytes = bytes.length;
        row.createdAt = nowMillis;
        if (tx.insertIfAbsent(row)) {
            for (int chunk = 0; chunk * CHUNK_BYTES < bytes.length; chunk++) {
                ArtifactChunkRow piece = new ArtifactChunkRow();
                piece.id = digest.value() + "#" + chunk;
                piece.digest = digest.value();
                piece.chunk = chunk;
                piece.content = Arrays.copyOfRange(
                        bytes, chunk * CHUNK_BYTES, Math.min(bytes.length, (chunk + 1) * CHUNK_BYTES));
                tx.insert(piece);
            }
        }
        return digest;
    }

    /** Length of an artifact. */
    public static long bytes(Tx tx, String digest) {
        return tx.get(ArtifactRow.class, digest).orElseThrow(() -> Refusal.notFound("artifact", digest)).bytes;
    }

    /**
     * Bytes {@code first} to {@code last}, inclusive.
     *
     * @throws Refusal when there is no such artifact, or no such range in it
     */
    public static byte[] get(Tx tx, String digest, long first, long last) {
        long length = bytes(tx, digest);
        if (first < 0 || last < first || last >= length) {
            throw Refusal.invalid("range %d-%d is not within the %d bytes".formatted(first, last, length));
        }
        byte[] out = new byte[Math.toIntExact(last - first + 1)];
        int firstChunk = (int) (first / CHUNK_BYTES);
        int lastChunk = (int) (last / CHUNK_BYTES);
        for (ArtifactChunkRow piece : tx.find(Query.of(ArtifactChunkRow.class)
                .equal("digest", digest)
                .atLeast("chunk", firstChunk)
                .less("chunk", lastChunk + 1))) {
            long begins = (long) piece.chunk * CHUNK_BYTES;
            int from = (int) Math.max(0, first - begins);
            int until = (int) Math.min(piece.content.length, last + 1 - begins);
            System.arraycopy(piece.content, from, out, (int) (begins + from - first), until - from);
        }
        return out;
    }

    /** The whole artifact. */
    public static byte[] get(Tx tx, String digest) {
        return get(tx, digest, 0, bytes(tx, digest) - 1);
    }
}
