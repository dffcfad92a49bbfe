package io.fleetwright.agent.update;

import org.jspecify.annotations.Nullable;

/**
 * How one version does in its slot since the agent started or switched to it. A version that followed another one is on
 * trial until it has given {@link #ANSWERS} answers in a row, or has run for {@link #QUIET_MILLIS} without a failure.
 */
final class Trial {
    /** Starts of the agent that a version on trial is given; with the next one the slot falls back. */
    static final int STARTS_MAX = 3;

    static final int ANSWERS = 20;
    static final long QUIET_MILLIS = 60_000;
    static final int FAILURES_MAX = 3;

    /** Fewer outputs say nothing about saturation. */
    private static final int OUTPUTS_MIN = 5;

    private final @Nullable Trial before;
    private long sinceMillis;
    private int inARow;
    private int failures;
    private long outputs;
    private long saturated;

    /** What is to be done. */
    sealed interface Verdict {
        record Open() implements Verdict {}

        record Passed() implements Verdict {}

        /** {@code reason} is for a machine. */
        record Failed(String reason) implements Verdict {}
    }

    /**
     * Begins.
     *
     * @param nowMillis on a clock that never goes back
     * @param before how the version did that ran before, absent when nobody saw it
     */
    Trial(long nowMillis, @Nullable Trial before) {
        this.sinceMillis = nowMillis;
        // Of the one before only its outputs count; keeping its own predecessor would keep them all.
        this.before = before == null ? null : before.alone();
    }

    private Trial alone() {
        Trial alone = new Trial(sinceMillis, null);
        alone.outputs = outputs;
        alone.saturated = saturated;
        return alone;
    }

    void answered(boolean saturates) {
        inARow++;
        outputs++;
        saturated += saturates ? 1 : 0;
    }

    void failed(long nowMillis) {
        failures++;
        inARow = 0;
        sinceMillis = nowMillis;
    }

    Verdict verdict(long nowMillis) {
        if (failures >= FAILURES_MAX) {
            return new Verdict.Failed("driver-failed");
        }
        if (inARow < ANSWERS && nowMillis - sinceMillis < QUIET_MILLIS) {
            return new Verdict.Open();
        }
        return isLost() ? new Verdict.Failed("saturated") : new Verdict.Passed();
    }

    /** Half of the outputs are saturated, and of the version before less than a quarter were: some networks saturate by nature. */
    private boolean isLost() {
        return outputs >= OUTPUTS_MIN
                && 2 * saturated >= outputs
                && before != null
                && before.outputs >= OUTPUTS_MIN
                && 4 * before.saturated < before.outputs;
    }
}
