package io.fleetwright.scheduler.scenario;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A board while a setting runs; owned by {@link FleetRun}. */
final class BoardState {
    private static final double OBSERVED_WEIGHT = 0.3;

    final int index;
    final Board board;
    final PowerMeter meter;
    final Deque<Stage> queue = new ArrayDeque<>();
    final boolean[] onAir = new boolean[Radio.KINDS];
    /** Expected times of all stages that are to run here and have not ended. */
    double committedMillis;
    /** Expected times on the air of all transfers that are to pass here and have not ended. */
    final double[] committedAirMillis = new double[Radio.KINDS];

    @Nullable
    Stage running;

    double runningSince;
    double link = 1;
    double speed = 1;
    boolean outage;
    boolean emptied;
    double observedSlowdown = 1;
    long emptyVersion;
    /** The disturbance that cut it off last. */
    int cutOffBy = -1;

    BoardState(int index, Board board) {
        this.index = index;
        this.board = board;
        meter = new PowerMeter(board.batteryJoules(), board.idleWatts());
    }

    boolean isPresent() {
        return !outage && !emptied;
    }

    void observe(double millis, double profileMillis) {
        if (profileMillis > 0) {
            observedSlowdown += OBSERVED_WEIGHT * (millis / profileMillis - observedSlowdown);
        }
    }

    /** A stretch of a frame's layers on one board. */
    static final class Stage {
        final Attempt attempt;
        final double profileMillis;
        final double profileMillijoules;

        Stage(Attempt attempt, double profileMillis, double profileMillijoules) {
            this.attempt = attempt;
            this.profileMillis = profileMillis;
            this.profileMillijoules = profileMillijoules;
        }
    }
}
