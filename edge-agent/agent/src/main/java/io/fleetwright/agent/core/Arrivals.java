package io.fleetwright.agent.core;

import io.fleetwright.agent.core.DeviceQueue.Item;
import io.fleetwright.agent.link.TensorPieces;
import io.fleetwright.runtime.graph.CutTensor;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Work;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Inputs that other nodes send. Nothing is kept that no work order names, and no more of it than that says. */
final class Arrivals {
    /** Of all tensors that are awaited at a time. */
    static final long BYTES_MAX = 32L * 1024 * 1024;

    private final Map<Finished.Key, Awaited> awaited = new LinkedHashMap<>();

    private static final class Awaited {
        final Item item;
        /** As it travels. */
        final TensorPieces pieces;
        /** Of the tensor that was packed, 0 when it was not. */
        final int channels;

        Awaited(Item item, int bytes, int channels) {
            this.item = item;
            this.pieces = new TensorPieces(bytes);
            this.channels = channels;
        }
    }

    /** What became of a stretch. */
    sealed interface Outcome {
        /** Nobody waits for it, or it was there already. */
        record Dropped() implements Outcome {}

        /** More must come. */
        record Kept() implements Outcome {}

        /** The input is whole, and stands in the item. */
        record Whole(Item item) implements Outcome {}

        /** The attempt cannot be run. */
        record Spoilt(Item item, String reason) implements Outcome {}
    }

    /**
     * Waits for an item's input.
     *
     * @param bytes of the input, 1 to {@link Tensor#TOTAL_MAX}
     * @param channels of the input when it comes packed, else 0
     * @return false when too much is awaited already
     */
    boolean expect(Item item, int bytes, int channels) {
        int travelling = channels == 0 ? bytes : CutTensor.packedBytes(bytes, channels);
        long all =
                awaited.values().stream().mapToLong(one -> one.pieces.bytes()).sum();
        if (all + travelling > BYTES_MAX) {
            return false;
        }
        awaited.put(key(item.work), new Awaited(item, travelling, channels));
        return true;
    }

    /** Takes a stretch from another node. */
    Outcome take(String from, Tensor tensor) {
        Finished.Key key = new Finished.Key(tensor.task(), tensor.epoch());
        Awaited one = awaited.get(key);
        if (one == null
                || !Objects.requireNonNull(one.item.work.expects()).node().equals(from)) {
            return new Outcome.Dropped();
        }
        return switch (one.pieces.take(tensor)) {
            case KEPT -> new Outcome.Kept();
            case REPEATED -> new Outcome.Dropped();
            case WRONG -> spoilt(key, one, "wrong-tensor");
            case DAMAGED -> spoilt(key, one, "damaged-tensor");
            case WHOLE -> {
                awaited.remove(key);
                byte[] whole = one.pieces.whole();
                one.item.input = one.channels == 0
                        ? whole
                        : CutTensor.unpack(whole, Math.toIntExact(one.item.work.inputBytes()), one.channels);
                Birth.Link link =
                        Objects.requireNonNull(one.item.work.expects()).link();
                one.item.receiveMicrojoules = link == null ? null : link.receiveMicrojoules(tensor.total());
                yield new Outcome.Whole(one.item);
            }
        };
    }

    /** Whether a node's stretches of an attempt are awaited. */
    boolean expects(String from, Finished.Key key) {
        Awaited one = awaited.get(key);
        return one != null
                && Objects.requireNonNull(one.item.work.expects()).node().equals(from);
    }

    private Outcome spoilt(Finished.Key key, Awaited one, String reason) {
        awaited.remove(key);
        return new Outcome.Spoilt(one.item, reason);
    }

    boolean awaits(Work work) {
        return awaited.containsKey(key(work));
    }

    /** Items whose input has not come in time; they are awaited no more. */
    List<Item> takeLate(long nowMicros) {
        List<Item> late = new ArrayList<>();
        awaited.values().removeIf(one -> {
            boolean isLate = nowMicros >= one.item.deadlineMicros;
            if (isLate) {
                late.add(one.item);
            }
            return isLate;
        });
        return late;
    }

    /** Forgets a task; its attempts that were awaited. */
    List<Item> cancel(String task) {
        List<Item> cancelled = new ArrayList<>();
        awaited.values().removeIf(one -> {
            boolean same = one.item.work.task().equals(task);
            if (same) {
                cancelled.add(one.item);
            }
            return same;
        });
        return cancelled;
    }

    long nextDueMicros() {
        return awaited.values().stream()
                .mapToLong(one -> one.item.deadlineMicros)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    int count(String device) {
        return (int) awaited.values().stream()
                .filter(one -> one.item.work.device().equals(device))
                .count();
    }

    int size() {
        return awaited.size();
    }

    private static Finished.Key key(Work work) {
        return new Finished.Key(work.task(), work.epoch());
    }
}
