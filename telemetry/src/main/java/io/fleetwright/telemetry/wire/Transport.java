package io.fleetwright.telemetry.wire;

import java.time.Duration;
import java.util.List;

/**
 * The way messages travel; MQTT in production, an in-memory network with faults in simulation.
 *
 * <p>Sending never blocks and promises nothing: what must arrive is sent again until it is acknowledged.
 */
public interface Transport {
    /**
     * Hands a message over.
     *
     * @param expiry the broker may drop the message after this time
     * @return false when there is no connection or too much is in flight; nothing was sent then
     */
    boolean send(Topic topic, byte[] payload, Duration expiry);

    /**
     * A message that has arrived.
     *
     * @param topic as the broker gave it
     */
    record Arrived(String topic, byte[] payload) {}

    /** Who hears what arrives; called by one thread at a time, and must not block. */
    interface Listener {
        /** A connection stands and the subscriptions are made. */
        void connected();

        /** The connection is gone. */
        void disconnected(String why);

        /**
         * A message that will be handed to {@link #message} or {@link #messages} in its turn, the moment it is here; by another
         * thread than those.
         */
        default void arrived(String topic, byte[] payload) {}

        /** A message; the topic is as the broker gave it. */
        void message(String topic, byte[] payload);

        /** Messages that have arrived close together, in their order. */
        default void messages(List<Arrived> messages) {
            messages.forEach(message -> message(message.topic(), message.payload()));
        }
    }
}
