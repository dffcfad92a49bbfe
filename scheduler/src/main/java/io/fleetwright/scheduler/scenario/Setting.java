package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.partition.LayerGraph;
import java.util.List;

/**
 * All that a run is made of, so that every policy meets the same.
 *
 * @param disturbances in any order
 * @param endMillis frames whose deadline is later are not taken
 * @param noise standard deviation of the logarithm of each stage's time, 0 to 1
 * @param detectionMillis until a source notices that the other board is lost
 * @param answerBytes that go back to the source when another board has the last layer
 * @param seed of the noise
 */
public record Setting(
        List<LayerGraph> networks,
        List<Board> boards,
        List<FrameStream> streams,
        List<Disturbance> disturbances,
        double endMillis,
        double noise,
        double detectionMillis,
        int answerBytes,
        long seed) {
    private static final int BOARDS_MAX = 1000;
    private static final double FRAMES_MAX = 10_000_000;

    public Setting {
        networks = List.copyOf(networks);
        boards = List.copyOf(boards);
        streams = List.copyOf(streams);
        disturbances = List.copyOf(disturbances);
        if (boards.isEmpty() || boards.size() > BOARDS_MAX || streams.isEmpty()) {
            throw new IllegalArgumentException("boards (%d) must be 1 to %d, streams (%d) at least 1"
                    .formatted(boards.size(), BOARDS_MAX, streams.size()));
        }
        if (!(endMillis > 0)
                || Double.isInfinite(endMillis)
                || !(noise >= 0 && noise <= 1)
                || !(detectionMillis >= 0)
                || answerBytes < 0) {
            throw new IllegalArgumentException(
                    "end (%s ms) must be above 0, noise (%s) in 0..1, detection (%s ms) and answer (%d B) at least 0"
                            .formatted(endMillis, noise, detectionMillis, answerBytes));
        }
        for (Board board : boards) {
            if (board.tiers().size() != networks.size()) {
                throw new IllegalArgumentException("%s has costs of %d networks, there are %d"
                        .formatted(board.name(), board.tiers().size(), networks.size()));
            }
            for (int n = 0; n < networks.size(); n++) {
                if (board.tiers().get(n).millis().length != networks.get(n).size()) {
                    throw new IllegalArgumentException("%s has times of %d layers of network %d, which has %d"
                            .formatted(
                                    board.name(),
                                    board.tiers().get(n).millis().length,
                                    n,
                                    networks.get(n).size()));
                }
            }
        }
        double frames = 0;
        for (FrameStream stream : streams) {
            frames += endMillis / stream.periodMillis() * stream.sources().size();
            if (stream.network() < 0 || stream.network() >= networks.size()) {
                throw new IllegalArgumentException("stream %s: network %d is not among the %d"
                        .formatted(stream.name(), stream.network(), networks.size()));
            }
            for (FrameStream.Source source : stream.sources()) {
                checkBoard("stream " + stream.name(), source.board(), boards.size());
            }
        }
        if (frames > FRAMES_MAX) {
            throw new IllegalArgumentException("frames (%.0f) must be at most %.0f".formatted(frames, FRAMES_MAX));
        }
        for (Disturbance disturbance : disturbances) {
            checkBoard("disturbance", disturbance.board(), boards.size());
        }
    }

    private static void checkBoard(String what, int board, int boards) {
        if (board >= boards) {
            throw new IllegalArgumentException("%s: board %d is not among the %d".formatted(what, board, boards));
        }
    }
}
