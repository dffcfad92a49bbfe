package io.fleetwright.controller.mqtt;

import io.fleetwright.controller.identity.Keys;
import io.fleetwright.telemetry.wire.PromptSockets;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
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
 * The controller's own connection to the broker: a shared subscription to all that nodes send, acknowledged to the
 * broker only after the listener has taken it. Connects again with exponential delay and full jitter.
 */
public final class MqttLink implements Transport, AutoCloseable {
    /** Unacknowledged messages that the broker may hand over; also the bound of the queue in front of the listener. */
    private static final int RECEIVE_MAXIMUM = 256;

    /** Messages that the listener gets at once. */
    private static final int TOGETHER_MAX = 64;

    /** How long messages that may wait are gathered: a transaction for many costs little more than for one. */
    private static final Duration PATIENCE = Duration.ofMillis(200);

    private static final int KEEP_ALIVE_SECONDS = 15;
    private static final long TIMEOUT_MILLIS = 10_000;
    private static final long POLL_MILLIS = 200;
    private static final long STOP_MILLIS = 5_000;
    private static final long DELAY_MILLIS_FIRST = 200;
    private static final long DELAY_MILLIS_MAX = 10_000;
    private static final System.Logger LOG = System.getLogger(MqttLink.class.getName());

    private final String uri;
    private final Keys keys;
    private final RandomGenerator random;
    private final Listener listener;
    private final BlockingQueue<Arrived> arrived = new ArrayBlockingQueue<>(RECEIVE_MAXIMUM + 16);
    private volatile @Nullable Session session;
    private volatile boolean closed;
    private @Nullable Thread connector;
    private @Nullable Thread worker;

    /** @param patient it may wait for others */
    private record Arrived(Session session, String topic, MqttMessage message, boolean patient, long atMillis) {}

    public MqttLink(String host, int port, Keys keys, RandomGenerator random, Listener listener) {
        this.uri = "ssl://%s:%d".formatted(host, port);
        this.keys = keys;
        this.random = random;
        this.listener = listener;
    }

    /** Starts connecting; the listener hears when a connection stands. */
    public void start() {
        connector = Thread.ofVirtual().name("mqtt-connector").start(this::keepConnected);
        worker = Thread.ofPlatform().name("mqtt-worker").daemon().start(this::deliver);
    }

    public boolean isConnected() {
        Session current = session;
        return current != null && current.isConnected();
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
                    "mqtt.not_sent topic=" + topic.text() + " reason=" + notNow.getMessage());
            return false;
        }
    }

    private void keepConnected() {
        long delay = DELAY_MILLIS_FIRST;
        while (!closed) {
            CountDownLatch gone = new CountDownLatch(1);
            Session fresh = null;
            try {
                fresh = connect(gone);
                session = fresh;
                delay = DELAY_MILLIS_FIRST;
                LOG.log(System.Logger.Level.INFO, "mqtt.connected uri=" + uri);
                listener.connected();
                gone.await();
                listener.disconnected("connection lost");
            } catch (MqttException | IOException | GeneralSecurityException failure) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "mqtt.connect_failed uri=" + uri + " reason=" + failure.getMessage());
            } catch (InterruptedException stop) {
                end(fresh);
                return;
            }
            session = null;
            end(fresh);
            if (closed) {
                return;
            }
            try {
                Thread.sleep(1 + random.nextLong(delay));
            } catch (InterruptedException stop) {
                return;
            }
            delay = Math.min(DELAY_MILLIS_MAX, delay * 2);
        }
    }

    private Session connect(CountDownLatch gone) throws MqttException, IOException, GeneralSecurityException {
        String clientId = Identity.CONTROLLER_CLIENT_PREFIX + Long.toHexString(random.nextLong());
        MqttAsyncClient fresh = new MqttAsyncClient(uri, clientId, new MemoryPersistence());
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
        options.setSocketFactory(new PromptSockets(sslContext().getSocketFactory()));
        try {
            fresh.connect(options).waitForCompletion(TIMEOUT_MILLIS);
            IMqttToken subscribed = fresh.subscribe("$share/controllers/" + Topic.upFilter(), 1);
            subscribed.waitForCompletion(TIMEOUT_MILLIS);
            for (int code : subscribed.getReasonCodes()) {
                if (code >= 128) {
                    throw new MqttException(code);
                }
            }
            return opening;
        } catch (MqttException failure) {
            opening.end();
            throw failure;
        }
    }

    private SSLContext sslContext() throws IOException, GeneralSecurityException {
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys.load(keys.clientStore()), keys.password().toCharArray());
        TrustManagerFactory trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(keys.load(keys.trustStore()));
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        return context;
    }

    private void deliver() {
        List<Arrived> together = new ArrayList<>();
        String told = "";
        while (true) {
            together.clear();
            try {
                boolean last = closed;
                Arrived next = arrived.poll(last ? 0 : POLL_MILLIS, TimeUnit.MILLISECONDS);
                if (next == null) {
                    if (last) {
                        return;
                    }
                    continue;
                }
                together.add(next);
                gather(together);
                listener.messages(together.stream()
                        .map(one ->
                                new Transport.Arrived(one.topic(), one.message().getPayload(), one.atMillis()))
                        .toList());
                told = "";
            } catch (InterruptedException stop) {
                return;
            } catch (RuntimeException failure) {
                // Some messages must not end the delivery of all; they are not acknowledged to their nodes and come
                // again. A database that is away fails every one of them.
                if (!told.equals(failure.toString())) {
                    LOG.log(System.Logger.Level.ERROR, "mqtt.message_failed", failure);
                }
                told = failure.toString();
            }
            together.forEach(MqttLink::acknowledge);
        }
    }

    /** Adds what is there already; and as long as all of them are patient, what comes within {@link #PATIENCE}. */
    private void gather(List<Arrived> together) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        arrived.drainTo(together, TOGETHER_MAX - together.size());
        while (together.size() < TOGETHER_MAX && together.stream().allMatch(Arrived::patient)) {
            Arrived next = arrived.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                return;
            }
            together.add(next);
            arrived.drainTo(together, TOGETHER_MAX - together.size());
        }
    }

    private static void acknowledge(Arrived message) {
        try {
            message.session().acknowledge(message.message());
        } catch (MqttException connectionGone) {
            LOG.log(System.Logger.Level.DEBUG, "mqtt.late_acknowledgement reason=" + connectionGone.getMessage());
        }
    }

    @Override
    public void close() {
        closed = true;
        // The worker ends by itself once it has delivered what is here, an inference's result whose caller was answered
        // among it. An interrupt would close the database's file under a write.
        Thread working = worker;
        if (working != null) {
            try {
                working.join(STOP_MILLIS);
            } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
            }
        }
        Thread connecting = connector;
        if (connecting != null) {
            connecting.interrupt();
        }
        end(session);
    }

    private static void end(@Nullable Session old) {
        if (old != null) {
            old.end();
        }
    }

    /** Paho's callbacks must not block: messages go to the bounded queue, which the receive maximum keeps from filling. */
    private final class Callback implements MqttCallback {
        private final Session owner;
        private final CountDownLatch gone;

        Callback(Session owner, CountDownLatch gone) {
            this.owner = owner;
            this.gone = gone;
        }

        @Override
        public void messageArrived(String topic, MqttMessage message) {
            if (closed) {
                // Not acknowledged: it comes again, to whoever is there then.
                return;
            }
            Arrived next = new Arrived(
                    owner, topic, message, listener.arrived(topic, message.getPayload()), System.currentTimeMillis());
            if (arrived.offer(next)) {
                return;
            }
            // What an earlier connection left here can no longer be acknowledged to the broker, and must not cost
            // this connection a place in its window for good.
            arrived.removeIf(old -> !old.session().equals(owner));
            if (!arrived.offer(next)) {
                LOG.log(System.Logger.Level.WARNING, "mqtt.queue_full topic=" + topic);
            }
        }

        @Override
        public void disconnected(MqttDisconnectResponse response) {
            LOG.log(System.Logger.Level.INFO, "mqtt.disconnected reason=" + response.getReasonString());
            gone.countDown();
        }

        @Override
        public void mqttErrorOccurred(MqttException exception) {
            LOG.log(System.Logger.Level.DEBUG, "mqtt.error reason=" + exception.getMessage());
        }

        @Override
        public void deliveryComplete(IMqttToken token) {
            // What matters is acknowledged by the node itself, not by the broker.
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
