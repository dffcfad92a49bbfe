package io.fleetwright.agent.link;

import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.PromptSockets;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.jspecify.annotations.Nullable;

/**
 * MQTT 5 over mutual TLS. Everything that arrives is handed to the core's thread and acknowledged to the broker after
 * the core has taken it, so that the receive maximum bounds what waits. Connects again with exponential delay and full
 * jitter.
 */
public final class PahoTransport implements Transport, AutoCloseable {
    /** Unacknowledged messages that the broker may hand over. */
    public static final int RECEIVE_MAXIMUM = 50;

    private static final int KEEP_ALIVE_SECONDS = 15;
    private static final long TIMEOUT_MILLIS = 10_000;
    private static final long DELAY_MILLIS_FIRST = 200;
    private static final long DELAY_MILLIS_MAX = 10_000;
    private static final int FAILURE_CODES = 128;
    private static final System.Logger LOG = System.getLogger(PahoTransport.class.getName());

    private final NodeAddress address;
    private final String uri;
    private final Supplier<SSLContext> tls;
    private final RandomGenerator random;
    private final Core core;
    private volatile @Nullable Session session;
    private volatile boolean closed;
    private @Nullable Thread connector;

    /** The thread of the core. */
    public interface Core {
        /** The will for the next connection; waits for the core. */
        byte[] lastWill() throws InterruptedException;

        /**
         * Gives the core something to do; never waits.
         *
         * @throws RejectedExecutionException when too much waits already
         */
        void offer(Event event);

        /** Gives the core something to do; waits for a place. */
        void put(Event event) throws InterruptedException;
    }

    /** Something for the core. */
    @FunctionalInterface
    public interface Event {
        void tell(Listener listener);
    }

    /** @param tls asked for at each connection */
    public PahoTransport(
            NodeAddress address, String host, int port, Supplier<SSLContext> tls, RandomGenerator random, Core core) {
        this.address = address;
        this.uri = "ssl://%s:%d".formatted(host.indexOf(':') >= 0 ? "[" + host + "]" : host, port);
        this.tls = tls;
        this.random = random;
        this.core = core;
    }

    /** Starts connecting. */
    public void start() {
        connector = Thread.ofVirtual().name("mqtt-" + address.node()).start(this::keepConnected);
    }

    @Override
    public boolean send(Topic topic, byte[] payload, Duration expiry) {
        Session current = session;
        if (current == null || !current.isConnected()) {
            return false;
        }
        MqttProperties properties = new MqttProperties();
        properties.setMessageExpiryInterval(Math.max(1, expiry.toSeconds()));
        try {
            current.publish(topic.text(), new MqttMessage(payload, 1, false, properties));
            return true;
        } catch (MqttException notNow) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    () -> "mqtt.not_sent topic=%s reason=%s".formatted(topic.text(), notNow.getMessage()));
            return false;
        }
    }

    private void keepConnected() {
        long delay = DELAY_MILLIS_FIRST;
        boolean told = false;
        while (!closed) {
            CountDownLatch gone = new CountDownLatch(1);
            Session fresh = null;
            try {
                fresh = connect(gone, core.lastWill());
                session = fresh;
                delay = DELAY_MILLIS_FIRST;
                told = false;
                core.put(Listener::connected);
                gone.await();
                session = null;
                core.put(listener -> listener.disconnected("connection lost"));
            } catch (MqttException failure) {
                // Once per outage: a controller may be away for days.
                if (!told) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            () -> "mqtt.connect_failed node=%s uri=%s reason=%s"
                                    .formatted(address, uri, reason(failure)));
                }
                told = true;
            } catch (InterruptedException stop) {
                return; // Whoever interrupts closes the client.
            }
            session = null;
            end(fresh);
            try {
                Thread.sleep(1 + random.nextLong(delay));
            } catch (InterruptedException stop) {
                return;
            }
            delay = Math.min(DELAY_MILLIS_MAX, delay * 2);
        }
    }

    private static String reason(MqttException failure) {
        Throwable cause = failure.getCause();
        Throwable first = cause == null ? failure : cause;
        String message = first.getMessage();
        return message == null
                ? first.getClass().getSimpleName()
                : message; // A broker that hangs up is an EOFException.
    }

    private Session connect(CountDownLatch gone, byte[] will) throws MqttException {
        MqttAsyncClient fresh =
                new MqttAsyncClient(uri, address.tenant() + "_" + address.node(), new MemoryPersistence());
        Session opening = new Session(fresh);
        fresh.setManualAcks(true);
        fresh.setCallback(new Callback(opening, gone));
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(true);
        options.setSessionExpiryInterval(0L);
        options.setAutomaticReconnect(false);
        options.setKeepAliveInterval(KEEP_ALIVE_SECONDS);
        options.setReceiveMaximum(RECEIVE_MAXIMUM);
        options.setConnectionTimeout((int) (TIMEOUT_MILLIS / 1000));
        options.setSocketFactory(new PromptSockets(tls.get().getSocketFactory()));
        options.setHttpsHostnameVerificationEnabled(true);
        options.setWill(new Topic(address, Topic.Kind.UP_STATUS).text(), new MqttMessage(will, 1, false, null));
        try {
            fresh.connect(options).waitForCompletion(TIMEOUT_MILLIS);
            IMqttToken subscribed = fresh.subscribe(
                    new String[] {Topic.downFilter(address), Topic.inFilter(address)}, new int[] {1, 1});
            subscribed.waitForCompletion(TIMEOUT_MILLIS);
            for (int code : subscribed.getReasonCodes()) {
                if (code >= FAILURE_CODES) {
                    throw new MqttException(code);
                }
            }
            return opening;
        } catch (MqttException failure) {
            opening.end();
            throw failure;
        }
    }

    /** Ends the connection cleanly, once what was sent has left, or after the limit. */
    public void close(Duration limit) {
        closed = true;
        Session last = session;
        session = null;
        Thread thread = connector;
        if (thread != null) {
            thread.interrupt();
        }
        if (last != null && last.isConnected()) {
            try {
                last.client().disconnect(limit.toMillis()).waitForCompletion(limit.toMillis());
            } catch (MqttException alreadyGone) {
                LOG.log(System.Logger.Level.DEBUG, () -> "mqtt.disconnect reason=" + alreadyGone.getMessage());
            }
        }
        end(last);
    }

    @Override
    public void close() {
        close(Duration.ofSeconds(2));
    }

    private static void end(@Nullable Session old) {
        if (old != null) {
            old.end();
        }
    }

    /** Paho's callbacks must not wait: messages go to the core's bounded queue. */
    private final class Callback implements MqttCallback {
        private final Session owner;
        private final CountDownLatch gone;

        Callback(Session owner, CountDownLatch gone) {
            this.owner = owner;
            this.gone = gone;
        }

        @Override
        public void messageArrived(String topic, MqttMessage message) {
            try {
                core.offer(listener -> {
                    listener.message(topic, message.getPayload());
                    taken(message);
                });
            } catch (RejectedExecutionException full) {
                // The controller sends again what matters. Acknowledged all the same: the broker holds back all else
                // after a few that are not.
                LOG.log(System.Logger.Level.WARNING, "mqtt.queue_full topic=" + topic);
                taken(message);
            }
        }

        private void taken(MqttMessage message) {
            try {
                owner.acknowledge(message);
            } catch (MqttException connectionGone) {
                LOG.log(System.Logger.Level.DEBUG, "mqtt.late_acknowledgement");
            }
        }

        @Override
        public void disconnected(MqttDisconnectResponse response) {
            gone.countDown();
        }

        @Override
        public void mqttErrorOccurred(MqttException exception) {
            LOG.log(System.Logger.Level.DEBUG, () -> "mqtt.error reason=" + exception.getMessage());
        }

        @Override
        public void deliveryComplete(IMqttToken token) {
            // What matters is acknowledged by the controller, not by the broker.
        }

        @Override
        public void connectComplete(boolean reconnect, String serverUri) {
            // The connector knows: it waited for it.
        }

        @Override
        public void authPacketArrived(int reasonCode, MqttProperties properties) {
            // No enhanced authentication: certificates say who is who.
        }
    }
}
