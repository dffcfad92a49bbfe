package io.fleetwright.scheduler.scenario;

/**
 * Something that befalls a board.
 *
 * @param factor {@link Kind#LINK}: share of the radio's rate, 0 while it is cut off; {@link Kind#SPEED}: by how much layers take longer, 1
 *     or more, for stages that begin from then on; {@link Kind#POWER}: 0 the board is gone, 1 it is back
 */
public record Disturbance(double atMillis, int board, Kind kind, double factor) {
    /** What changes. */
    public enum Kind {
        LINK,
        SPEED,
        POWER
    }

    public Disturbance {
        boolean fits = switch (kind) {
            case LINK -> factor >= 0 && factor <= 1;
            case SPEED -> factor >= 1 && factor <= 1000;
            case POWER -> factor == 0 || factor == 1;
        };
        if (!(atMillis >= 0) || Double.isInfinite(atMillis) || board < 0 || !fits) {
            throw new IllegalArgumentException(
                    "%s of board %d by %s at %s ms is not valid".formatted(kind, board, factor, atMillis));
        }
    }
}
