package io.fleetwright.controller.rollout;

/** What the measurements of a wave say of the next one. */
public sealed interface GateVerdict {
    /** Nothing speaks against going on. */
    record Pass() implements GateVerdict {}

    /**
     * Not decided yet; a wave whose gates stay so past their deadline breaches as {@link Reason#GATE_UNDECIDED}.
     *
     * @param rule stable name of what is waited for, for example {@code latency-p95}
     * @param detail one line for a person, with figures
     */
    record Waiting(String rule, String detail) implements GateVerdict {}

    /** The new version is worse: nothing more starts, and the policy's breach action follows. */
    record Breach(String rule, String detail) implements GateVerdict {}
}
