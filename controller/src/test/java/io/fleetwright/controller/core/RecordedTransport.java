package io.fleetwright.controller.core;

import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps what the core sends, for tests to look at. */
public final class RecordedTransport implements Transport {
    /** One message. */
    public record Sent(NodeAddress to, Topic.Kind kind, byte[] payload) {}

    /** Reads a payload. */
    @FunctionalInterface
    private interface Decoder<T> {
        /** Null for a message of another kind. */
        @Nullable
        T decode(byte[] payload) throws MalformedMessageException;
    }

    private final List<Sent> sent = new ArrayList<>();

    @Override
    public boolean send(Topic topic, byte[] payload, Duration expiry) {
        sent.add(new Sent(topic.address(), topic.kind(), payload));
        return true;
    }

    public void clear() {
        sent.clear();
    }

    public List<Sent> all() {
        return List.copyOf(sent);
    }

    public List<Work> works(NodeAddress to) {
        return decoded(to, Topic.Kind.DOWN_WORK, bytes -> StreamOrder.is(bytes) ? null : Work.decode(bytes));
    }

    public List<StreamOrder> streamOrders(NodeAddress to) {
        return decoded(to, Topic.Kind.DOWN_WORK, bytes -> StreamOrder.is(bytes) ? StreamOrder.decode(bytes) : null);
    }

    public List<Desired> desired(NodeAddress to) {
        return decoded(to, Topic.Kind.DOWN_DESIRED, Desired::decode);
    }

    public List<Ack> acks(NodeAddress to) {
        return decoded(to, Topic.Kind.DOWN_ACK, Ack::decode);
    }

    public List<Command> commands(NodeAddress to) {
        return decoded(to, Topic.Kind.DOWN_COMMAND, Command::decode);
    }

    private <T> List<T> decoded(NodeAddress to, Topic.Kind kind, Decoder<T> decoder) {
        List<T> out = new ArrayList<>();
        for (Sent one : sent) {
            if (one.to.equals(to) && one.kind == kind) {
                try {
                    T decoded = decoder.decode(one.payload);
                    if (decoded != null) {
                        out.add(decoded);
                    }
                } catch (MalformedMessageException wrong) {
                    throw new AssertionError("the core sent a malformed " + kind, wrong);
                }
            }
        }
        return out;
    }
}
