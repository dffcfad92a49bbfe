package io.fleetwright.agent.core;

import io.fleetwright.agent.driver.Driver;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.sensor.SensorFrame;
import io.fleetwright.agent.stream.Board;
import io.fleetwright.telemetry.wire.Work;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Work of one device: what waits, and the one that runs. State only; the core decides. */
final class DeviceQueue {
    final Driver driver;
    final String name;
    final ArrayDeque<Item> waiting = new ArrayDeque<>();

    @Nullable
    Item running;

    /** One attempt at a task. */
    static final class Item {
        final Work work;
        final long deadlineMicros;
        byte @Nullable [] input;

        /** Who hears of the outcome in place of the controller. */
        Board.@Nullable Watcher watcher;

        int tries;
        long notBeforeMicros = Long.MIN_VALUE;

        /** The stretch that runs, absent for all of the program. */
        final Program.@Nullable Cut cut;

        @Nullable
        Program program;

        @Nullable
        Measured measured;

        /** The frame of a sensor that is the input. */
        @Nullable
        SensorFrame frame;

        /** When the input was there and when the outcome was, on the wall clock. */
        long takenAtMicros;

        long doneAtMicros;

        /** When the outcome may be seen, on the steady clock. */
        long showMicros = Long.MAX_VALUE;

        Item(Work work, long deadlineMicros) {
            this.work = work;
            this.deadlineMicros = deadlineMicros;
            this.input = work.input();
            Work.Segment segment = work.segment();
            this.cut = segment == null ? null : new Program.Cut(segment.from(), segment.to());
        }
    }

    DeviceQueue(Driver driver) {
        this.driver = driver;
        this.name = driver.device().device();
    }

    /** Waiting and running. */
    int length() {
        return waiting.size() + (running == null ? 0 : 1);
    }
}
