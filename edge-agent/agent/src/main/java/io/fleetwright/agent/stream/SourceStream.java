package io.fleetwright.agent.stream;

import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.link.TensorPieces;
import io.fleetwright.agent.sensor.SensorFrame;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.StreamAnswer;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamOrder.Help;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.StreamReport.RanOn;
import io.fleetwright.telemetry.wire.StreamTask;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Work;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A stream on the node that has its frames. In each period one frame becomes due and runs: all of the network here, or its front,
 * whose outcome goes to a helper and is kept. Transforms before and behind the network run here, whoever runs its rest. When the helper's answer is not there while there is just time left for the rest, the
 * rest runs here, from what was kept; the frames after it run here as a whole until there is a new plan.
 */
final class SourceStream {
    /** Frames that are begun and have no end, at most. */
    static final int OPEN_MAX = 4;
    /** Least time that is kept free for what nobody can plan. */
    private static final long MARGIN_MICROS_MIN = 5_000;

    /** Frames that a board that stood still counts; it was asleep for those beyond. */
    private static final long LATE_MAX = 1_000_000;

    private static final int MARGIN_SHARE = 20;

    private final String id;
    private final Board board;
    private final FrameLedger ledger;
    private final SourceTransforms transforms;
    /** By number. */
    private final Map<Long, Open> open = new LinkedHashMap<>();

    private long epoch;
    private StreamOrder.Source order;
    private long leaseMicros;
    private long tickMicros;
    /** The helper is not asked any more under the present plan. */
    private boolean alone;
    /** What the front took last, and the rest at most. */
    private long frontMicros;

    private long backMicros;
    /** What the transforms behind the network took at most. */
    private long afterMicros;

    private FrameLedger.@Nullable Said said;

    SourceStream(
            String id,
            Board board,
            long firstFrame,
            long epoch,
            StreamOrder.Source order,
            SourceTransforms transforms) {
        this.id = id;
        this.board = board;
        this.ledger = new FrameLedger(firstFrame);
        this.epoch = epoch;
        this.order = order;
        this.transforms = transforms;
        this.tickMicros = board.nowMicros();
        take(epoch, order);
    }

    /** Takes a newer plan, or the same one with a new lease. Frames that are begun go on under theirs. */
    void take(long newEpoch, StreamOrder.Source newOrder) {
        if (newEpoch > epoch) {
            alone = false;
            backMicros = 0;
            afterMicros = 0;
        }
        epoch = newEpoch;
        order = newOrder;
        leaseMicros = board.nowMicros() + 1000 * newOrder.leaseMillis();
    }

    long epoch() {
        return epoch;
    }

    /** The same as long as the stream is. */
    SourceTransforms transforms() {
        return transforms;
    }

    FrameLedger ledger() {
        return ledger;
    }

    boolean isLeaseOver(long nowMicros) {
        return nowMicros >= leaseMicros;
    }

    /** What the controller must know; told once. */
    Optional<FrameLedger.Said> takeSaid() {
        FrameLedger.Said news = said;
        said = null;
        return Optional.ofNullable(news);
    }

    /** Does what is due. */
    void advance(long nowMicros) {
        long periodMicros = 1000 * order.periodMillis();
        if (nowMicros >= tickMicros) {
            // A board that stood still begins with the newest.
            long late = (nowMicros - tickMicros) / periodMicros;
            if (late > 0) {
                ledger.skip(Math.min(late, LATE_MAX), epoch, nowMicros);
                tickMicros += late * periodMicros;
            }
            begin(tickMicros, nowMicros);
            tickMicros += periodMicros;
        }
        for (Open frame : List.copyOf(open.values())) {
            if (frame.isLate(nowMicros)) {
                if (frame.epoch == epoch) {
                    loseHelper("no-answer");
                } else {
                    frame.fallBack();
                }
            }
        }
    }

    /** When {@link #advance} has something to do, on the steady clock. */
    long nextDueMicros() {
        long next = Math.min(tickMicros, Math.min(leaseMicros, ledger.nextDueMicros()));
        for (Open frame : open.values()) {
            next = Math.min(next, frame.fallbackMicros());
        }
        return next;
    }

    private int openMax() {
        return (int) Math.min(OPEN_MAX, Math.ceilDiv(order.deadlineMillis(), order.periodMillis()) + 1);
    }

    private void begin(long dueMicros, long nowMicros) {
        if (open.size() >= openMax()) {
            ledger.skip(1, epoch, nowMicros);
            return;
        }
        Program program = board.program(order.device(), order.slot()).orElse(null);
        SourceTransforms.Fitted fitted =
                program == null ? null : transforms.fit(program).orElse(null);
        if (program == null || fitted == null) {
            ledger.settle(ledger.due(epoch), new Settled.Missed(), nowMicros);
            return;
        }
        Help help = alone || !canShare(program, order.help()) ? null : order.help();
        Program.Cut front = help == null ? null : new Program.Cut(0, help.boundary());
        Open frame = new Open(ledger.next(), dueMicros, epoch, order, help, fitted);
        boolean taken = board.run(
                new Board.Run(
                        frame.task(false),
                        epoch,
                        order.device(),
                        order.slot(),
                        order.digest(),
                        front,
                        new Work.Source.Sensed(order.sensor(), fitted.frameBytes()),
                        fitted.before(),
                        help == null
                                ? null
                                : new Work.Sends(help.node(), frame.task(false).text(), help.bits(), null, help.peer()),
                        frame.turn(false),
                        0),
                frame);
        if (!taken) {
            ledger.skip(1, epoch, nowMicros);
            return;
        }
        ledger.due(epoch);
        open.put(frame.number, frame);
    }

    private static boolean canShare(Program program, @Nullable Help help) {
        return help != null
                && help.boundary() < program.operators()
                && program.outputBytes(new Program.Cut(0, help.boundary())) <= HelperStream.TENSOR_BYTES_MAX
                && (help.bits() == Byte.SIZE || program.packableChannels(help.boundary()) > 0);
    }

    /** From here on the node is on its own; what waits for the helper runs here now. */
    void loseHelper(String reason) {
        if (order.help() != null && !alone) {
            alone = true;
            said = new FrameLedger.Said(StreamReport.Event.HELPER_LOST, reason);
        }
        for (Open frame : List.copyOf(open.values())) {
            if (frame.state == State.SENT && frame.epoch == epoch) {
                frame.fallBack();
            }
        }
    }

    /** Takes a stretch of an answer. */
    void answer(String from, StreamTask task, Tensor tensor) {
        Open frame = open.get(task.frame());
        if (frame == null || !isAwaited(from, task, tensor)) {
            board.countDropped();
            return;
        }
        frame.take(tensor);
    }

    /** Whether the frame that a stretch belongs to waits for it. */
    boolean isAwaited(String from, StreamTask task, Tensor tensor) {
        Open frame = open.get(task.frame());
        return frame != null
                && frame.epoch == tensor.epoch()
                && frame.help != null
                && frame.help.node().equals(from)
                && frame.state != State.FRONT
                && tensor.total() <= StreamAnswer.BYTES_MAX;
    }

    /** Ends; frames that have no end yet count as not begun. */
    void end() {
        for (Open frame : new ArrayList<>(open.values())) {
            frame.settle(new Settled.Skipped(false));
        }
    }

    /** How far a frame has come. */
    private enum State {
        /** The network, or its front, waits or runs. */
        FRONT,
        /** The helper is asked. */
        SENT,
        /** The rest waits or runs here. */
        BACK,
        SETTLED
    }

    /** A frame that is begun. */
    private final class Open implements Board.Watcher {
        final long number;
        final long dueMicros;
        final long epoch;
        final StreamOrder.Source plan;
        final @Nullable Help help;
        final SourceTransforms.Fitted fitted;
        State state = State.FRONT;

        private byte @Nullable [] kept;
        private @Nullable Measured front;
        private long sensorFrame;
        private @Nullable String input;
        private long beforeMicros;
        private @Nullable TensorPieces pieces;
        private @Nullable FrameOnLink onLink;

        Open(
                long number,
                long dueMicros,
                long epoch,
                StreamOrder.Source plan,
                @Nullable Help help,
                SourceTransforms.Fitted fitted) {
            this.number = number;
            this.dueMicros = dueMicros;
            this.epoch = epoch;
            this.plan = plan;
            this.help = help;
            this.fitted = fitted;
        }

        StreamTask task(boolean answer) {
            return new StreamTask(id, number, answer);
        }

        Board.Turn turn(boolean urgent) {
            return new Board.Turn(plan.priority(), urgent, dueMicros + 1000 * plan.deadlineMillis());
        }

        /** When the rest must begin here; never before the plan says that the answer is there. */
        long fallbackMicros() {
            Help asked = help;
            if (asked == null || state != State.SENT) {
                return Long.MAX_VALUE;
            }
            long deadline = 1000 * plan.deadlineMillis();
            // A front that has just begun is waited for.
            long before = plan.periodMillis() < plan.deadlineMillis() ? frontMicros : 0;
            long back = Math.max(asked.backMicros(), backMicros + afterMicros);
            long margin = Math.max(MARGIN_MICROS_MIN, deadline / MARGIN_SHARE);
            return dueMicros + Math.max(asked.plannedMicros(), deadline - back - before - margin);
        }

        boolean isLate(long nowMicros) {
            return nowMicros >= fallbackMicros();
        }

        @Override
        public @Nullable Measured ran(Measured measured, @Nullable SensorFrame frame, long madeMicros) {
            if (state == State.BACK) {
                backMicros = Math.max(backMicros, Math.round(measured.latencyMicros()));
                answered(
                        measured.output(),
                        RanOn.FALLBACK,
                        measured.modelled(),
                        Energy.of(measured),
                        null,
                        onLinkLost());
                return null;
            }
            if (state != State.FRONT) {
                return null;
            }
            front = measured;
            if (frame != null) {
                sensorFrame = frame.number();
                input = frame.digest();
            }
            beforeMicros = madeMicros;
            if (help == null) {
                answered(measured.output(), RanOn.SOURCE, false, null, null, null);
                return null;
            }
            frontMicros = beforeMicros + Math.round(measured.latencyMicros());
            kept = measured.output();
            state = State.SENT;
            if (alone || epoch != SourceStream.this.epoch) {
                fallBack();
                return null;
            }
            return measured;
        }

        @Override
        public void sent(long bytes) {
            onLink = new FrameOnLink(board.link(), Objects.requireNonNull(help).link(), bytes);
        }

        @Override
        public void failed(String reason) {
            if (state == State.FRONT) {
                boolean empty = reason.equals("no-frame");
                settle(empty || reason.equals(Board.CROWDED) ? new Settled.Skipped(empty) : new Settled.Missed());
            } else if (state == State.BACK) {
                settle(new Settled.Missed());
            }
        }

        /** Runs the rest here. */
        void fallBack() {
            byte[] cut = kept;
            Help asked = help;
            Program program = board.program(plan.device(), plan.slot()).orElse(null);
            if (cut == null || asked == null || program == null) {
                settle(new Settled.Missed());
                return;
            }
            state = State.BACK;
            boolean taken = board.run(
                    new Board.Run(
                            task(false),
                            epoch,
                            plan.device(),
                            plan.slot(),
                            plan.digest(),
                            new Program.Cut(asked.boundary(), program.operators()),
                            Work.Source.here(cut),
                            null,
                            null,
                            turn(true),
                            0),
                    this);
            if (!taken) {
                settle(new Settled.Missed());
            }
        }

        void take(Tensor tensor) {
            int bytes = tensor.plain() == 0 ? tensor.total() : tensor.plain();
            if (bytes > StreamAnswer.BYTES_MAX) {
                board.countDropped();
                return;
            }
            TensorPieces some = pieces;
            if (some == null) {
                some = new TensorPieces(bytes);
                pieces = some;
            }
            switch (some.take(tensor)) {
                case KEPT -> {}
                case REPEATED -> board.countDropped();
                case WRONG, DAMAGED -> {
                    pieces = null;
                    board.countDropped();
                }
                case WHOLE -> {
                    pieces = null;
                    take(some.whole(), tensor.total());
                }
            }
        }

        private @Nullable Double onLinkLost() {
            return onLink == null ? null : onLink.lostMicrojoules();
        }

        private void take(byte[] whole, long travelled) {
            try {
                FrameOnLink there = onLink;
                StreamAnswer answer = StreamAnswer.decode(whole);
                int expected = board.program(plan.device(), plan.slot())
                        .map(Program::outputBytes)
                        .orElse(-1);
                if (answer.output().length != expected) {
                    board.countDropped();
                    return;
                }
                board.drop(this);
                answered(
                        answer.output(),
                        RanOn.HELPER,
                        answer.modelled() || board.link() != null,
                        new Energy(answer.energyMicrojoules(), answer.energyMethod(), answer.energyUncertainty()),
                        new Settled.Run(StreamReport.Part.BACK, answer.modelled(), answer.latencyMicros()),
                        there == null ? null : there.answeredMicrojoules(travelled));
            } catch (MalformedMessageException nonsense) {
                board.countDropped();
            }
        }

        /**
         * Whoever computed the output, here it becomes the answer.
         *
         * @param rest energy of the rest, absent when there was none
         * @param helped what the helper took, absent when it was not it that answered
         * @param linkMicrojoules what radios took, absent when unknown or when nothing was sent
         */
        private void answered(
                byte[] output,
                RanOn ranOn,
                boolean restModelled,
                @Nullable Energy rest,
                Settled.@Nullable Run helped,
                @Nullable Double linkMicrojoules) {
            Measured first = front;
            String taken = input;
            if (first == null || taken == null) {
                throw new IllegalStateException("frame %d of %s has an answer and no input".formatted(number, id));
            }
            Energy energy = rest == null ? Energy.of(first) : Energy.of(first).plus(rest);
            long begunMicros = board.nowMicros();
            byte[] answer;
            try {
                answer = fitted.answer(output);
            } catch (TransformException doesNotFit) {
                settle(new Settled.Missed());
                return;
            }
            long doneMicros = board.nowMicros();
            afterMicros = Math.max(afterMicros, doneMicros - begunMicros);
            long latency = doneMicros - dueMicros;
            Settled.Run own = new Settled.Run(
                    help == null ? StreamReport.Part.WHOLE : StreamReport.Part.FRONT,
                    first.modelled(),
                    Math.round(first.latencyMicros()));
            settle(new Settled.Answered(
                    sensorFrame,
                    taken,
                    answer,
                    latency,
                    latency <= 1000 * plan.deadlineMillis(),
                    ranOn,
                    first.modelled() || restModelled,
                    energy.microjoules,
                    energy.method,
                    energy.uncertainty,
                    helped == null ? List.of(own) : List.of(own, helped),
                    linkMicrojoules,
                    fitted.before() == null ? null : Long.valueOf(beforeMicros),
                    fitted.answer() == null ? null : Long.valueOf(doneMicros - begunMicros),
                    fitted.answer()));
        }

        void settle(Settled settled) {
            if (state != State.SETTLED) {
                state = State.SETTLED;
                board.drop(this);
                open.remove(number);
                ledger.settle(number, settled, board.nowMicros());
            }
        }
    }

    /** What is known of an energy; the sum of two is known when both are, by the same method. */
    private record Energy(
            @Nullable Double microjoules,
            EnergyMethod method,
            @Nullable Double uncertainty) {
        static Energy of(Measured measured) {
            return new Energy(measured.energyMicrojoules(), measured.energyMethod(), measured.energyUncertainty());
        }

        Energy plus(Energy other) {
            Double one = microjoules;
            Double two = other.microjoules;
            if (one == null || two == null || method != other.method) {
                return new Energy(null, EnergyMethod.UNKNOWN, null);
            }
            return new Energy(one + two, method, larger(uncertainty, other.uncertainty));
        }

        private static @Nullable Double larger(@Nullable Double one, @Nullable Double two) {
            return one == null || two == null ? one == null ? two : one : Double.valueOf(Math.max(one, two));
        }
    }
}
