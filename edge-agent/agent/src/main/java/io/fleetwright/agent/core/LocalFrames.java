package io.fleetwright.agent.core;

import io.fleetwright.agent.core.Frame.Answer;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Frames of applications on the board, by device: what waits, and the one that runs. State only; the core decides. */
final class LocalFrames {
    private final Map<String, Line> lines = new TreeMap<>();

    static final class Line {
        final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

        @Nullable
        Waiting running;
    }

    static final class Waiting {
        final Frame frame;
        final Program program;
        final Consumer<Answer> done;
        long startedMicros;

        @Nullable
        Measured measured;

        long showMicros = Long.MAX_VALUE;

        Waiting(Frame frame, Program program, Consumer<Answer> done) {
            this.frame = frame;
            this.program = program;
            this.done = done;
        }
    }

    Line of(String device) {
        return lines.computeIfAbsent(device, _ -> new Line());
    }

    Map<String, Line> lines() {
        return lines;
    }

    /** Whether no frame waits or runs. */
    boolean isIdle() {
        return lines.values().stream().allMatch(line -> line.running == null && line.waiting.isEmpty());
    }

    /** When the next answer may be seen, on the steady clock. */
    long nextShowMicros() {
        long next = Long.MAX_VALUE;
        for (Line line : lines.values()) {
            Waiting running = line.running;
            if (running != null) {
                next = Math.min(next, running.showMicros);
            }
        }
        return next;
    }
}
