package io.fleetwright.agent.spool;

import java.util.function.Consumer;

/** Puts outputs that are too large for a message to the controller, once per call; who asks decides about another try. */
@FunctionalInterface
public interface OutputSink {
    /** How one try ended. */
    enum Put {
        /** The controller has stored it. */
        STORED,
        /** Another try may help. */
        FAILED,
        /** The controller does not take it, now or later. */
        REFUSED
    }

    /** For one try, milliseconds. */
    long TRY_MILLIS_MAX = 15_000;

    /** Takes none. */
    OutputSink NONE = (_, _, _, done) -> done.accept(Put.REFUSED);

    /**
     * Starts one try, which ends within {@link #TRY_MILLIS_MAX}.
     *
     * @param task as its order names it
     * @param epoch of the attempt
     * @param output at most {@link io.fleetwright.telemetry.wire.Limits#OUTPUT_BYTES_MAX} bytes, not to be changed
     * @param done called once, possibly before this returns, on any thread that the core is called on
     */
    void put(String task, long epoch, byte[] output, Consumer<Put> done);
}
