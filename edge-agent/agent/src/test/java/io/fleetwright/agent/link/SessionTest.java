package io.fleetwright.agent.link;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.junit.jupiter.api.Test;

class SessionTest {
    /** Paho itself answers with a null pointer, which ended the agent whenever its link broke at the wrong moment. */
    @Test
    void whatComesAfterTheEndIsRefusedAsAnyLostConnectionIs() throws Exception {
        Session session = new Session(new MqttAsyncClient("ssl://127.0.0.1:1", "t_n", new MemoryPersistence()));
        session.end();
        session.end();
        MqttMessage message = new MqttMessage(new byte[1], 1, false, null);
        assertThatThrownBy(() -> session.acknowledge(message)).isInstanceOf(MqttException.class);
        assertThatThrownBy(() -> session.publish("fw/v1/t/n/up/status", message))
                .isInstanceOf(MqttException.class);
    }
}
