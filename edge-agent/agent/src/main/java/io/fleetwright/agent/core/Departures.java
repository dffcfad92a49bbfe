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
import java.time.temporal.ChronoUnit;
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
    private static final long AGAIN_MICROS = 10_000;

    private final Birth.@Nullable Link link;
    private final ArrayDeque<Parcel> parcels = new ArrayDeque<>();
    private double freeMicros;
    private long againMicros;

    Departures(Birth.@Nullable Link link) {
        this.link = link;
    }

    private static final class Parcel {
        final Item item;
        final Measured measured;
        final Topic topic;
        final List<byte[]> messages;
        final long dueMicros;
        int sent;

        Parcel(Item item, Measured measured, Topic topic, List<byte[]> messages, long dueMicros) {
            this.item = item;
            this.measured = measured;
            this.topic = topic;
            this.messages = messages;
            this.dueMicros = dueMicros;
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
     * @param readyMicros when the outcome was there
     */
    void add(NodeAddress own, Item item, Measured measured, int channels, long readyMicros) {
        Work.Sends to = Objects.requireNonNull(item.work.sends());
        byte[] bytes = channels == 0 ? measured.output() : CutTensor.pack(measured.output(), channels);
        byte[] digest = Digest.sha256().digest(bytes);
        List<byte[]> messages = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += Tensor.BYTES_MAX) {
            byte[] stretch = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + Tensor.BYTES_MAX));
            messages.add(new Tensor(to.task(), item.work.epoch(), at, bytes.length, stretch, digest).encode());
        }
        Topic topic = new Topic(new NodeAddress(own.tenant(), to.node()), Kind.IN_TENSOR, own.node());
        parcels.add(new Parcel(item, measured, topic, messages, onLink(bytes.length, readyMicros)));
    }

    private long onLink(int bytes, long readyMicros) {
        if (link == null) {
            return readyMicros;
        }
        double rttMicros = link.rttMillis() * 1000;
        freeMicros = Math.max((double) readyMicros, freeMicros) + link.millis(bytes) * 1000 - rttMicros;
        return Math.round(freeMicros + rttMicros);
    }

    /**
     * Sends what is due.
     *
     * @param sent hears of each outcome that was handed over whole
     * @param late hears of each whose deadline passed before that
     */
    void advance(long nowMicros, Sender sender, Sent sent, Consumer<Item> late) {
        while (!parcels.isEmpty()) {
            Parcel next = parcels.element();
            if (nowMicros >= next.item.deadlineMicros) {
                parcels.remove();
                late.accept(next.item);
                continue;
            }
            if (nowMicros < Math.max(next.dueMicros, againMicros)) {
                return;
            }
            Duration left = Duration.of(next.item.deadlineMicros - nowMicros, ChronoUnit.MICROS);
            while (next.sent < next.messages.size()) {
                if (!sender.send(next.topic, next.messages.get(next.sent), left)) {
                    againMicros = nowMicros + AGAIN_MICROS;
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

    long nextDueMicros() {
        Parcel next = parcels.peek();
        return next == null
                ? Long.MAX_VALUE
                : Math.min(next.item.deadlineMicros, Math.max(next.dueMicros, againMicros));
    }

    int size() {
        return parcels.size();
    }
}
