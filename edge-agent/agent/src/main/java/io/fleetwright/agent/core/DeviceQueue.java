package io.fleetwright.agent.core;

import io.fleetwright.agent.driver.Driver;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.sensor.SensorFrame;
import io.fleetwright.agent.stream.Board;
import io.fleetwright.agent.stream.SourceTransforms;
import io.fleetwright.telemetry.wire.Work;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Work of one device: what waits, and the one that runs. State only; the core decides.
 *
 * <p>Single orders keep the places in which they came. Runs of streams share the places that they have among these: the first place is that
 * of the first {@link Board.Turn}. An urgent one brings a place before all others.
 */
final class DeviceQueue {
    final Driver driver;
    final String name;
    /** At most as many as the queue is long: places are found by looking at all. */
    private final List<Item> waiting = new ArrayList<>();

    @Nullable
    Item running;

    /** When the device had done what it did last, on the steady clock. */
    long freeMicros = Long.MIN_VALUE;

    /** One attempt at a task. */
    static final class Item {
        final Work work;
        final long deadlineMicros;
        byte @Nullable [] input;

        /** Who hears of the outcome in place of the controller; of the run of a stream. */
        final Board.@Nullable Watcher watcher;

        /** What makes the input of a sensor's frame, absent where the frame is the input. */
        final Board.@Nullable Before before;

        /** What transforms of a single order come to, absent for one without any. */
        final SourceTransforms.@Nullable Fitted fitted;

        /** When it runs, absent for single orders. */
        final Board.@Nullable Turn turn;

        /** Of the sensor's frame. */
        final int frameBytes;

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

        /** The frame of a sensor that is the input, or of which that was made. */
        @Nullable
        SensorFrame frame;

        /** What making it took, 0 where the frame is the input. */
        long beforeMicros;

        /** What it took to make the answer of the outcome, 0 where the outcome is the answer. */
        long afterMicros;

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

        /** A single order. */
        Item(Work work, long deadlineMicros) {
            this(work, deadlineMicros, null, null, null, null);
        }

        /** A single order with transforms. */
        Item(Work work, long deadlineMicros, SourceTransforms.Fitted fitted) {
            this(work, deadlineMicros, null, fitted.before(), fitted, null);
        }

        /** A run of a stream. */
        Item(Work work, Board.Turn turn, Board.@Nullable Before before, Board.Watcher watcher) {
            this(work, turn.deadlineMicros(), turn, before, null, watcher);
        }

        private Item(
                Work work,
                long deadlineMicros,
                Board.@Nullable Turn turn,
                Board.@Nullable Before before,
                SourceTransforms.@Nullable Fitted fitted,
                Board.@Nullable Watcher watcher) {
            this.work = work;
            this.fitted = fitted;
            this.deadlineMicros = deadlineMicros;
            this.turn = turn;
            this.before = before;
            this.watcher = watcher;
            this.input = work.input();
            Work.Segment segment = work.segment();
            this.frameBytes = fitted == null ? (int) work.inputBytes() : fitted.frameBytes();
            this.cut = segment == null || segment.isEmpty() ? null : new Program.Cut(segment.from(), segment.to());
        }
    }

    DeviceQueue(Driver driver) {
        this.driver = driver;
        this.name = driver.device().device();
    }

    /** Gives it a place; runs of streams that it goes before move back by one of theirs. */
    void add(Item item) {
        Board.Turn turn = item.turn;
        if (turn == null) {
            waiting.add(item);
            return;
        }
        waiting.add(turn.isUrgent() ? 0 : waiting.size(), item);
        List<Item> runs = new ArrayList<>(waitingRuns().toList());
        if (turn.isUrgent()) {
            // Of two that are alike the one that came first stays first.
            runs.add(runs.removeFirst());
        }
        runs.sort(Comparator.comparing(one -> Objects.requireNonNull(one.turn)));
        Iterator<Item> next = runs.iterator();
        waiting.replaceAll(one -> one.turn == null ? one : next.next());
    }

    /** Takes out the first one that may run now; absent when none may. */
    @Nullable
    Item poll(Predicate<Item> mayRun) {
        for (Iterator<Item> items = waiting.iterator(); items.hasNext(); ) {
            Item item = items.next();
            if (mayRun.test(item)) {
                items.remove();
                return item;
            }
        }
        return null;
    }

    /** How many wait. */
    int waiting() {
        return waiting.size();
    }

    /** Runs of streams that wait, in their order. */
    Stream<Item> waitingRuns() {
        return waiting.stream().filter(item -> item.turn != null);
    }

    /** Whether one that waits or runs is such. */
    boolean has(Predicate<Item> which) {
        Item now = running;
        return now != null && which.test(now) || waiting.stream().anyMatch(which);
    }

    /** Takes out what waits and is such. */
    void removeIf(Predicate<Item> which) {
        waiting.removeIf(which);
    }

    /** Waiting and running. */
    int length() {
        return waiting.size() + (running == null ? 0 : 1);
    }
}
