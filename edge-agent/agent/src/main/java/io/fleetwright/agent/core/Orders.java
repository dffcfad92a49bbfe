package io.fleetwright.agent.core;

import io.fleetwright.agent.core.AgentCore.Counter;
import io.fleetwright.agent.core.DeviceQueue.Item;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.update.ArtifactSource.Fetched;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Work orders of a node, from their coming to their result: which are taken, what runs on each device, what is sent to other
 * nodes and awaited from them. Each order ends with exactly one result unless it is cancelled.
 */
final class Orders {
    private static final int INPUT_TRIES_MAX = 4;
    private static final long INPUT_DELAY_MILLIS = 200;
    private static final long BUDGET_MILLIS_MAX = Duration.ofDays(7).toMillis();

    private final AgentSettings settings;
    private final Map<String, DeviceQueue> devices;
    private final Results results;
    private final Board board;
    private final RandomGenerator random;
    private final Arrivals arrivals = new Arrivals();
    private final Departures departures;

    /** What the orders ask of the node around them. */
    interface Board {
        /** Steady milliseconds. */
        long nowMillis();

        /** What is active in a slot. */
        Optional<Program> program(String device, String slot);

        /** Runs on the device's thread; {@code done} gets the outcome, empty when the driver failed, on the core's. */
        void infer(
                DeviceQueue queue,
                Program program,
                Program.@Nullable Cut cut,
                byte[] input,
                Consumer<Optional<Measured>> done);

        /** Fetches an input; {@code done} is called on the core's thread. */
        void fetch(Digest digest, long bytesMax, Consumer<Fetched> done);

        /** False when the message cannot leave just now. */
        boolean send(Topic topic, byte[] message, Duration expiry);

        /** Sends a result once more. */
        void sendAgain(Stamp stamp, byte @Nullable [] result);

        void count(Counter counter);

        /** A version has answered an input. */
        void served(DeviceQueue queue, String slot, Program program, byte @Nullable [] input, Measured measured);

        /** A driver has failed on a version. */
        void failed(DeviceQueue queue, String slot, Program program);
    }

    Orders(
            AgentSettings settings,
            Map<String, DeviceQueue> devices,
            Results results,
            RandomGenerator random,
            Board board) {
        this.settings = settings;
        this.devices = devices;
        this.results = results;
        this.random = random;
        this.board = board;
        this.departures = new Departures(settings.link());
    }

    // What comes.

    /** Takes an order, refuses it, or answers it again. */
    void order(Work work) {
        Finished.Result before = results.find(work).orElse(null);
        if (before != null) {
            board.count(Counter.WORK_REPEATED);
            Stamp stamp = before.stamp();
            if (stamp != null) {
                board.sendAgain(stamp, before.payload());
            }
            return;
        }
        if (isOpen(work)) {
            board.count(Counter.WORK_REPEATED);
            return;
        }
        DeviceQueue queue = devices.get(work.device());
        long open =
                devices.values().stream().mapToLong(DeviceQueue::length).sum() + arrivals.size() + departures.size();
        Item item = new Item(work, board.nowMillis() + Math.min(BUDGET_MILLIS_MAX, work.budgetMillis()));
        Program program = board.program(work.device(), work.slot()).orElse(null);
        Optional<String> misfit = program == null ? Optional.empty() : WorkRules.misfit(item, program);
        if (!results.hasRoom(open + 1)) {
            refuse(work, Outcome.REJECTED, "spool-full");
        } else if (queue == null) {
            refuse(work, Outcome.FAILED, "no-such-device");
        } else if (program == null || !program.digest().value().equals(work.digest())) {
            refuse(work, Outcome.FAILED, "wrong-digest");
        } else if (misfit.isPresent()) {
            refuse(work, Outcome.FAILED, misfit.get());
        } else if (work.budgetMillis() == 0) {
            refuse(work, Outcome.EXPIRED, "deadline");
        } else if (queue.waiting.size() + arrivals.count(queue.name) >= settings.queueLength()) {
            refuse(work, Outcome.REJECTED, "queue-full");
        } else if (work.expects() == null) {
            queue.waiting.add(item);
        } else if (!arrivals.expect(item, (int) work.inputBytes(), WorkRules.packedChannels(item, program))) {
            refuse(work, Outcome.REJECTED, "tensors-full");
        }
    }

    private boolean isOpen(Work work) {
        for (DeviceQueue queue : devices.values()) {
            Item running = queue.running;
            boolean runs = running != null && WorkRules.same(running.work, work);
            if (runs || queue.waiting.stream().anyMatch(item -> WorkRules.same(item.work, work))) {
                return true;
            }
        }
        return arrivals.awaits(work) || departures.has(work);
    }

    /** Takes a stretch of a tensor from another node. */
    void tensor(String from, Tensor tensor) {
        switch (arrivals.take(from, tensor)) {
            case Arrivals.Outcome.Dropped() -> board.count(Counter.TENSORS_DROPPED);
            case Arrivals.Outcome.Kept() -> {}
            case Arrivals.Outcome.Whole(Item item) -> {
                DeviceQueue queue = devices.get(item.work.device());
                if (queue != null) {
                    queue.waiting.add(item);
                }
            }
            case Arrivals.Outcome.Spoilt(Item item, String reason) -> refuse(item.work, Outcome.FAILED, reason);
        }
    }

    /** Forgets a task that does not run yet; nothing is said about it. */
    void cancel(String task) {
        for (DeviceQueue queue : devices.values()) {
            queue.waiting.removeIf(item -> {
                if (item.work.task().equals(task)) {
                    results.cancelled(item.work);
                    return true;
                }
                return false;
            });
        }
        arrivals.cancel(task).forEach(item -> results.cancelled(item.work));
        departures.cancel(task).forEach(item -> results.cancelled(item.work));
    }

    // What runs.

    /** Does what is due on one device. */
    void advance(DeviceQueue queue, long now) {
        while (true) {
            Item running = queue.running;
            if (running == null) {
                running = queue.waiting.poll();
                if (running == null) {
                    return;
                }
                queue.running = running;
                if (!begin(queue, running, now)) {
                    queue.running = null;
                    continue;
                }
            }
            Measured measured = running.measured;
            if (measured != null && now >= running.showMillis) {
                complete(queue, running, measured);
                queue.running = null;
                continue;
            }
            if (running.notBeforeMillis != Long.MIN_VALUE && now >= running.notBeforeMillis) {
                running.notBeforeMillis = Long.MIN_VALUE;
                if (!begin(queue, running, now)) {
                    queue.running = null;
                    continue;
                }
            }
            return;
        }
    }

    /** Starts the inference, or the fetch of its input; false when the attempt has ended instead. */
    private boolean begin(DeviceQueue queue, Item item, long now) {
        Work work = item.work;
        if (now >= item.deadlineMillis) {
            refuse(work, Outcome.EXPIRED, "deadline");
            return false;
        }
        Program program = board.program(work.device(), work.slot()).orElse(null);
        if (program == null || !program.digest().value().equals(work.digest())) {
            refuse(work, Outcome.FAILED, "wrong-digest");
            return false;
        }
        byte[] input = item.input;
        if (input == null) {
            if (item.tries >= INPUT_TRIES_MAX) {
                refuse(work, Outcome.FAILED, "fetch-failed");
                return false;
            }
            item.tries++;
            Digest digest = new Digest(Objects.requireNonNull(work.inputDigest()));
            board.fetch(digest, work.inputBytes(), fetched -> inputFetched(queue, item, digest, fetched));
            return true;
        }
        item.program = program;
        item.startedMillis = now;
        board.infer(queue, program, item.cut, input, measured -> ran(queue, item, measured));
        return true;
    }

    private void inputFetched(DeviceQueue queue, Item item, Digest digest, Fetched fetched) {
        if (queue.running != item) {
            return;
        }
        if (fetched instanceof Fetched.Bytes(byte[] bytes)
                && bytes.length == item.work.inputBytes()
                && Digest.of(bytes).equals(digest)) {
            item.input = bytes;
            item.notBeforeMillis = board.nowMillis();
        } else {
            item.notBeforeMillis = board.nowMillis() + 1 + random.nextLong(INPUT_DELAY_MILLIS << item.tries);
        }
    }

    private void ran(DeviceQueue queue, Item item, Optional<Measured> inferred) {
        if (queue.running != item) {
            return;
        }
        if (inferred.isEmpty()) {
            board.failed(queue, item.work.slot(), Objects.requireNonNull(item.program));
            refuse(item.work, Outcome.FAILED, "driver-failed");
            queue.running = null;
            return;
        }
        Measured measured = inferred.get();
        item.measured = measured;
        item.showMillis = showMillis(measured, item.startedMillis, board.nowMillis());
    }

    /** A modelled time has to pass before anybody sees the result. */
    static long showMillis(Measured measured, long startedMillis, long now) {
        return measured.modelled() ? startedMillis + (long) Math.ceil(measured.latencyMicros() / 1000) : now;
    }

    private void complete(DeviceQueue queue, Item item, Measured measured) {
        Program program = Objects.requireNonNull(item.program);
        Work.Sends sends = item.work.sends();
        if (item.cut == null) {
            board.served(queue, item.work.slot(), program, item.input, measured);
            results.done(item, measured, measured.output());
        } else if (sends == null) {
            board.count(Counter.INFERENCES);
            results.done(item, measured, measured.output());
        } else {
            int channels = sends.bits() == Byte.SIZE ? 0 : program.packableChannels(item.cut.to());
            departures.add(settings.address(), item, measured, channels, board.nowMillis());
        }
    }

    // What leaves, and what does not come.

    /** Sends what is due to other nodes, and gives up what has come too late. */
    void exchange(long now) {
        arrivals.takeLate(now).forEach(item -> refuse(item.work, Outcome.EXPIRED, "no-tensor"));
        departures.advance(
                now,
                board::send,
                (item, measured) -> results.done(item, measured, null),
                item -> refuse(item.work, Outcome.EXPIRED, "not-sent"));
    }

    /** When something is due next, on the steady clock. */
    long nextDueMillis() {
        long next = Math.min(arrivals.nextDueMillis(), departures.nextDueMillis());
        for (DeviceQueue queue : devices.values()) {
            Item running = queue.running;
            if (running != null) {
                next = Math.min(next, running.showMillis);
                if (running.notBeforeMillis != Long.MIN_VALUE) {
                    next = Math.min(next, running.notBeforeMillis);
                }
            }
        }
        return next;
    }

    private void refuse(Work work, Outcome outcome, String reason) {
        if (!results.refuse(work, outcome, reason)) {
            board.count(Counter.WORK_IGNORED);
        }
    }
}
