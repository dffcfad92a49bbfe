package io.fleetwright.tests.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.tests.integration.MqttPeer;
import io.fleetwright.tests.integration.WireNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a node can reach through the broker of a running controller: its own topics and nothing else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrokerAccessTest {
    /** Tensors between nodes have rules of their own. */
    private static final List<Topic.Kind> DOCUMENTS = Arrays.stream(Topic.Kind.values())
            .filter(kind -> kind != Topic.Kind.IN_TENSOR)
            .toList();

    private static final byte[] PAYLOAD = "forged".getBytes(StandardCharsets.UTF_8);

    private SecuredFleet fleet;
    private Certificates certificates;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = new SecuredFleet(folder);
        certificates = new Certificates(fleet.controller);
    }

    @AfterAll
    void stop() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
    }

    @BeforeEach
    void connect() throws Exception {
        fleet.alice.connect();
        fleet.bob.connect();
        fleet.mallory.connect();
        fleet.operator.awaitOnline(List.of("alice", "bob"));
    }

    @AfterEach
    void theVictimNoticedNothing() throws Exception {
        fleet.assertServes(fleet.bob);
        assertThat(fleet.bob.peer().topicsHeard())
                .allMatch(topic -> topic.startsWith("fw/v1/default/bob/down/"))
                .noneMatch(topic -> topic.endsWith("/work"));
        fleet.assertOnline(fleet.bob);
        assertThat(fleet.operator.api().get("/v2/health/ready").status()).isEqualTo(200);
        for (WireNode node : List.of(fleet.alice, fleet.bob, fleet.mallory)) {
            node.close();
        }
    }

    @Test
    void aNodeMayNotPublishToAnothersTopics() throws Exception {
        NodeAddress bob = fleet.bob.address();
        for (WireNode intruder : List.of(fleet.alice, fleet.mallory)) {
            for (Topic.Kind kind : DOCUMENTS) {
                assertThat(intruder.peer().publish(new Topic(bob, kind).text(), PAYLOAD))
                        .as("%s to %s of bob", intruder.address(), kind)
                        .isEqualTo(MqttPeer.NOT_AUTHORIZED);
            }
            byte[] goodbye = new Status("000000000000000b", 99, Status.State.STOPPED, 0).encode();
            assertThat(intruder.peer().publish(fleet.bob.topic(Topic.Kind.UP_STATUS), goodbye))
                    .isEqualTo(MqttPeer.NOT_AUTHORIZED);
        }
        for (Topic.Kind kind : DOCUMENTS) {
            if (!kind.path().startsWith("up/")) {
                assertThat(fleet.alice.peer().publish(fleet.alice.topic(kind), PAYLOAD))
                        .as("to its own %s", kind)
                        .isEqualTo(MqttPeer.NOT_AUTHORIZED);
            }
        }
    }

    @Test
    void tensorsGoToNodesOfTheOwnTenantUnderTheOwnNameOnly() throws Exception {
        MqttPeer alice = fleet.alice.peer();
        assertThat(fleet.bob.peer().subscribe("fw/v1/default/bob/in/#")).isLessThan(128);
        for (String topic : List.of(
                "fw/v1/default/bob/in/tensor/bob",
                "fw/v1/default/bob/in/tensor/mallory",
                "fw/v1/other/mallory/in/tensor/alice",
                "fw/v1/default/bob/in/tensor",
                "fw/v1/default/bob/in/other/alice",
                "fw/v1/default/bob/in/tensor/alice/deeper")) {
            assertThat(alice.publish(topic, PAYLOAD)).as(topic).isEqualTo(MqttPeer.NOT_AUTHORIZED);
        }
        assertThat(fleet.mallory.peer().publish("fw/v1/default/bob/in/tensor/mallory", PAYLOAD))
                .isEqualTo(MqttPeer.NOT_AUTHORIZED);
        assertThat(fleet.mallory.peer().publish("fw/v1/default/bob/in/tensor/alice", PAYLOAD))
                .isEqualTo(MqttPeer.NOT_AUTHORIZED);
        assertThat(fleet.bob.peer().topicsHeard()).noneMatch(topic -> topic.contains("/in/"));
    }

    @Test
    void aNodeMayNotSubscribeToAnothersTopics() throws Exception {
        for (String filter : List.of(
                "fw/v1/default/bob/down/#",
                "fw/v1/default/bob/down/work",
                "fw/v1/default/bob/in/#",
                "fw/v1/default/bob/up/#",
                "fw/v1/default/+/down/#",
                "fw/v1/+/alice/down/#",
                "fw/v1/other/mallory/down/#",
                "fw/v1/+/+/up/#",
                "fw/v1/#",
                "+/#")) {
            assertThat(fleet.alice.peer().subscribe(filter)).as(filter).isEqualTo(MqttPeer.NOT_AUTHORIZED);
        }
        fleet.assertServes(fleet.bob);
        fleet.assertServes(fleet.mallory);
        assertThat(fleet.alice.peer().topicsHeard()).allMatch(topic -> topic.startsWith("fw/v1/default/alice/down/"));
    }

    @Test
    void aNodeMayNotTakeAnothersClientId() throws Exception {
        SSLContext thief = certificates.node(fleet.alice.address());
        for (String id : List.of("default_bob", "other_mallory", "other_alice", "_controller_1", "", "x")) {
            assertThatThrownBy(() -> MqttPeer.connect(fleet.controller.mqttPort(), thief, id, (_, _) -> {}))
                    .as(id)
                    .isInstanceOf(MqttException.class);
        }
        assertThat(fleet.bob.peer().isConnected()).isTrue();
    }

    @Test
    void onlyAValidCertificateOfTheControllersAuthorityConnects() throws Exception {
        NodeAddress bob = fleet.bob.address();
        Map<String, SSLContext> refused = new LinkedHashMap<>();
        refused.put("no certificate", certificates.none());
        refused.put("a foreign authority of the same name", certificates.foreign(bob));
        refused.put("self-signed", certificates.selfSigned(bob));
        refused.put("expired", certificates.expired(bob));
        refused.put("not yet valid", certificates.notYetValid(bob));
        refused.put("signed by a node", certificates.signedByANode(fleet.alice.address(), bob));
        refused.put("a server's certificate", certificates.server());
        refused.put("TLS 1.2", certificates.node("TLSv1.2", bob));
        for (Map.Entry<String, SSLContext> one : refused.entrySet()) {
            assertThatThrownBy(() -> MqttPeer.connect(
                            fleet.controller.mqttPort(), one.getValue(), WireNode.clientId(bob), (_, _) -> {}))
                    .as(one.getKey())
                    .isInstanceOf(MqttException.class);
        }
        assertThat(fleet.bob.peer().isConnected()).isTrue();
        // The same way with a good certificate: it is the certificate that makes the difference.
        fleet.alice.close();
        try (MqttPeer good = MqttPeer.connect(
                fleet.controller.mqttPort(),
                certificates.node(fleet.alice.address()),
                WireNode.clientId(fleet.alice.address()),
                (_, _) -> {})) {
            assertThat(good.isConnected()).isTrue();
        }
    }

    @Test
    void topicsMadeUpToSlipThroughAreRefused() throws Exception {
        fleet.alice.close();
        for (String topic : List.of(
                "fw/v1/default/bob/up/status",
                "fw/v1/default/alice/up/made-up",
                "fw/v1/default/nobody/in/tensor/alice",
                "fw/v1/default/alice/up/status\0",
                "fw/v1/default/bob\0/alice/up/status",
                "fw/v1/default/alice/up/../../bob/up/status",
                "fw/v1/default/alice/up/+",
                "fw/v1/default/alice/up/#",
                "fw/v1/default/+/up/status",
                "/fw/v1/default/bob/up/status",
                "fw//v1/default/bob/up/status",
                "fw/v1/default/bob/up/status/",
                "fw.v1.default.bob.up.status",
                "fw/v1/default/alice/up/x.y",
                "fw/v1/default/alice/up/*",
                "fw/v1/default/alice/up/a b",
                "fw/v1/default/alice/up/\u202e",
                "FW/V1/DEFAULT/ALICE/UP/STATUS",
                "$share/controllers/fw/v1/default/alice/up/status",
                "$SYS/broker",
                "activemq.management",
                "")) {
            assertRefused("publish to", topic, topic.getBytes(StandardCharsets.UTF_8), true);
        }
        assertRefused("publish to", "an overlong NUL", new byte[] {'f', 'w', '/', (byte) 0xc0, (byte) 0x80}, true);
        assertRefused(
                "publish to", "half a surrogate", new byte[] {'f', 'w', (byte) 0xed, (byte) 0xa0, (byte) 0x80}, true);
        for (String filter : List.of(
                "#",
                "+/#",
                "fw/v1/default/bob/down/#",
                "fw/v1/default/alice/down/#\0",
                "fw/v1/default/alice/../bob/down/#",
                "fw/v1/default/alice/down/#/x",
                "fw/v1/default/alice+/down/#",
                "fw/v1/default/*/down/#",
                "fw/v1/default/b?b/down/#",
                "fw.v1.default.bob.down.#",
                "$share/controllers/fw/v1/+/+/up/#",
                "$share/mine/fw/v1/default/bob/down/#",
                "$share/default_bob/fw/v1/default/bob/down/#",
                "$share//fw/v1/default/bob/down/#",
                "$share/mine",
                "$queue/fw/v1/default/bob/down/#",
                "$SYS/#",
                "$sys.mqtt.#",
                "activemq.notifications",
                "")) {
            assertRefused("subscribe to", filter, filter.getBytes(StandardCharsets.UTF_8), false);
        }
    }

    @Test
    void noChangeOfAFewCharactersTurnsAForeignTopicIntoAnAllowedOne() throws Exception {
        fleet.alice.close();
        SeededCases.forEach(1, 60, (random, seed) -> {
            StringBuilder text = new StringBuilder(
                    random.nextBoolean() ? "fw/v1/default/bob/up/status" : "fw/v1/default/alice/down/work");
            String tricks = "/+#$*.\0\n\u00a0\ufeff_-aA%\\";
            for (int edits = random.nextInt(1, 4); edits > 0; edits--) {
                int at = random.nextInt(text.length());
                String trick = String.valueOf(tricks.charAt(random.nextInt(tricks.length())));
                switch (random.nextInt(3)) {
                    case 0 -> text.insert(at, trick);
                    case 1 -> text.deleteCharAt(at);
                    default -> text.replace(at, at + 1, trick);
                }
            }
            String topic = text.toString();
            if (!topic.matches("fw/v1/default/(alice/up|[a-z0-9-]+/in/tensor)/[A-Za-z0-9_-]+")) {
                assertRefused("publish to", topic, topic.getBytes(StandardCharsets.UTF_8), true);
            }
        });
    }

    private void assertRefused(String how, String shown, byte[] place, boolean publish) throws Exception {
        try (RawMqtt client = new RawMqtt(
                fleet.controller.mqttPort(),
                certificates.node(fleet.alice.address()),
                WireNode.clientId(fleet.alice.address()))) {
            RawMqtt.Outcome outcome = publish ? client.publish(place, PAYLOAD) : client.subscribe(place);
            assertThat(outcome)
                    .as("%s '%s'", how, shown.replace("\0", "<NUL>"))
                    .isIn(RawMqtt.Outcome.REFUSED, RawMqtt.Outcome.CUT);
        }
    }

    @Test
    void theHelperSeesWhatIsAllowed() throws Exception {
        fleet.alice.close();
        SSLContext tls = certificates.node(fleet.alice.address());
        try (RawMqtt client = new RawMqtt(fleet.controller.mqttPort(), tls, WireNode.clientId(fleet.alice.address()))) {
            assertThat(client.publish(
                            fleet.alice.topic(Topic.Kind.UP_STATUS).getBytes(StandardCharsets.UTF_8),
                            new Status("000000000000000a", 1, Status.State.ONLINE, 0).encode()))
                    .isEqualTo(RawMqtt.Outcome.TAKEN);
            assertThat(client.subscribe("fw/v1/default/alice/down/#".getBytes(StandardCharsets.UTF_8)))
                    .isEqualTo(RawMqtt.Outcome.TAKEN);
        }
    }
}
