package io.fleetwright.scheduler.scenario;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One try at a frame; what an earlier one still does counts nowhere. */
final class Attempt {
    final Frame frame;
    final Placement placement;
    final int number;
    /** Ended, broken, or followed by another one. */
    boolean over;

    double sourceMillis;
    double helperMillis;
    double airMillis;
    int airKind;

    Attempt(Frame frame, Placement placement) {
        this.frame = frame;
        this.placement = placement;
        number = frame.attempts++;
    }

    boolean uses(int board) {
        return !placement.isLocal() && (frame.source == board || placement.helper() == board);
    }

    /** A frame from when it is taken to its only end. */
    static final class Frame {
        final int stream;
        final int source;
        final long number;
        final double takenMillis;
        final double deadlineMillis;
        /** Disturbances that broke an attempt. */
        final List<Integer> brokenBy = new ArrayList<>();
        /** The one that had cut its source off when the frame was taken, if any. */
        int takenBehind = RunTally.NO_DISTURBANCE;

        int attempts;

        @Nullable
        Attempt now;

        @Nullable
        Ending ending;

        Frame(int stream, int source, long number, double takenMillis, double deadlineMillis) {
            this.stream = stream;
            this.source = source;
            this.number = number;
            this.takenMillis = takenMillis;
            this.deadlineMillis = deadlineMillis;
        }

        Request request() {
            return new Request(stream, source, number, deadlineMillis, attempts);
        }
    }

    /** How a frame ends; each does once. */
    enum Ending {
        ON_TIME,
        /** Answered after its deadline. */
        LATE,
        /** Given up where it was when its deadline had passed. */
        EXPIRED,
        /** Its source was gone, or all its attempts were broken. */
        LOST
    }
}
