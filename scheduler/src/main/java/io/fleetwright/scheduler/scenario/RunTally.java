package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.scenario.Attempt.Ending;
import io.fleetwright.scheduler.scenario.Attempt.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Counts a run's frames while it goes. */
final class RunTally {
    static final int NO_DISTURBANCE = -1;

    private final Setting setting;
    private final long[] taken;
    private final List<Map<Ending, Long>> endings = new ArrayList<>();
    private final long[] shared;
    private final double[] latency;
    private final double[] emptiedAt;
    private final Set<Integer> drops = new HashSet<>();
    private final Map<Hit, Integer> missed = new HashMap<>();
    private final Map<Hit, Integer> missedBehind = new HashMap<>();
    private final List<Long> replans = new ArrayList<>();

    private record Hit(int disturbance, int stream) {}

    RunTally(Setting setting) {
        this.setting = setting;
        int streams = setting.streams().size();
        taken = new long[streams];
        for (int s = 0; s < streams; s++) {
            endings.add(new EnumMap<>(Ending.class));
        }
        shared = new long[streams];
        latency = new double[streams];
        emptiedAt = new double[setting.boards().size()];
        Arrays.fill(emptiedAt, Double.POSITIVE_INFINITY);
    }

    void taken(Frame frame) {
        taken[frame.stream]++;
    }

    void ended(Frame frame, Ending ending, double nowMillis) {
        endings.get(frame.stream).merge(ending, 1L, Long::sum);
        Set<Integer> hits = new HashSet<>(frame.brokenBy);
        drops.addAll(hits);
        if (ending == Ending.ON_TIME) {
            latency[frame.stream] += nowMillis - frame.takenMillis;
            Attempt last = frame.now;
            shared[frame.stream] += last == null || last.placement.isLocal() ? 0 : 1;
        } else {
            hits.forEach(hit -> missed.merge(new Hit(hit, frame.stream), 1, Integer::sum));
            if (frame.takenBehind != NO_DISTURBANCE) {
                missedBehind.merge(new Hit(frame.takenBehind, frame.stream), 1, Integer::sum);
            }
        }
    }

    void emptied(int board, double nowMillis) {
        emptiedAt[board] = nowMillis;
    }

    void replanned(long nanos) {
        replans.add(nanos);
    }

    RunResult result(List<BoardState> boards) {
        List<RunResult.StreamResult> streams = new ArrayList<>();
        for (int s = 0; s < taken.length; s++) {
            long onTime = count(s, Ending.ON_TIME);
            streams.add(new RunResult.StreamResult(
                    setting.streams().get(s).name(),
                    taken[s],
                    onTime,
                    count(s, Ending.LATE),
                    count(s, Ending.EXPIRED),
                    count(s, Ending.LOST),
                    shared[s],
                    onTime == 0 ? 0 : latency[s] / onTime));
        }
        Collections.sort(replans);
        return new RunResult(
                streams,
                boards.stream()
                        .map(board -> new RunResult.BoardResult(
                                board.board.name(),
                                board.meter.computeMillijoules(),
                                board.meter.sendMillijoules(),
                                board.meter.receiveMillijoules(),
                                board.meter.idleMillijoules(),
                                emptiedAt[board.index]))
                        .toList(),
                drops.size(),
                most(missed),
                most(missedBehind),
                replans);
    }

    private static int most(Map<Hit, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    private long count(int stream, Ending ending) {
        return endings.get(stream).getOrDefault(ending, 0L);
    }
}
