package io.fleetwright.scheduler.scenario;

import java.util.List;

/**
 * A network that several boards run on what they sense, again and again.
 *
 * @param network position among the setting's networks
 * @param periodMillis between frames of one source, above 0
 * @param deadlineMillis after the frame was taken, above 0
 * @param sources boards, at least one
 */
public record FrameStream(String name, int network, double periodMillis, double deadlineMillis, List<Source> sources) {
    /**
     * Where frames come from.
     *
     * @param board its position
     * @param phaseMillis of the first frame, at least 0
     */
    public record Source(int board, double phaseMillis) {
        public Source {
            if (board < 0 || !(phaseMillis >= 0)) {
                throw new IllegalArgumentException(
                        "source board (%d) and phase (%s ms) must be at least 0".formatted(board, phaseMillis));
            }
        }
    }

    public FrameStream {
        sources = List.copyOf(sources);
        if (sources.isEmpty() || !(periodMillis > 0) || !(deadlineMillis > 0)) {
            throw new IllegalArgumentException(
                    "stream %s: sources (%d) must be at least 1, period (%s ms) and deadline (%s ms) above 0"
                            .formatted(name, sources.size(), periodMillis, deadlineMillis));
        }
    }
}
