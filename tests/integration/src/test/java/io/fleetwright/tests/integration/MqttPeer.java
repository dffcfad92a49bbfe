package io.fleetwright.tests.integration;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
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

/** Anybody's connection to the broker: whatever certificate and client id a test gives it, and what comes of it. */
public final class MqttPeer implements AutoCloseable {
    /** MQTT 5: the broker does not allow it. */
    public static final int NOT_AUTHORIZED = 135;

    private static final long WAIT_MILLIS = 10_000;
    /** As agents say; the broker takes no node that leaves more unacknowledged. */
    private static final int RECEIVE_MAXIMUM = 50;

    private final MqttAsyncClient client;
    private final List<String> topics = new CopyOnWriteArrayList<>();

    private MqttPeer(MqttAsyncClient client) {
        this.client = client;
    }

    /**
     * Connects, clean and without a session.
     *
     * @param hears is told of every message, on the client's own thread
     * @throws MqttException when the broker, or TLS before it, says no
     */
    public static MqttPeer connect(int port, SSLContext tls, String clientId, BiConsumer<String, byte[]> hears)
            throws MqttException {
        MqttAsyncClient client = new MqttAsyncClient("ssl://127.0.0.1:" + port, clientId, new MemoryPersistence());
        MqttPeer peer = new MqttPeer(client);
        client.setCallback(peer.new Ears(hears));
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(true);
        options.setSessionExpiryInterval(0L);
        options.setAutomaticReconnect(false);
        options.setReceiveMaximum(RECEIVE_MAXIMUM);
        options.setConnectionTimeout((int) (WAIT_MILLIS / 1000));
        options.setSocketFactory(tls.getSocketFactory());
        options.setHttpsHostnameVerificationEnabled(true);
        try {
            client.connect(options).waitForCompletion(WAIT_MILLIS);
            return peer;
        } catch (MqttException refused) {
            client.close(true);
            throw refused;
        }
    }

    public boolean isConnected() {
        return client.isConnected();
    }

    /** Topics of everything that has arrived. */
    public List<String> topicsHeard() {
        return List.copyOf(topics);
    }

    /** Publishes with QoS 1 and waits for the broker's answer: its reason code, 128 and above for a refusal. */
    public int publish(String topic, byte[] payload) throws MqttException {
        IMqttToken token = client.publish(topic, new MqttMessage(payload, 1, false, null));
        token.waitForCompletion(WAIT_MILLIS);
        int[] codes = token.getReasonCodes();
        return codes == null || codes.length == 0 ? 0 : codes[0];
    }

    /** Publishes with QoS 1 without waiting. */
    public void send(String topic, byte[] payload) throws MqttException {
        client.publish(topic, new MqttMessage(payload, 1, false, null));
    }

    /** Subscribes and waits for the broker's answer: its reason code, 128 and above for a refusal. */
    public int subscribe(String filter) throws MqttException {
        IMqttToken token = client.subscribe(filter, 1);
        token.waitForCompletion(WAIT_MILLIS);
        return token.getReasonCodes()[0];
    }

    /** Cuts the connection without a goodbye, so that the broker publishes the will. */
    @Override
    public void close() throws MqttException {
        if (client.isConnected()) {
            client.disconnectForcibly(0, 500, false);
        }
        client.close(true);
    }

    private final class Ears implements MqttCallback {
        private final BiConsumer<String, byte[]> hears;

        Ears(BiConsumer<String, byte[]> hears) {
            this.hears = hears;
        }

        @Override
        public void messageArrived(String topic, MqttMessage message) {
            topics.add(topic);
            hears.accept(topic, message.getPayload());
        }

        @Override
        public void disconnected(MqttDisconnectResponse response) {
            // Whoever waits for it looks at isConnected.
        }

        @Override
        public void mqttErrorOccurred(MqttException exception) {
            // It ends the connection or the operation in progress, and is seen there.
        }

        @Override
        public void deliveryComplete(IMqttToken token) {
            // What matters is acknowledged by the controller, not by the broker.
        }

        @Override
        public void connectComplete(boolean reconnect, String uri) {
            // Whoever connects has waited for it.
        }

        @Override
        public void authPacketArrived(int reasonCode, MqttProperties properties) {
            // No enhanced authentication: certificates say who is who.
        }
    }
}
