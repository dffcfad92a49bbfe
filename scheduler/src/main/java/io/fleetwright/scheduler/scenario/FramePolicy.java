package io.fleetwright.scheduler.scenario;

/** Decides who runs each frame. One instance serves one run, in one thread. */
public interface FramePolicy {
    /** Called once, before the first frame. */
    default void begin(FleetView view) {}

    /** A place for a frame; a helper must be there, reached, and have the memory. */
    Placement place(Request request, FleetView view);

    /** A board's link, presence or battery changed; the view already has it. */
    default void changed(int board, FleetView view) {}

    /** A stage ended on a board: what it took, and what the profile says of it. */
    default void ran(int board, double observedMillis, double profileMillis, FleetView view) {}
}
