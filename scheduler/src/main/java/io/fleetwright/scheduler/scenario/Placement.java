package io.fleetwright.scheduler.scenario;

/**
 * Who runs a frame.
 *
 * @param helper position of the board that takes over, {@link #NONE} for the source alone
 * @param cut how many layers the source runs; 0 sends the input
 */
public record Placement(int helper, int cut) {
    public static final int NONE = -1;

    public Placement {
        if (helper < NONE || cut < 0) {
            throw new IllegalArgumentException(
                    "helper (%d) must be a board or -1, cut (%d) at least 0".formatted(helper, cut));
        }
    }

    /** The source runs all layers. */
    static Placement local(int layers) {
        return new Placement(NONE, layers);
    }

    boolean isLocal() {
        return helper == NONE;
    }
}
