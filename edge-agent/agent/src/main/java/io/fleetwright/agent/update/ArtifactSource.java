package io.fleetwright.agent.update;

import io.fleetwright.trust.Digest;
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

    /** Ends the tries for a digest that nobody waits for any more, so that others need not wait for them. */
    default void stop(Digest digest) {}
}
