package io.fleetwright.agent.core;

import io.fleetwright.agent.core.DeviceQueue.Item;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.runtime.graph.CutTensor;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Topic.Kind;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.telemetry.wire.ZeroMask;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Outcomes that go to other nodes, one after the other, at once. Where the link is emulated, each says how long it is to be on its way:
 * the round trip, and the bytes once those before it are through. The receiver holds it until then, so that the emulated way has the
 * real one in it.
 *
 * <p>One goes to its receiver directly where the order says at which address; when that fails, it goes by the broker at once.
 */
final class Departures {
    /** When the transport takes nothing just now. */
    private static final long AGAIN_MICROS = 10_000;

    private final Birth.@Nullable Link link;
    private final LongUnaryOperator wall;
    private final PeerSender peers;
    private final ArrayDeque<Parcel> parcels = new ArrayDeque<>();
    /** On their way directly. */
    private final List<Parcel> direct = new ArrayList<>();

    private double freeMicros;
    private long againMicros;

    /**
     * @param wall Unix microseconds for microseconds of the steady clock
     * @param peers its answers come on the core's thread, between two calls of {@link #advance}
     */
    Departures(Birth.@Nullable Link link, LongUnaryOperator wall, PeerSender peers) {
        this.link = link;
        this.wall = wall;
        this.peers = peers;
    }

    private static final class Parcel {
        final Item item;
        final Measured measured;
        final Topic topic;
        final byte[] bytes;
        final byte[] sha256;
        /** Length before coding, 0 when it is not coded. */
        final int plain;
        /** At the receiver. */
        final long dueMicros;
        /** Of the bytes. */
        int sent;
        /** It is not to go directly, or did not. */
        boolean byBroker;
        /** Of the way directly; absent before. */
        PeerSender.@Nullable Answer answer;

        Parcel(Item item, Measured measured, Topic topic, byte[] bytes, int plain, long dueMicros) {
            this.item = item;
            this.measured = measured;
            this.topic = topic;
            this.bytes = bytes;
            this.plain = plain;
            this.sha256 = Digest.sha256().digest(bytes);
            this.dueMicros = dueMicros;
            this.byBroker = sends().peer() == null;
        }

        Work.Sends sends() {
            return Objects.requireNonNull(item.work.sends());
        }

        int next() {
            return Math.min(bytes.length, sent + Tensor.BYTES_MAX);
        }

        /** The stretch that has not left yet. */
        byte[] message(Tensor.Timing timing) {
            return new Tensor(
                            sends().task(),
                            item.work.epoch(),
                            sent,
                            bytes.length,
                            Arrays.copyOfRange(bytes, sent, next()),
                            sha256,
                            timing,
                            plain)
                    .encode();
        }

        /** All stretches; none counts as sent. */
        List<byte[]> messages(Tensor.Timing timing) {
            List<byte[]> messages = new ArrayList<>();
            for (sent = 0; sent < bytes.length; sent = next()) {
                messages.add(message(timing));
            }
            sent = 0;
            return messages;
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
        byte[] values = channels == 0 ? measured.output() : CutTensor.pack(measured.output(), channels);
        byte[] coded = channels == 0 ? ZeroMask.encode(values) : values;
        boolean isShorter = coded.length < values.length;
        byte[] bytes = isShorter ? coded : values;
        item.sentBytes = bytes.length;
        Birth.Link way = to.link() == null ? link : to.link();
        item.sendMicrojoules = way == null ? null : way.sendMicrojoules(bytes.length);
        Topic topic = new Topic(new NodeAddress(own.tenant(), to.node()), Kind.IN_TENSOR, own.node());
        parcels.add(new Parcel(
                item, measured, topic, bytes, isShorter ? values.length : 0, onLink(way, bytes.length, readyMicros)));
    }

    private long onLink(Birth.@Nullable Link way, int bytes, long readyMicros) {
        if (way == null) {
            return readyMicros;
        }
        double rttMicros = way.rttMillis() * 1000;
        freeMicros = Math.max((double) readyMicros, freeMicros) + way.millis(bytes) * 1000 - rttMicros;
        return Math.round(freeMicros + rttMicros);
    }

    /**
     * Sends what is there.
     *
     * @param sent hears of each outcome that was handed over whole
     * @param late hears of each whose deadline passed before that
     */
    void advance(long nowMicros, Sender sender, Sent sent, Consumer<Item> late) {
        settleDirect(nowMicros, sent, late);
        beginDirect(nowMicros);
        while (!parcels.isEmpty()) {
            Parcel next = parcels.element();
            if (nowMicros >= next.item.deadlineMicros) {
                parcels.remove();
                late.accept(next.item);
                continue;
            }
            if (nowMicros < againMicros) {
                return;
            }
            while (next.sent < next.bytes.length) {
                if (!sender.send(next.topic, next.message(timing(next, nowMicros)), left(next, nowMicros))) {
                    againMicros = nowMicros + AGAIN_MICROS;
                    return;
                }
                next.sent = next.next();
            }
            parcels.remove();
            sent.of(next.item, next.measured);
        }
    }

    /** What is over of the ways directly. What has failed goes before all that waits: it is older. */
    private void settleDirect(long nowMicros, Sent sent, Consumer<Item> late) {
        for (Parcel one : List.copyOf(direct)) {
            switch (one.answer) {
                case PeerSender.Answer.Taken(long micros) -> {
                    direct.remove(one);
                    one.item.directMicros = micros;
                    sent.of(one.item, one.measured);
                }
                case PeerSender.Answer.Failed(String _) -> {
                    direct.remove(one);
                    one.byBroker = true;
                    parcels.addFirst(one);
                }
                case null -> {
                    if (nowMicros >= one.item.deadlineMicros) {
                        direct.remove(one);
                        late.accept(one.item);
                    }
                }
            }
        }
    }

    private void beginDirect(long nowMicros) {
        for (Parcel next : List.copyOf(parcels)) {
            PeerAddress peer = next.sends().peer();
            if (next.byBroker || peer == null || nowMicros >= next.item.deadlineMicros) {
                continue;
            }
            List<byte[]> messages = next.messages(timing(next, nowMicros));
            var parcel = new PeerSender.Parcel(next.sends().node(), peer, messages, left(next, nowMicros));
            next.byBroker = !peers.send(parcel, answer -> next.answer = answer);
            if (!next.byBroker) {
                parcels.remove(next);
                direct.add(next);
            }
        }
    }

    private static Duration left(Parcel parcel, long nowMicros) {
        return Duration.of(parcel.item.deadlineMicros - nowMicros, ChronoUnit.MICROS);
    }

    private Tensor.Timing timing(Parcel parcel, long nowMicros) {
        long link = Math.clamp(parcel.dueMicros - nowMicros, 0, Tensor.Timing.LINK_MICROS_MAX);
        return new Tensor.Timing(Math.max(0, wall.applyAsLong(nowMicros)), link);
    }

    /** Hears of an outcome that is on its way. */
    @FunctionalInterface
    interface Sent {
        void of(Item item, Measured measured);
    }

    boolean has(Predicate<Work> such) {
        return Stream.concat(parcels.stream(), direct.stream()).anyMatch(parcel -> such.test(parcel.item.work));
    }

    /** Forgets a task; its attempts that had not left whole. */
    List<Item> cancel(String task) {
        List<Item> cancelled = new ArrayList<>();
        Predicate<Parcel> take = parcel -> {
            boolean same = parcel.item.work.task().equals(task);
            if (same) {
                cancelled.add(parcel.item);
            }
            return same;
        };
        parcels.removeIf(take);
        direct.removeIf(take);
        return cancelled;
    }

    long nextDueMicros() {
        Parcel next = parcels.peek();
        long due = next == null ? Long.MAX_VALUE : Math.min(next.item.deadlineMicros, againMicros);
        for (Parcel one : direct) {
            due = Math.min(due, one.item.deadlineMicros);
        }
        return due;
    }

    int size() {
        return parcels.size() + direct.size();
    }
}
