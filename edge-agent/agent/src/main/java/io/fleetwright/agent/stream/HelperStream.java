package io.fleetwright.agent.stream;

import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.link.TensorPieces;
import io.fleetwright.agent.sensor.SensorFrame;
import io.fleetwright.runtime.graph.CutTensor;
import io.fleetwright.telemetry.wire.StreamAnswer;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamTask;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Work;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A stream on a node that runs the rest of the network for its source. Whatever goes wrong here the source finds out by waiting. */
final class HelperStream {
    /** Tensors that have come, or come just now, and are not answered. */
    static final int TENSORS_MAX = 4;
    /** Of one tensor, before it was packed. */
    static final int TENSOR_BYTES_MAX = 1024 * 1024;

    private static final int ANSWERED_MAX = 64;

    private final String id;
    private final Board board;
    private final Map<Long, Taken> taken = new HashMap<>();
    /** The newest frames that are done with: what comes again is not run again. */
    private final Set<Long> answered = new LinkedHashSet<>();

    private long epoch;
    private StreamOrder.Helper order;
    private long leaseMicros;

    HelperStream(String id, Board board, long epoch, StreamOrder.Helper order) {
        this.id = id;
        this.board = board;
        this.epoch = epoch;
        this.order = order;
        take(epoch, order);
    }

    /** Takes a newer plan, or the same one with a new lease. */
    void take(long newEpoch, StreamOrder.Helper newOrder) {
        if (newEpoch > epoch) {
            end();
            answered.clear();
        }
        epoch = newEpoch;
        order = newOrder;
        leaseMicros = board.nowMicros() + 1000 * newOrder.leaseMillis();
    }

    long epoch() {
        return epoch;
    }

    int priority() {
        return order.priority();
    }

    boolean isLeaseOver(long nowMicros) {
        return nowMicros >= leaseMicros;
    }

    long nextDueMicros() {
        return leaseMicros;
    }

    /** Leaves alone what has not begun. */
    void end() {
        List.copyOf(taken.values()).forEach(one -> {
            board.drop(one);
            one.over = true;
        });
        taken.clear();
    }

    /**
     * Takes a stretch of what crosses the cut.
     *
     * @param holdMicros for so long it counts as on its way
     */
    void tensor(String from, StreamTask task, Tensor tensor, long holdMicros) {
        Program program = board.program(order.device(), order.slot()).orElse(null);
        if (!from.equals(order.node())
                || tensor.epoch() != epoch
                || answered.contains(task.frame())
                || program == null
                || !program.digest().value().equals(order.digest())
                || program.operators() <= order.boundary()) {
            board.countDropped();
            return;
        }
        Taken one = taken.get(task.frame());
        if (one == null) {
            one = begin(task.frame(), program);
        }
        if (one == null || one.runs) {
            board.countDropped();
            return;
        }
        switch (one.pieces.take(tensor)) {
            case KEPT -> {}
            case REPEATED -> board.countDropped();
            case WRONG, DAMAGED -> {
                taken.remove(task.frame());
                board.countDropped();
            }
            case WHOLE -> one.run(program, holdMicros);
        }
    }

    /** A place for a tensor; absent when there is none. */
    private @Nullable Taken begin(long frame, Program program) {
        long now = board.nowMicros();
        taken.values().removeIf(one -> !one.runs && now - one.begunMicros > 1000 * order.deadlineMillis());
        Program.Cut back = new Program.Cut(order.boundary(), program.operators());
        int bytes = program.inputBytes(back);
        int channels = order.bits() == Byte.SIZE ? 0 : program.packableChannels(order.boundary());
        boolean packable = order.bits() == Byte.SIZE || channels > 0;
        if (taken.size() >= TENSORS_MAX
                || bytes > TENSOR_BYTES_MAX
                || !packable
                || program.outputBytes() > StreamAnswer.OUTPUT_BYTES_MAX) {
            return null;
        }
        Taken one = new Taken(frame, now, back, bytes, channels);
        taken.put(frame, one);
        return one;
    }

    /** A tensor on its way to be answered. */
    private final class Taken implements Board.Watcher {
        final long frame;
        final long begunMicros;
        final Program.Cut back;
        final int bytes;
        final int channels;
        final TensorPieces pieces;
        boolean runs;
        boolean over;

        Taken(long frame, long begunMicros, Program.Cut back, int bytes, int channels) {
            this.frame = frame;
            this.begunMicros = begunMicros;
            this.back = back;
            this.bytes = bytes;
            this.channels = channels;
            this.pieces = new TensorPieces(channels == 0 ? bytes : CutTensor.packedBytes(bytes, channels));
        }

        void run(Program program, long holdMicros) {
            runs = true;
            byte[] whole = pieces.whole();
            StreamTask answer = new StreamTask(id, frame, true);
            boolean accepted = board.run(
                    new Board.Run(
                            new StreamTask(id, frame, false),
                            epoch,
                            order.device(),
                            order.slot(),
                            program.digest().value(),
                            back,
                            new Work.Source.Here(
                                    channels == 0 ? whole : CutTensor.unpack(whole, bytes, channels), bytes),
                            null,
                            new Work.Sends(order.node(), answer.text(), Byte.SIZE),
                            new Board.Turn(order.priority(), false, begunMicros + 1000 * order.deadlineMillis()),
                            holdMicros),
                    this);
            if (!accepted) {
                forget();
            }
        }

        @Override
        public @Nullable Measured ran(Measured measured, @Nullable SensorFrame ignored, long none) {
            forget();
            if (over) {
                return null;
            }
            byte[] answer = new StreamAnswer(
                            Math.round(measured.latencyMicros()),
                            measured.modelled() || board.link() != null,
                            measured.energyMicrojoules(),
                            measured.energyMethod(),
                            measured.energyUncertainty(),
                            measured.output())
                    .encode();
            return new Measured(
                    answer,
                    measured.latencyMicros(),
                    measured.latencyUncertainty(),
                    measured.modelled(),
                    measured.energyMicrojoules(),
                    measured.energyMethod(),
                    measured.energyUncertainty());
        }

        @Override
        public void failed(String reason) {
            forget();
        }

        private void forget() {
            if (taken.remove(frame, this)) {
                answered.add(frame);
                if (answered.size() > ANSWERED_MAX) {
                    answered.remove(answered.iterator().next());
                }
            }
        }
    }
}
