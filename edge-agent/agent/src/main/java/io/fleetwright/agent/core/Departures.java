package io.fleetwright.agent.core;

import io.fleetwright.agent.core.DeviceQueue.Item;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.runtime.graph.CutTensor;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Topic.Kind;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Outcomes that go to other nodes, one after the other. Where the link is emulated, each takes its time on it before it is sent: the
 * round trip, and the bytes once those before it are through.
 */
final class Departures {
    /** When the transport takes nothing just now. */
    private static final long AGAIN_MILLIS = 10;

    private final Birth.@Nullable Link link;
    private final ArrayDeque<Parcel> parcels = new ArrayDeque<>();
    private double freeMillis;
    private long againMillis;

    Departures(Birth.@Nullable Link link) {
        this.link = link;
    }

    private static final class Parcel {
        final Item item;
        final Measured measured;
        final Topic topic;
        final List<byte[]> messages;
        final long dueMillis;
        int sent;

        Parcel(Item item, Measured measured, Topic topic, List<byte[]> messages, long dueMillis) {
            this.item = item;
            this.measured = measured;
            this.topic = topic;
            this.messages = messages;
            this.dueMillis = dueMillis;
        }
    }

    /** Hands messages to the transport; false when it takes none just now. */
    @FunctionalInterface
    interface Sender {
        boolean send(Topic topic, byte[] message, Duration expiry);
    }

    /**
     * Takes an outcome that is ready.
     *
     * @param channels of the outcome when it is to be packed, else 0
     */
    void add(NodeAddress own, Item item, Measured measured, int channels, long now) {
        Work.Sends to = Objects.requireNonNull(item.work.sends());
        byte[] bytes = channels == 0 ? measured.output() : CutTensor.pack(measured.output(), channels);
        byte[] digest = Digest.sha256().digest(bytes);
        List<byte[]> messages = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += Tensor.BYTES_MAX) {
            byte[] stretch = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + Tensor.BYTES_MAX));
            messages.add(new Tensor(to.task(), item.work.epoch(), at, bytes.length, stretch, digest).encode());
        }
        Topic topic = new Topic(new NodeAddress(own.tenant(), to.node()), Kind.IN_TENSOR, own.node());
        parcels.add(new Parcel(item, measured, topic, messages, onLink(bytes.length, now)));
    }

    private long onLink(int bytes, long now) {
        if (link == null) {
            return now;
        }
        freeMillis = Math.max((double) now, freeMillis) + link.millis(bytes) - link.rttMillis();
        return Math.round(freeMillis + link.rttMillis());
    }

    /**
     * Sends what is due.
     *
     * @param sent hears of each outcome that was handed over whole
     * @param late hears of each whose deadline passed before that
     */
    void advance(long now, Sender sender, Sent sent, Consumer<Item> late) {
        while (!parcels.isEmpty()) {
            Parcel next = parcels.element();
            if (now >= next.item.deadlineMillis) {
                parcels.remove();
                late.accept(next.item);
                continue;
            }
            if (now < Math.max(next.dueMillis, againMillis)) {
                return;
            }
            Duration left = Duration.ofMillis(next.item.deadlineMillis - now);
            while (next.sent < next.messages.size()) {
                if (!sender.send(next.topic, next.messages.get(next.sent), left)) {
                    againMillis = now + AGAIN_MILLIS;
                    return;
                }
                next.sent++;
            }
            parcels.remove();
            sent.of(next.item, next.measured);
        }
    }

    /** Hears of an outcome that is on its way. */
    @FunctionalInterface
    interface Sent {
        void of(Item item, Measured measured);
    }

    boolean has(Work work) {
        return parcels.stream()
                .anyMatch(parcel ->
                        parcel.item.work.task().equals(work.task()) && parcel.item.work.epoch() == work.epoch());
    }

    /** Forgets a task; its attempts that had not left. */
    List<Item> cancel(String task) {
        List<Item> cancelled = new ArrayList<>();
        parcels.removeIf(parcel -> {
            boolean same = parcel.item.work.task().equals(task);
            if (same) {
                cancelled.add(parcel.item);
            }
            return same;
        });
        return cancelled;
    }

    long nextDueMillis() {
        Parcel next = parcels.peek();
        return next == null
                ? Long.MAX_VALUE
                : Math.min(next.item.deadlineMillis, Math.max(next.dueMillis, againMillis));
    }

    int size() {
        return parcels.size();
    }
}
