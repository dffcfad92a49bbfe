package io.fleetwright.agent.core;

import io.fleetwright.agent.core.DeviceQueue.Item;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.spool.OutputSink;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.TaskResult.PutOutput;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Outputs that go to the controller over HTTPS before their results are said, so that a result that names an output names one that is
 * stored. The devices go on meanwhile; one with another such output waits only where too much is kept here, and nothing is kept longer
 * than a limit.
 */
final class Uploads {
    /** Of all outputs that are kept at a time, unless there is just one. */
    static final long BYTES_MAX = 32L * 1024 * 1024;

    static final int COUNT_MAX = 64;

    /** Tries that run at a time. */
    static final int AT_A_TIME_MAX = 2;

    /** For all tries at one output. */
    static final long LIMIT_MICROS = Duration.ofSeconds(20).toNanos() / 1000;

    private static final int TRIES_MAX = 8;
    private static final long DELAY_MICROS = 200_000;
    private static final int DELAY_DOUBLINGS_MAX = 4;

    private final OutputSink sink;
    private final RandomGenerator random;
    private final LongSupplier steadyMicros;
    private final List<Upload> uploads = new ArrayList<>();
    /** With those of outputs that were given up. */
    private int running;

    /** @param sink its answers come on the core's thread, between two calls of {@link #advance} */
    Uploads(OutputSink sink, RandomGenerator random, LongSupplier steadyMicros) {
        this.sink = sink;
        this.steadyMicros = steadyMicros;
        this.random = random;
    }

    private enum State {
        WAITS,
        RUNS,
        STORED,
        LOST
    }

    private static final class Upload {
        final Item item;
        final Measured measured;
        final PutOutput named;
        final long untilMicros;
        State state = State.WAITS;
        int tries;
        long dueMicros;

        Upload(Item item, Measured measured, long nowMicros) {
            this.item = item;
            this.measured = measured;
            this.named = new PutOutput(Digest.of(measured.output()).value(), measured.output().length);
            this.untilMicros = Math.min(item.deadlineMicros, nowMicros + LIMIT_MICROS);
            this.dueMicros = nowMicros;
        }
    }

    /** Hears of an output that is stored. */
    @FunctionalInterface
    interface Stored {
        void of(Item item, Measured measured, PutOutput named);
    }

    /** Hears of an output that could not be put. */
    @FunctionalInterface
    interface Lost {
        void of(Item item, Outcome outcome, String reason);
    }

    /** Whether the output of another attempt may be computed now. */
    boolean hasRoom(int bytes) {
        long kept = uploads.stream().mapToLong(one -> one.named.bytes()).sum();
        return uploads.isEmpty() || uploads.size() < COUNT_MAX && kept + bytes <= BYTES_MAX;
    }

    /** Takes an output that is there. */
    void add(Item item, Measured measured, long nowMicros) {
        uploads.add(new Upload(item, measured, nowMicros));
    }

    /** Begins tries that are due, and tells of those that are over. */
    void advance(long nowMicros, Stored stored, Lost lost) {
        for (Upload one : List.copyOf(uploads)) {
            if (one.state == State.WAITS
                    && running < AT_A_TIME_MAX
                    && nowMicros >= one.dueMicros
                    && nowMicros < one.untilMicros) {
                begin(one);
            }
            if (one.state == State.STORED) {
                uploads.remove(one);
                stored.of(one.item, one.measured, one.named);
            } else if (one.state == State.LOST || nowMicros >= one.untilMicros) {
                uploads.remove(one);
                boolean late = nowMicros >= one.item.deadlineMicros;
                lost.of(one.item, late ? Outcome.EXPIRED : Outcome.FAILED, "output-not-put");
            }
        }
    }

    private void begin(Upload one) {
        one.state = State.RUNS;
        one.tries++;
        running++;
        sink.put(one.item.work.task(), one.item.work.epoch(), one.measured.output(), put -> {
            running--;
            one.state = switch (put) {
                case STORED -> State.STORED;
                case REFUSED -> State.LOST;
                case FAILED -> one.tries >= TRIES_MAX ? State.LOST : State.WAITS;
            };
            one.dueMicros = steadyMicros.getAsLong()
                    + 1
                    + random.nextLong(DELAY_MICROS << Math.min(one.tries - 1, DELAY_DOUBLINGS_MAX));
        });
    }

    /** Forgets a task; its attempts that were here. */
    List<Item> cancel(String task) {
        List<Item> cancelled = new ArrayList<>();
        uploads.removeIf(one -> {
            boolean is = one.item.work.task().equals(task);
            if (is) {
                cancelled.add(one.item);
            }
            return is;
        });
        return cancelled;
    }

    boolean has(Predicate<Work> such) {
        return uploads.stream().anyMatch(one -> such.test(one.item.work));
    }

    int size() {
        return uploads.size();
    }

    /** When something is due next, on the steady clock. */
    long nextDueMicros() {
        return uploads.stream()
                .mapToLong(one -> one.state == State.WAITS && running < AT_A_TIME_MAX
                        ? Math.min(one.dueMicros, one.untilMicros)
                        : one.untilMicros)
                .min()
                .orElse(Long.MAX_VALUE);
    }
}
