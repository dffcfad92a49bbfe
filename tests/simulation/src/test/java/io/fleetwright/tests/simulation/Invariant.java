package io.fleetwright.tests.simulation;

import org.jspecify.annotations.Nullable;

/** What must hold at every moment of a history. */
enum Invariant {
    /** At most one controller writes: nothing of a replaced one lands, versions and revisions only grow. */
    ONE_WRITER,
    /** A slot runs bytes whose digest is in a list and in a release, both signed, for that node, device and slot. */
    VERIFIED_BYTES,
    /** Versions of signed documents and lists never go down, releases only where it is signed; what is expired admits nothing. */
    NEVER_BACK,
    /** Once faults stop, what is desired is reached, or reported as impossible, within a bound. */
    CONVERGES,
    /** At most one active version in a slot, and at every instant, a power cut included, one that can run. */
    ALWAYS_RUNNABLE,
    /** Success was said by the device itself; counts add up; waves keep their thresholds; nothing starts after a halt. */
    TRUE_SUCCESS,
    /** A version of a node's list has one content, and a target is started once a turn. */
    ONE_DISPATCH,
    /** Once a rollout has ended without success, no list names its version where it did not stay. */
    TAKEN_BACK;

    /** One that did not hold. */
    static final class Broken extends AssertionError {
        private static final long serialVersionUID = 1L;
        private final Invariant invariant;

        Broken(Invariant invariant, String message) {
            super(invariant + ": " + message);
            this.invariant = invariant;
        }

        Invariant invariant() {
            return invariant;
        }
    }

    /** @throws Broken unless it holds */
    @SuppressWarnings("AnnotateFormatMethod") // The annotation is in no library that tests have.
    void require(boolean holds, String message, @Nullable Object... arguments) {
        if (!holds) {
            throw new Broken(this, message.formatted(arguments));
        }
    }
}
