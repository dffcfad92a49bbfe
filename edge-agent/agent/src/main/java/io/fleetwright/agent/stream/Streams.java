package io.fleetwright.agent.stream;

import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamReport.Event;
import io.fleetwright.telemetry.wire.StreamTask;
import io.fleetwright.telemetry.wire.Tensor;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a node: takes the controller's orders, the tensors of other nodes and the passing of time, and keeps reports until they
 * have a place. Nothing here survives the agent's end; the controller orders again after its next birth.
 */
public final class Streams {
    /** Streams that the node may be the source of; as many it may help. */
    public static final int STREAMS_MAX = 8;

    /** Reports that wait for a place in the spool; the oldest go first, and their frames are told of nowhere. */
    static final int REPORTS_WAITING_MAX = 64;

    private static final String NO_SUCH_TRANSFORM = "no-such-transform";
    private static final int ENDED_MAX = 64;

    private final Board board;
    private final Map<String, SourceStream> sources = new TreeMap<>();
    private final Map<String, HelperStream> helpers = new TreeMap<>();
    /** Streams that ended here: what is left of an older plan does not begin them anew. In the order of their end. */
    private final Map<String, Ended> ended = new LinkedHashMap<>();

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private long dropped;

    /**
     * What is remembered of a stream.
     *
     * @param upTo newest plan that was stopped, 0 for none
     * @param nextFrame number that its next frame gets
     */
    private record Ended(long upTo, long nextFrame) {}

    private record Waiting(
            String stream, Window window, long atMillis, long nowMicros, FrameLedger.@Nullable Said said) {}

    public Streams(Board board) {
        this.board = board;
    }

    /** Takes an order; one that is older than what is known changes nothing. */
    public void order(StreamOrder order) {
        String id = order.stream();
        Ended before = ended.getOrDefault(id, new Ended(0, 1));
        if (order.epoch() <= before.upTo) {
            return;
        }
        switch (order.part()) {
            case StreamOrder.Source source -> source(id, order.epoch(), source, before);
            case StreamOrder.Helper helper -> help(id, order.epoch(), helper);
            case StreamOrder.Stop() -> stop(id, order.epoch());
        }
    }

    private void source(String id, long epoch, StreamOrder.Source order, Ended before) {
        SourceStream known = sources.get(id);
        SourceTransforms transforms = SourceTransforms.read(order.transforms()).orElse(null);
        if (known != null) {
            if (epoch >= known.epoch() && known.transforms().equals(transforms)) {
                known.take(epoch, order);
            } else if (epoch >= known.epoch()) {
                // A controller of before there were transforms names none: frames are not answered without them.
                end(id, known, new FrameLedger.Said(Event.ENDED, "transforms-changed"));
                // The same order may come again, and begins nothing then.
                remember(id, new Ended(epoch, known.ledger().next()));
            }
            return;
        }
        String refusal = !board.hasDevice(order.device())
                ? "no-such-device"
                : !board.hasSensor(order.sensor())
                        ? "no-such-sensor"
                        : transforms == null
                                ? NO_SUCH_TRANSFORM
                                : sources.size() >= STREAMS_MAX ? "streams-full" : null;
        if (refusal != null || transforms == null) {
            Window nothing = new Window(epoch, before.nextFrame, board.nowMicros());
            tell(id, nothing, new FrameLedger.Said(Event.ENDED, String.valueOf(refusal)));
            return;
        }
        sources.put(id, new SourceStream(id, board, before.nextFrame, epoch, order, transforms));
        board.log("stream.begun stream=%s epoch=%d".formatted(id, epoch));
    }

    private void help(String id, long epoch, StreamOrder.Helper order) {
        HelperStream known = helpers.get(id);
        if (known != null) {
            if (epoch >= known.epoch()) {
                known.take(epoch, order);
            }
        } else if (board.hasDevice(order.device()) && hasRoomToHelp(order.priority())) {
            helpers.put(id, new HelperStream(id, board, epoch, order));
            board.log("stream.helped stream=%s epoch=%d".formatted(id, epoch));
        }
    }

    /**
     * Where as many are helped as may be, one of the lowest priority is left to its source for one of a higher: the newest, which is the
     * one that the controller plans anew.
     */
    private boolean hasRoomToHelp(int priority) {
        if (helpers.size() < STREAMS_MAX) {
            return true;
        }
        Map.Entry<String, HelperStream> least = Collections.min(
                helpers.entrySet(),
                Comparator.comparingInt((Map.Entry<String, HelperStream> one) ->
                                one.getValue().priority())
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())));
        if (least.getValue().priority() >= priority) {
            return false;
        }
        least.getValue().end();
        helpers.remove(least.getKey());
        board.log("stream.crowded stream=%s".formatted(least.getKey()));
        return true;
    }

    private void stop(String id, long epoch) {
        HelperStream helper = helpers.get(id);
        if (helper != null && helper.epoch() <= epoch) {
            helper.end();
            helpers.remove(id);
        }
        SourceStream source = sources.get(id);
        if (source != null && source.epoch() <= epoch) {
            end(id, source, null);
        }
        long next = ended.getOrDefault(id, new Ended(0, 1)).nextFrame;
        remember(id, new Ended(epoch, next));
    }

    private void end(String id, SourceStream source, FrameLedger.@Nullable Said said) {
        source.end();
        tell(id, source, true);
        if (said != null) {
            tell(id, new Window(source.epoch(), source.ledger().untold(), board.nowMicros()), said);
        }
        sources.remove(id);
        remember(
                id,
                new Ended(
                        ended.getOrDefault(id, new Ended(0, 1)).upTo,
                        source.ledger().next()));
        board.log("stream.ended stream=%s epoch=%d reason=%s"
                .formatted(id, source.epoch(), said == null ? "stopped" : said.reason()));
    }

    private void remember(String id, Ended what) {
        ended.remove(id);
        ended.put(id, what);
        Iterator<String> oldest = ended.keySet().iterator();
        while (ended.size() > ENDED_MAX) {
            oldest.next();
            oldest.remove();
        }
    }

    /** Whether a tensor is one of a stream. */
    public static boolean isTask(Tensor tensor) {
        return StreamTask.parse(tensor.task()).isPresent();
    }

    /** Whether a tensor is an answer to one of a stream. */
    public static boolean isAnswer(Tensor tensor) {
        return StreamTask.parse(tensor.task()).filter(StreamTask::answer).isPresent();
    }

    /**
     * Takes a stretch of a tensor that is one of a stream.
     *
     * @param holdMicros for so long what is no answer counts as on its way
     */
    public void tensor(String from, Tensor tensor, long holdMicros) {
        StreamTask task = StreamTask.parse(tensor.task()).orElseThrow();
        SourceStream source = task.answer() ? sources.get(task.stream()) : null;
        HelperStream helper = task.answer() ? null : helpers.get(task.stream());
        if (source != null) {
            source.answer(from, task, tensor);
        } else if (helper != null) {
            helper.tensor(from, task, tensor, holdMicros);
        } else {
            board.countDropped();
        }
    }

    /** Whether a frame waits for an answer that a node sends. */
    public boolean isAwaited(String from, Tensor answer) {
        StreamTask task = StreamTask.parse(answer.task()).orElseThrow();
        SourceStream source = sources.get(task.stream());
        return source != null && source.isAwaited(from, task, answer);
    }

    /** Other nodes cannot be reached. */
    public void disconnected() {
        sources.values().forEach(source -> source.loseHelper("link"));
    }

    /** Does what is due. */
    public void advance(long nowMicros) {
        for (Map.Entry<String, SourceStream> one : List.copyOf(sources.entrySet())) {
            SourceStream source = one.getValue();
            if (source.isLeaseOver(nowMicros)) {
                end(one.getKey(), source, new FrameLedger.Said(Event.ENDED, "lease"));
                continue;
            }
            source.advance(nowMicros);
            tell(one.getKey(), source, false);
        }
        helpers.values().removeIf(helper -> {
            boolean over = helper.isLeaseOver(nowMicros);
            if (over) {
                helper.end();
            }
            return over;
        });
        hand();
    }

    /** When {@link #advance} has something to do, on the steady clock. */
    public long nextDueMicros() {
        long next = Long.MAX_VALUE;
        for (SourceStream source : sources.values()) {
            next = Math.min(next, source.nextDueMicros());
        }
        for (HelperStream helper : helpers.values()) {
            next = Math.min(next, helper.nextDueMicros());
        }
        return next;
    }

    /** The agent ends: what was counted is handed over, frames that have no end yet count as not begun. */
    public void close() {
        for (Map.Entry<String, SourceStream> one : List.copyOf(sources.entrySet())) {
            end(one.getKey(), one.getValue(), null);
        }
        hand();
    }

    private void tell(String id, SourceStream source, boolean all) {
        FrameLedger.Said said = source.takeSaid().orElse(null);
        for (Window window : source.ledger().take(board.nowMicros(), all || said != null)) {
            tell(id, window, null);
        }
        if (said != null) {
            tell(id, new Window(source.epoch(), source.ledger().untold(), board.nowMicros()), said);
        }
    }

    private void tell(String id, Window window, FrameLedger.@Nullable Said said) {
        if (waiting.size() >= REPORTS_WAITING_MAX) {
            waiting.remove();
            dropped++;
            if (Long.bitCount(dropped) == 1) {
                board.log("stream.reports_dropped count=%d".formatted(dropped));
            }
        }
        waiting.add(new Waiting(id, window, Math.max(0, board.wallMillis()), board.nowMicros(), said));
    }

    private void hand() {
        while (!waiting.isEmpty()) {
            Waiting one = waiting.element();
            if (!board.report(stamp -> one.window.report(stamp, one.stream, one.atMillis, one.nowMicros, one.said))) {
                return;
            }
            waiting.remove();
        }
    }
}
