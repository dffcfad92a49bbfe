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
     * @param atMillis when it was here, by the clock of who takes it in; a time to come stands for the moment it is taken in
     */
    record Arrived(String topic, byte[] payload, long atMillis) {
        /** One that is taken in the moment it is here. */
        public Arrived(String topic, byte[] payload) {
            this(topic, payload, Long.MAX_VALUE);
        }
    }

    /** Who hears what arrives; called by one thread at a time, and must not block. */
    interface Listener {
        /** A connection stands and the subscriptions are made. */
        void connected();

        /** The connection is gone. */
        void disconnected(String why);

        /**
         * A message that will be handed to {@link #message} or {@link #messages} in its turn, the moment it is here; by another
         * thread than those.
         *
         * @return true when it may wait a little for others to be handed over with it
         */
        default boolean arrived(String topic, byte[] payload) {
            return false;
        }

        /** A message; the topic is as the broker gave it. */
        void message(String topic, byte[] payload);

        /** Messages that have arrived close together, in their order. */
        default void messages(List<Arrived> messages) {
            messages.forEach(message -> message(message.topic(), message.payload()));
        }
    }
}
