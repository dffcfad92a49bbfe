package io.fleetwright.controller.chain;

import org.jspecify.annotations.Nullable;

/**
 * What transforms take, microseconds of one frame, as plans count it. Pure. They begin as a guess by the values that they compute. What is
 * seen of a window of frames, or of a job, goes into a mean; plans count with that mean once it has been a fifth, and a millisecond, away
 * from what they count with for {@value #AWAY_SEEN} of these in a row.
 *
 * @param before counted for those before the network
 * @param after counted for those behind it
 * @param beforeSeen mean of the newest, 0 before the first
 * @param afterSeen the same behind the network
 * @param away how many in a row had a mean that is far from what is counted
 */
public record ChainTimes(double before, double after, double beforeSeen, double afterSeen, int away) {
    private static final int AWAY_SEEN = 3;
    private static final double AWAY = Math.log(1.2);
    private static final double AWAY_MICROS = 1_000;
    private static final double NEWEST_WEIGHT = 0.3;

    /** As long as nobody has seen what they take. */
    public static ChainTimes guessed(Chains.Guess guess) {
        return new ChainTimes(guess.beforeMicros(), guess.afterMicros(), 0, 0, 0);
    }

    /**
     * With what was seen once more.
     *
     * @param newBefore absent when nothing was done before
     * @param newAfter absent when nothing was done behind
     */
    public ChainTimes with(@Nullable Double newBefore, @Nullable Double newAfter) {
        if (newBefore == null && newAfter == null) {
            return this;
        }
        double nowBefore = mean(beforeSeen, newBefore);
        double nowAfter = mean(afterSeen, newAfter);
        double counted = before + after;
        double shown = nowBefore + nowAfter;
        boolean far = Math.abs(shown - counted) >= AWAY_MICROS
                && Math.abs(Math.log(Math.max(1, shown) / Math.max(1, counted))) > AWAY;
        return far && away + 1 >= AWAY_SEEN
                ? new ChainTimes(nowBefore, nowAfter, nowBefore, nowAfter, 0)
                : new ChainTimes(before, after, nowBefore, nowAfter, far ? away + 1 : 0);
    }

    /** Whether plans count with something else. */
    public boolean isCountedAs(ChainTimes other) {
        return before == other.before && after == other.after;
    }

    private static double mean(double seen, @Nullable Double newest) {
        if (newest == null || seen == 0) {
            return newest == null ? seen : newest;
        }
        return seen + NEWEST_WEIGHT * (newest - seen);
    }
}
