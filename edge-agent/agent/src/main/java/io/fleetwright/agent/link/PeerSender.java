package io.fleetwright.agent.link;

import io.fleetwright.telemetry.wire.PeerAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** Hands tensors to other nodes without a broker between; never waits. */
public interface PeerSender {
    /** Reaches nobody. */
    PeerSender NONE = (_, _) -> false;

    /**
     * A tensor on its way.
     *
     * @param node of the same tenant
     * @param messages its stretches as they are encoded, in their order
     * @param limit after which it is of no use
     */
    record Parcel(String node, PeerAddress address, List<byte[]> messages, Duration limit) {
        public Parcel {
            messages = List.copyOf(messages);
        }
    }

    /** What became of a tensor. */
    sealed interface Answer {
        /**
         * The other node has all of it.
         *
         * @param micros from the beginning until it said so, at least 1
         */
        record Taken(long micros) implements Answer {}

        /** Nobody knows how much of it the other node has. */
        record Failed(String reason) implements Answer {}
    }

    /**
     * Begins to send a tensor.
     *
     * @param done hears of its end once, later
     * @return false when it is not tried: that node could not be reached a short while ago, or too much is on its way
     */
    boolean send(Parcel parcel, Consumer<Answer> done);

    /** A tensor for a node will follow: connects meanwhile. */
    default void prepare(String node, PeerAddress address) {}
}
