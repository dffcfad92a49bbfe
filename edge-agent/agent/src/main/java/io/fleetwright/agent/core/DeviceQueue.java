package io.fleetwright.agent.core;

import io.fleetwright.agent.driver.Driver;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
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
        final long deadlineMillis;
        byte @Nullable [] input;
        int tries;
        long notBeforeMillis = Long.MIN_VALUE;

        /** The stretch that runs, absent for all of the program. */
        final Program.@Nullable Cut cut;

        @Nullable
        Program program;

        @Nullable
        Measured measured;

        long startedMillis;
        long showMillis = Long.MAX_VALUE;

        Item(Work work, long deadlineMillis) {
            this.work = work;
            this.deadlineMillis = deadlineMillis;
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
