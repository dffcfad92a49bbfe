package io.fleetwright.controller.mqtt;

import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttClientException;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;

/**
 * One client of Paho from its connect to its end. A client that is being closed takes its own parts away and answers
 * whoever speaks to it meanwhile with a null pointer, so those who speak and the one who ends take turns here.
 */
final class Session {
    private static final System.Logger LOG = System.getLogger(Session.class.getName());
    private static final long GOODBYE_MILLIS = 500;

    private final MqttAsyncClient client;
    private boolean ended;

    Session(MqttAsyncClient client) {
        this.client = client;
    }

    MqttAsyncClient client() {
        return client;
    }

    boolean isConnected() {
        return client.isConnected();
    }

    /** Publishes without waiting. */
    synchronized void publish(String topic, MqttMessage message) throws MqttException {
        requireOpen();
        client.publish(topic, message);
    }

    /** Tells the broker that a message is taken. */
    synchronized void acknowledge(MqttMessage message) throws MqttException {
        requireOpen();
        client.messageArrivedComplete(message.getId(), message.getQos());
    }

    /** Ends the connection, if there is one, and the client with it; ending twice does no harm. */
    void end() {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        try {
            if (client.isConnected()) {
                client.disconnectForcibly(0, GOODBYE_MILLIS, true);
            }
            client.close(true);
        } catch (MqttException alreadyGone) {
            LOG.log(System.Logger.Level.DEBUG, () -> "mqtt.close reason=" + alreadyGone.getMessage());
        }
    }

    private void requireOpen() throws MqttException {
        if (ended) {
            throw new MqttException(MqttClientException.REASON_CODE_CLIENT_CLOSED);
        }
    }
}
