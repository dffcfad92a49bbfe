package io.fleetwright.agent.core;

import io.fleetwright.agent.driver.Measured;
import io.fleetwright.trust.Digest;
import org.jspecify.annotations.Nullable;

/**
 * One input that an application on the board wants an answer to.
 *
 * @param slot slot whose active version shall run
 * @param device device of the slot, absent for the first that has it
 * @param input exactly the bytes of the version's input, int8 codes
 * @param label right class, absent when not known
 */
@SuppressWarnings("ArrayRecordComponent")
public record Frame(
        String slot,
        @Nullable String device,
        byte[] input,
        @Nullable Integer label) {
    /** What became of a frame. */
    public sealed interface Answer {
        record Done(String device, Digest digest, Measured measured) implements Answer {}

        record Refused(Reason reason, String detail) implements Answer {}
    }

    /** Why a frame was refused. */
    public enum Reason {
        NO_SUCH_SLOT,
        WRONG_INPUT,
        QUEUE_FULL,
        FAILED
    }
}
