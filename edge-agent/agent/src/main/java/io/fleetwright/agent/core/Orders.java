package io.fleetwright.agent.core;

import io.fleetwright.agent.core.AgentCore.Counter;
import io.fleetwright.agent.core.DeviceQueue.Item;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.agent.sensor.SensorFrame;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.spool.OutputSink;
import io.fleetwright.agent.stream.Board.Before;
import io.fleetwright.agent.stream.Board.Watcher;
import io.fleetwright.agent.stream.SourceTransforms;
import io.fleetwright.agent.update.ArtifactSource.Fetched;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.PeerAddress;
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
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
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
    private final Sensors sensors;
    private final RandomGenerator random;
    private final Arrivals arrivals = new Arrivals();
    private final Held held = new Held();
    private final Departures departures;
    private final Uploads uploads;
    private final PeerSender peers;

    /** What the orders ask of the node around them. */
    interface Board {
        /** On the steady clock. */
        long nowMicros();

        /** On the wall clock. */
        long wallMicros();

        /** What is active in a slot. */
        Optional<Program> program(String device, String slot);

        /**
         * Runs on the device's thread; {@code done} gets the outcome on the core's.
         *
         * @param input asked for on the device's thread, empty when there is none
         */
        void infer(
                DeviceQueue queue,
                Program program,
                Program.@Nullable Cut cut,
                Supplier<Optional<Input>> input,
                Consumer<Ran> done);

        /** Makes a stretch ready on the device's thread, behind what that has to do. */
        void prepare(DeviceQueue queue, Program program, Program.Cut cut);

        /** As {@link #infer} without computing: the outcome is the input. */
        void take(DeviceQueue queue, Supplier<Optional<Input>> input, Consumer<Ran> done);

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

    /** How a tensor has come. */
    enum Way {
        BROKER,
        DIRECT
    }

    /**
     * What a run is of.
     *
     * @param bytes as the network takes them
     * @param frame of the sensor: these bytes, or what they were made of; absent where there is no sensor
     * @param beforeMicros what making them of it took
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Input(byte[] bytes, @Nullable SensorFrame frame, long beforeMicros) {}

    /** How a run ended. */
    sealed interface Ran {
        /**
         * It has an outcome.
         *
         * @param input what it ran on
         * @param takenMicros when the device had the input, on the steady clock
         * @param takenAtMicros the same on the wall clock
         */
        record Done(Measured measured, Input input, long takenMicros, long takenAtMicros) implements Ran {}

        /** There was no input. */
        record NoInput() implements Ran {}

        /** The driver failed. */
        record Failed() implements Ran {}
    }

    Orders(
            AgentSettings settings,
            Map<String, DeviceQueue> devices,
            Results results,
            Sensors sensors,
            RandomGenerator random,
            PeerSender peers,
            OutputSink outputs,
            Board board) {
        this.settings = settings;
        this.devices = devices;
        this.results = results;
        this.sensors = sensors;
        this.random = random;
        this.board = board;
        this.peers = peers;
        this.uploads = new Uploads(outputs, random, board::nowMicros);
        this.departures =
                new Departures(settings.link(), micros -> board.wallMicros() + (micros - board.nowMicros()), peers);
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
        long open = devices.values().stream().mapToLong(DeviceQueue::length).sum()
                + arrivals.size()
                + held.size()
                + departures.size()
                + uploads.size();
        long deadlineMicros = board.nowMicros() + Math.min(BUDGET_MILLIS_MAX, work.budgetMillis()) * 1000;
        boolean capture = work.isCapture();
        Program program =
                capture ? null : board.program(work.device(), work.slot()).orElse(null);
        boolean transforms = capture || !work.transforms().isEmpty();
        SourceTransforms.Fitted fitted =
                transforms ? WorkRules.fit(work, program).orElse(null) : null;
        Item item = fitted == null ? new Item(work, deadlineMicros) : new Item(work, deadlineMicros, fitted);
        Optional<String> misfit = program == null ? Optional.empty() : WorkRules.misfit(item, program);
        if (!results.hasRoom(open + 1)) {
            refuse(work, Outcome.REJECTED, "spool-full");
        } else if (queue == null) {
            refuse(work, Outcome.FAILED, "no-such-device");
        } else if (!capture && (program == null || !program.digest().value().equals(work.digest()))) {
            refuse(work, Outcome.FAILED, "wrong-digest");
        } else if (misfit.isPresent()) {
            refuse(work, Outcome.FAILED, misfit.get());
        } else if (transforms && fitted == null) {
            refuse(work, Outcome.FAILED, "transforms-do-not-fit");
        } else if (work.sensor() != null && sensors.find(work.sensor()).isEmpty()) {
            refuse(work, Outcome.FAILED, "no-such-sensor");
        } else if (work.budgetMillis() == 0) {
            refuse(work, Outcome.EXPIRED, "deadline");
        } else if (queue.waiting() + arrivals.count(queue.name) + held.count(queue.name) >= settings.queueLength()) {
            refuse(work, Outcome.REJECTED, "queue-full");
        } else if (work.expects() == null) {
            prepare(work);
            queue.add(item);
        } else if (!arrivals.expect(
                item, (int) work.inputBytes(), WorkRules.packedChannels(item, Objects.requireNonNull(program)))) {
            refuse(work, Outcome.REJECTED, "tensors-full");
        } else {
            prepare(work);
            if (item.cut != null && program != null) {
                board.prepare(queue, program, item.cut);
            }
        }
    }

    /** While the outcome is computed, the way that it takes is made. */
    private void prepare(Work work) {
        Work.Sends sends = work.sends();
        PeerAddress peer = sends == null ? null : sends.peer();
        if (sends != null && peer != null) {
            peers.prepare(sends.node(), peer);
        }
    }

    private boolean isOpen(Work work) {
        return arrivals.awaits(work) || isHere(other -> WorkRules.same(other, work));
    }

    /** Whether such an attempt has its input, and has not ended. */
    private boolean isHere(Predicate<Work> such) {
        return devices.values().stream().anyMatch(queue -> queue.has(item -> such.test(item.work)))
                || held.has(such)
                || departures.has(such)
                || uploads.has(such);
    }

    /**
     * Takes a stretch of a tensor from another node: a frame for a sensor, or what an order waits for. One that came directly may have
     * overtaken its order, and then comes once more by the broker: that breaks no rule.
     */
    void tensor(String from, Tensor tensor, Way way) {
        if (Sensors.isFrame(tensor)) {
            if (!sensors.offer(from, tensor)) {
                board.count(Counter.TENSORS_DROPPED);
            }
            return;
        }
        switch (arrivals.take(from, tensor)) {
            case Arrivals.Outcome.Dropped() -> {
                board.count(Counter.TENSORS_DROPPED);
                if (way == Way.BROKER && !wasOrdered(from, tensor)) {
                    board.count(Counter.TENSORS_REFUSED);
                }
            }
            case Arrivals.Outcome.Kept() -> {}
            case Arrivals.Outcome.Whole(Item item) -> {
                DeviceQueue queue = devices.get(item.work.device());
                if (queue != null) {
                    hold(queue, item, tensor.timing().holdMicros(board.wallMicros()));
                }
            }
            case Arrivals.Outcome.Spoilt(Item item, String reason) -> refuse(item.work, Outcome.FAILED, reason);
        }
    }

    /** Late and repeated stretches are normal: their attempt is, or was, here. */
    private boolean wasOrdered(String from, Tensor tensor) {
        Finished.Key key = new Finished.Key(tensor.task(), tensor.epoch());
        return arrivals.expects(from, key)
                || results.knows(key)
                || isHere(work -> key.equals(new Finished.Key(work.task(), work.epoch())));
    }

    /**
     * Keeps an item until its input is there by the emulated link. Where the device is emulated as well, the computing that stands behind
     * its time is done meanwhile.
     */
    void hold(DeviceQueue queue, Item item, long micros) {
        if (micros == 0) {
            queue.add(item);
            return;
        }
        item.availableMicros = board.nowMicros() + micros;
        held.add(item);
        Program program = board.program(item.work.device(), item.work.slot()).orElse(null);
        byte[] input = item.input;
        if (queue.driver.device().modelled() && program != null && input != null) {
            Item.Ahead ahead = new Item.Ahead();
            item.ahead = ahead;
            board.infer(queue, program, item.cut, () -> input(item, null, input), ran -> {
                ahead.ran = ran;
                if (queue.running == item) {
                    ran(queue, item, begun(queue, item, ran));
                }
            });
        }
    }

    /** Attempts of a device that are held. */
    int held(String device) {
        return held.count(device);
    }

    /** Runs of streams for a device that are held. */
    Stream<Item> heldRuns(String device) {
        return held.runs(device);
    }

    /** Forgets what is held for one who watches it. */
    void dropHeld(Watcher watcher) {
        held.drop(watcher);
    }

    /** What was computed ahead, as of when the device could begin. */
    private Ran begun(DeviceQueue queue, Item item, Ran ran) {
        long begunMicros = Math.max(item.availableMicros, queue.freeMicros);
        return ran instanceof Ran.Done(Measured measured, Input input, long _, long _)
                ? new Ran.Done(measured, input, begunMicros, board.wallMicros() - (board.nowMicros() - begunMicros))
                : ran;
    }

    /** Forgets a task that does not run yet; nothing is said about it. */
    void cancel(String task) {
        for (DeviceQueue queue : devices.values()) {
            queue.removeIf(item -> {
                if (item.work.task().equals(task)) {
                    results.cancelled(item.work);
                    return true;
                }
                return false;
            });
        }
        arrivals.cancel(task).forEach(item -> results.cancelled(item.work));
        held.cancel(task).forEach(item -> results.cancelled(item.work));
        departures.cancel(task).forEach(item -> results.cancelled(item.work));
        uploads.cancel(task).forEach(item -> results.cancelled(item.work));
    }

    // What runs.

    /** Does what is due on one device. */
    void advance(DeviceQueue queue, long nowMicros) {
        while (true) {
            Item running = queue.running;
            if (running == null) {
                running = queue.poll(item -> nowMicros >= item.deadlineMicros || hasRoom(item));
                if (running == null) {
                    return;
                }
                queue.running = running;
                if (!begin(queue, running, nowMicros)) {
                    queue.running = null;
                    continue;
                }
            }
            Measured measured = running.measured;
            if (measured != null && nowMicros >= running.showMicros) {
                queue.freeMicros = running.showMicros;
                complete(queue, running, measured);
                queue.running = null;
                continue;
            }
            if (running.notBeforeMicros != Long.MIN_VALUE && nowMicros >= running.notBeforeMicros) {
                running.notBeforeMicros = Long.MIN_VALUE;
                if (!begin(queue, running, nowMicros)) {
                    queue.running = null;
                    continue;
                }
            }
            return;
        }
    }

    /** False for an order whose output is large, while too much waits to be put to the controller. */
    private boolean hasRoom(Item item) {
        if (item.watcher != null || item.work.sends() != null) {
            return true;
        }
        Program program = board.program(item.work.device(), item.work.slot()).orElse(null);
        if (!item.work.isCapture()
                && (program == null || !program.digest().value().equals(item.work.digest()))) {
            return true;
        }
        int bytes = WorkRules.outputBytes(item, program);
        return bytes <= Limits.INLINE_TENSOR_BYTES_MAX || uploads.hasRoom(bytes);
    }

    /** Starts the inference, or the fetch of its input; false when the attempt has ended instead. */
    private boolean begin(DeviceQueue queue, Item item, long nowMicros) {
        Work work = item.work;
        if (nowMicros >= item.deadlineMicros) {
            refuse(item, Outcome.EXPIRED, "deadline");
            return false;
        }
        String named = work.sensor();
        if (work.isCapture()) {
            board.take(queue, () -> input(item, named, null), ran -> ran(queue, item, ran));
            return true;
        }
        Program program = board.program(work.device(), work.slot()).orElse(null);
        if (program == null || !program.digest().value().equals(work.digest())) {
            refuse(item, Outcome.FAILED, "wrong-digest");
            return false;
        }
        byte[] input = item.input;
        if (input == null && named == null) {
            if (item.tries >= INPUT_TRIES_MAX) {
                refuse(item, Outcome.FAILED, "fetch-failed");
                return false;
            }
            item.tries++;
            Digest digest = new Digest(Objects.requireNonNull(work.inputDigest()));
            board.fetch(digest, work.inputBytes(), fetched -> inputFetched(queue, item, digest, fetched));
            return true;
        }
        item.program = program;
        Item.Ahead ahead = item.ahead;
        if (ahead != null) {
            Ran ran = ahead.ran;
            if (ran != null) {
                ran(queue, item, begun(queue, item, ran));
            }
            return queue.running == item;
        }
        if (WorkRules.isPassedOn(work)) {
            board.take(queue, () -> input(item, named, input), ran -> ran(queue, item, ran));
        } else {
            board.infer(queue, program, item.cut, () -> input(item, named, input), ran -> ran(queue, item, ran));
        }
        return true;
    }

    /** For the device's thread; a board that has no memory for a frame, or for what is made of it, has no input. */
    private Optional<Input> input(Item item, @Nullable String sensor, byte @Nullable [] input) {
        if (input != null) {
            return Optional.of(new Input(input, null, 0));
        }
        try {
            return sensors.find(String.valueOf(sensor))
                    .flatMap(one -> one.take(item.frameBytes))
                    .flatMap(frame -> made(frame, item.before));
        } catch (OutOfMemoryError tooLarge) {
            return Optional.empty();
        }
    }

    /** The input of a frame. */
    private Optional<Input> made(SensorFrame frame, @Nullable Before before) {
        if (before == null) {
            return Optional.of(new Input(frame.bytes(), frame, 0));
        }
        long begun = board.nowMicros();
        try {
            byte[] bytes = before.chain().apply(before.frame(), frame.bytes());
            // Asked for here, so that the core's thread need not compute it of a large frame.
            String ignored = frame.digest();
            return Optional.of(new Input(bytes, frame, board.nowMicros() - begun));
        } catch (TransformException impossible) {
            return Optional.empty();
        }
    }

    private void inputFetched(DeviceQueue queue, Item item, Digest digest, Fetched fetched) {
        if (queue.running != item) {
            return;
        }
        if (fetched instanceof Fetched.Bytes(byte[] bytes)
                && bytes.length == item.work.inputBytes()
                && Digest.of(bytes).equals(digest)) {
            item.input = bytes;
            item.notBeforeMicros = board.nowMicros();
        } else {
            item.notBeforeMicros = board.nowMicros() + 1000 * (1 + random.nextLong(INPUT_DELAY_MILLIS << item.tries));
        }
    }

    private void ran(DeviceQueue queue, Item item, Ran ran) {
        if (queue.running != item) {
            return;
        }
        switch (ran) {
            case Ran.Done(Measured measured, Input input, long takenMicros, long takenAtMicros) -> {
                item.measured = measured;
                item.input = input.bytes();
                item.frame = input.frame();
                item.beforeMicros = input.beforeMicros();
                item.takenAtMicros = takenAtMicros - input.beforeMicros();
                item.showMicros = showMicros(measured, takenMicros, board.nowMicros());
            }
            case Ran.NoInput() -> {
                refuse(item, Outcome.FAILED, "no-frame");
                queue.running = null;
            }
            case Ran.Failed() -> {
                board.failed(queue, item.work.slot(), Objects.requireNonNull(item.program));
                refuse(item, Outcome.FAILED, "driver-failed");
                queue.running = null;
            }
        }
    }

    /** A modelled time has to pass before anybody sees the result. */
    static long showMicros(Measured measured, long startedMicros, long nowMicros) {
        return measured.modelled()
                ? Math.max(nowMicros, startedMicros + (long) Math.ceil(measured.latencyMicros()))
                : nowMicros;
    }

    private void complete(DeviceQueue queue, Item item, Measured measured) {
        Work.Sends sends = item.work.sends();
        item.doneAtMicros = board.wallMicros();
        if (item.work.isCapture()) {
            answer(item, measured);
            return;
        }
        Program program = Objects.requireNonNull(item.program);
        if (item.watcher != null) {
            watched(queue, item, program, measured, item.watcher);
        } else if (sends != null) {
            int channels = item.cut == null || sends.bits() == Byte.SIZE ? 0 : program.packableChannels(item.cut.to());
            departures.add(settings.address(), item, measured, channels, item.showMicros);
        } else {
            if (item.cut == null) {
                board.served(queue, item.work.slot(), program, item.input, measured);
            } else {
                board.count(Counter.INFERENCES);
            }
            after(item, measured).ifPresent(answer -> answer(item, answer));
        }
    }

    /** With what an order's transforms make of the outcome; absent when they do not take it, and the attempt has ended. */
    private Optional<Measured> after(Item item, Measured measured) {
        SourceTransforms.Fitted fitted = item.fitted;
        if (fitted == null || fitted.after().isEmpty()) {
            return Optional.of(measured);
        }
        long begun = board.nowMicros();
        try {
            byte[] answer = fitted.answer(measured.output());
            item.afterMicros = board.nowMicros() - begun;
            item.doneAtMicros = board.wallMicros();
            return Optional.of(measured.with(answer));
        } catch (TransformException impossible) {
            refuse(item.work, Outcome.FAILED, "transforms-do-not-fit");
            return Optional.empty();
        }
    }

    private void answer(Item item, Measured measured) {
        if (measured.output().length <= Limits.INLINE_TENSOR_BYTES_MAX) {
            results.done(item, measured, measured.output());
        } else {
            uploads.add(item, measured, board.nowMicros());
        }
    }

    private void watched(DeviceQueue queue, Item item, Program program, Measured measured, Watcher watcher) {
        if (item.cut == null) {
            board.served(queue, item.work.slot(), program, item.input, measured);
        } else {
            board.count(Counter.INFERENCES);
        }
        Measured sent = watcher.ran(measured, item.frame, item.beforeMicros);
        Work.Sends sends = item.work.sends();
        if (sent != null && sends != null) {
            int channels = sends.bits() == Byte.SIZE
                    ? 0
                    : program.packableChannels(Objects.requireNonNull(item.cut).to());
            departures.add(settings.address(), item, sent, channels, item.showMicros);
            watcher.sent(item.sentBytes);
        }
    }

    // What leaves, and what does not come.

    /** Takes up inputs that count as there from now on, and the room that outputs leave that are stored. */
    void arrive(long nowMicros) {
        uploads.advance(nowMicros, results::stored, this::refuse);
        held.takeLate(nowMicros).forEach(item -> refuse(item, Outcome.EXPIRED, "deadline"));
        for (Item item : held.takeDue(nowMicros)) {
            DeviceQueue queue = devices.get(item.work.device());
            if (queue != null) {
                queue.add(item);
            }
        }
    }

    /** Sends what is due to other nodes and to the controller, and gives up what has come too late. */
    void exchange(long nowMicros) {
        arrivals.takeLate(nowMicros).forEach(item -> refuse(item.work, Outcome.EXPIRED, "no-tensor"));
        departures.advance(
                nowMicros,
                board::send,
                (item, measured) -> {
                    if (item.watcher == null) {
                        results.done(item, measured, null);
                    }
                },
                item -> refuse(item, Outcome.EXPIRED, "not-sent"));
        uploads.advance(nowMicros, results::stored, this::refuse);
    }

    /** When something is due next, on the steady clock. */
    long nextDueMicros() {
        long next = Math.min(held.nextDueMicros(), Math.min(arrivals.nextDueMicros(), departures.nextDueMicros()));
        next = Math.min(next, uploads.nextDueMicros());
        for (DeviceQueue queue : devices.values()) {
            Item running = queue.running;
            if (running != null) {
                next = Math.min(next, running.showMicros);
                if (running.notBeforeMicros != Long.MIN_VALUE) {
                    next = Math.min(next, running.notBeforeMicros);
                }
            }
        }
        return next;
    }

    private void refuse(Item item, Outcome outcome, String reason) {
        if (item.watcher != null) {
            item.watcher.failed(reason);
        } else {
            refuse(item.work, outcome, reason);
        }
    }

    private void refuse(Work work, Outcome outcome, String reason) {
        if (!results.refuse(work, outcome, reason)) {
            board.count(Counter.WORK_IGNORED);
        }
    }
}
