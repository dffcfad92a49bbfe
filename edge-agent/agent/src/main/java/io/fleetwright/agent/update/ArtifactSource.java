package io.fleetwright.agent.update;

import io.fleetwright.trust.Digest;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Fetches bytes by digest, once per call; who asks decides about another try. */
@FunctionalInterface
public interface ArtifactSource {
    /** How one try ended. */
    sealed interface Fetched {
        /** The bytes as they came; whoever asked checks them. */
        record Bytes(byte[] bytes) implements Fetched {}

        /**
         * No bytes.
         *
         * @param again false when another try cannot help
         */
        record Failed(String reason, boolean again) implements Fetched {}
    }

    /**
     * Starts one try.
     *
     * @param bytesMax a longer body is a failure with the reason {@code too-large}
     * @param done called once unless the try is stopped, on the core's thread, possibly before this returns
     */
    void fetch(Digest digest, long bytesMax, Consumer<Fetched> done);

    /**
     * What is wanted, with what is known of it.
     *
     * @param bytes its length
     * @param chunks signed digest of its {@link io.fleetwright.trust.artifact.ChunkMap}, absent when it has none
     * @param older artifacts that are on disk and may share chunks with it
     */
    record Wanted(Digest digest, long bytes, Optional<Digest> chunks, List<byte[]> older) {
        public Wanted {
            older = List.copyOf(older);
        }
    }

    /** Starts one try, chunk by chunk where the source can: each is checked as it comes, and a damaged one alone fetched again. */
    default void fetch(Wanted wanted, Consumer<Fetched> done) {
        fetch(wanted.digest, wanted.bytes, done);
    }

    /** Ends the tries for a digest that nobody waits for any more, so that others need not wait for them. */
    default void stop(Digest digest) {}
}
