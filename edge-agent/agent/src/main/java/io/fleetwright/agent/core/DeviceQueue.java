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

    /** When the device had done what it did last, on the steady clock. */
    long freeMicros = Long.MIN_VALUE;

    /** One attempt at a task. */
    static final class Item {
        final Work work;
        final long deadlineMicros;
        byte @Nullable [] input;

        /** Who hears of the outcome in place of the controller. */
        Board.@Nullable Watcher watcher;

        int tries;
        long notBeforeMicros = Long.MIN_VALUE;

        /** The stretch that runs, absent for all of the program and for none of it. */
        final Program.@Nullable Cut cut;

        @Nullable
        Program program;

        @Nullable
        Measured measured;

        /** From when on the input counts as there, on the steady clock. */
        long availableMicros = Long.MIN_VALUE;

        /** Set where the outcome was computed before the input counted as there. */
        @Nullable
        Ahead ahead;

        /** The frame of a sensor that is the input. */
        @Nullable
        SensorFrame frame;

        /** Of the outcome as it went to another node, 0 before and for one that does not. */
        int sentBytes;

        /** How long that took directly, 0 where it did not go so. */
        long directMicros;

        /** What the radio took for the outcome, absent when unknown or when it stayed here. */
        @Nullable
        Double sendMicrojoules;

        /** What it took for the input, absent when unknown or when no other node sent it. */
        @Nullable
        Double receiveMicrojoules;

        /** When the input was there and when the outcome was, on the wall clock. */
        long takenAtMicros;

        long doneAtMicros;

        /** When the outcome may be seen, on the steady clock. */
        long showMicros = Long.MAX_VALUE;

        /** An emulated device's outcome, which only its clock may show. */
        static final class Ahead {
            /** Absent while it is computed. */
            Orders.@Nullable Ran ran;
        }

        Item(Work work, long deadlineMicros) {
            this.work = work;
            this.deadlineMicros = deadlineMicros;
            this.input = work.input();
            Work.Segment segment = work.segment();
            this.cut = segment == null || segment.isEmpty() ? null : new Program.Cut(segment.from(), segment.to());
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
