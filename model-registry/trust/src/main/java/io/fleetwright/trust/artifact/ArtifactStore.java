package io.fleetwright.trust.artifact;

import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes by the digest of all of them. An artifact is there whole or not at all, and never changes.
 *
 * <p>Every method throws {@link ArtifactException}: {@code FAILED} when the storage does not answer, and what it names.
 */
public interface ArtifactStore {
    /** Longest artifact, bytes. */
    int BYTES_MAX = 64 * 1024 * 1024;

    /**
     * An artifact that is there.
     *
     * @param bytes its length
     * @param putAtMillis when it was last put
     */
    record Stored(Digest digest, long bytes, long putAtMillis) {}

    /**
     * Stores the bytes; doing it twice has the effect of doing it once, and makes it young again.
     *
     * @param bytes 1 to {@link #BYTES_MAX}, else {@code SIZE}
     */
    Digest put(byte[] bytes);

    boolean has(Digest digest);

    /** Bytes of an artifact; {@code ABSENT} when it is not there. */
    long length(Digest digest);

    /**
     * Bytes {@code first} to {@code last}, inclusive and unverified; {@code ABSENT} when it is not there, {@code RANGE}
     * when it has no such bytes.
     */
    byte[] range(Digest digest, long first, long last);

    /** The whole artifact, verified: {@code DAMAGED} when it no longer has its digest, {@code ABSENT} when not there. */
    default byte[] read(Digest digest) {
        byte[] bytes = range(digest, 0, length(digest) - 1);
        if (!Digest.of(bytes).equals(digest)) {
            throw new ArtifactException(Kind.DAMAGED, "artifact %s is stored with other bytes".formatted(digest));
        }
        return bytes;
    }

    /** Removes an artifact; false when it was not there. */
    boolean delete(Digest digest);

    /**
     * Artifacts in the order of their digests.
     *
     * @param after the last one that is known already; absent begins
     * @param limit most artifacts returned, at least 1
     */
    List<Stored> list(@Nullable Digest after, int limit);

    /** Checks what is put: {@code SIZE} when it is none or too long. */
    static void requireSize(byte[] bytes) {
        if (bytes.length == 0 || bytes.length > BYTES_MAX) {
            throw new ArtifactException(
                    Kind.SIZE, "artifact of %d bytes must have 1 to %d".formatted(bytes.length, BYTES_MAX));
        }
    }

    /** Checks what is asked for: {@code RANGE} when not within {@code length} bytes. */
    static void requireRange(Digest digest, long first, long last, long length) {
        if (first < 0 || last < first || last >= length) {
            throw new ArtifactException(
                    Kind.RANGE, "range %d-%d is not within the %d bytes of %s".formatted(first, last, length, digest));
        }
    }

    /** The answer to a digest that no artifact has. */
    static ArtifactException absent(Digest digest) {
        return new ArtifactException(Kind.ABSENT, "there is no artifact " + digest);
    }
}
