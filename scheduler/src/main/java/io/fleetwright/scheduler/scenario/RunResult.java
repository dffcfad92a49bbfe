package io.fleetwright.scheduler.scenario;

import java.util.List;

/**
 * What a run came to.
 *
 * @param streams in the setting's order
 * @param boards in the setting's order
 * @param drops links cut off and boards gone that broke an attempt
 * @param missedPerDropMax most frames in the works that one stream missed by one of them
 * @param missedBehindMax most frames that one stream missed of those taken while one link was cut off: its source was alone and too slow
 * @param replanNanos how long the policy took for each change, ascending
 */
public record RunResult(
        List<StreamResult> streams,
        List<BoardResult> boards,
        int drops,
        int missedPerDropMax,
        int missedBehindMax,
        List<Long> replanNanos) {
    /**
     * A stream's frames; {@code taken = onTime + late + expired + lost}.
     *
     * @param shared of those on time, how many had another board's help
     * @param latencyMillis mean of those on time, 0 without any
     */
    public record StreamResult(
            String name,
            long taken,
            long onTime,
            long late,
            long expired,
            long lost,
            long shared,
            double latencyMillis) {}

    /**
     * What a board drew, in millijoules.
     *
     * @param emptiedAtMillis infinite while its battery lasts
     */
    public record BoardResult(
            String name, double compute, double send, double receive, double idle, double emptiedAtMillis) {
        double active() {
            return compute + send + receive;
        }

        double total() {
            return active() + idle;
        }
    }

    public RunResult {
        streams = List.copyOf(streams);
        boards = List.copyOf(boards);
        replanNanos = List.copyOf(replanNanos);
    }

    public long taken() {
        return streams.stream().mapToLong(StreamResult::taken).sum();
    }

    public long onTime() {
        return streams.stream().mapToLong(StreamResult::onTime).sum();
    }

    /** Frames that were never answered. */
    public long unanswered() {
        return streams.stream()
                .mapToLong(stream -> stream.expired() + stream.lost())
                .sum();
    }

    /** Part of the frames without an answer by the deadline, 0 to 1. */
    public double missRate() {
        return taken() == 0 ? 0 : (double) (taken() - onTime()) / taken();
    }

    /** Computing and radios of all boards over answers in time; infinite without any. */
    public double activeMillijoulesPerResult() {
        return boards.stream().mapToDouble(BoardResult::active).sum() / onTime();
    }

    /** All that all boards drew over answers in time; infinite without any. */
    public double millijoulesPerResult() {
        return boards.stream().mapToDouble(BoardResult::total).sum() / onTime();
    }

    public long batteriesEmpty() {
        return boards.stream()
                .filter(board -> !Double.isInfinite(board.emptiedAtMillis()))
                .count();
    }

    /** Middle of the times for a change, 0 without any. */
    public double replanMillisMedian() {
        return replanNanos.isEmpty() ? 0 : replanNanos.get(replanNanos.size() / 2) / 1e6;
    }

    public double replanMillisMax() {
        return replanNanos.isEmpty() ? 0 : replanNanos.getLast() / 1e6;
    }
}
