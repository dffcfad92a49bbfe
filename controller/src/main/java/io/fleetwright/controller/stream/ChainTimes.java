package io.fleetwright.controller.stream;

import io.fleetwright.controller.job.WindowCosts;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.StreamReport;
import org.jspecify.annotations.Nullable;

/**
 * What the transforms of a stream take on its source, microseconds of one frame. Pure. They begin as a guess by the values that they
 * compute. Of each window the time that nine in ten frames keep within goes into a mean; plans count with that mean once it has been a
 * fifth, and a millisecond, away from what they count with for {@value #AWAY_WINDOWS} windows in a row.
 *
 * @param before counted for those before the network
 * @param after counted for those behind it
 * @param beforeSeen mean of the newest windows, 0 before the first
 * @param afterSeen the same behind the network
 * @param away windows in a row whose mean is far from what is counted
 */
record ChainTimes(double before, double after, double beforeSeen, double afterSeen, int away) {
    private static final int AWAY_WINDOWS = 3;
    private static final double AWAY = Math.log(1.2);
    private static final double AWAY_MICROS = 1_000;
    private static final double NEWEST_WEIGHT = 0.3;
    private static final double PERCENTILE = 0.9;

    static ChainTimes of(LiveStreamRow row) {
        return new ChainTimes(
                row.beforeMicros, row.afterMicros, row.beforeSeenMicros, row.afterSeenMicros, row.transformsAway);
    }

    void put(LiveStreamRow row) {
        row.beforeMicros = before;
        row.afterMicros = after;
        row.beforeSeenMicros = beforeSeen;
        row.afterSeenMicros = afterSeen;
        row.transformsAway = away;
    }

    /** With one more window; the same where that has no frames that were transformed. */
    ChainTimes with(StreamReport report) {
        Double newBefore = seen(report, StreamReport.Chain.BEFORE);
        Double newAfter = seen(report, StreamReport.Chain.AFTER);
        if (newBefore == null && newAfter == null) {
            return this;
        }
        double nowBefore = mean(beforeSeen, newBefore);
        double nowAfter = mean(afterSeen, newAfter);
        double counted = before + after;
        double shown = nowBefore + nowAfter;
        boolean far = Math.abs(shown - counted) >= AWAY_MICROS
                && Math.abs(Math.log(Math.max(1, shown) / Math.max(1, counted))) > AWAY;
        return far && away + 1 >= AWAY_WINDOWS
                ? new ChainTimes(nowBefore, nowAfter, nowBefore, nowAfter, 0)
                : new ChainTimes(before, after, nowBefore, nowAfter, far ? away + 1 : 0);
    }

    /** Whether plans count with something else. */
    boolean isCountedAs(ChainTimes other) {
        return before == other.before && after == other.after;
    }

    private static double mean(double seen, @Nullable Double newest) {
        if (newest == null || seen == 0) {
            return newest == null ? seen : newest;
        }
        return seen + NEWEST_WEIGHT * (newest - seen);
    }

    private static @Nullable Double seen(StreamReport report, StreamReport.Chain chain) {
        for (StreamReport.Took took : report.transforms()) {
            if (took.chain() == chain) {
                LatencyHistogram all = took.latency();
                return WindowCosts.percentileMicros(all, PERCENTILE);
            }
        }
        return null;
    }
}
