package io.fleetwright.controller.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.identity.CertificateAuthority;
import io.fleetwright.controller.identity.Keys;
import io.fleetwright.controller.identity.Requests;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.Ports;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ArtemisBrokerTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final long WAIT_MILLIS = 10_000;
    private static final NodeAddress N1 = new NodeAddress("t1", "n1");
    private static final NodeAddress N2 = new NodeAddress("t1", "n2");

    @TempDir
    private static Path folder;

    private static Keys keys;
    private static ArtemisBroker broker;
    private static int port;

    private static final Set<X509Certificate> REFUSED = ConcurrentHashMap.newKeySet();
    private static final Set<String> ATTEMPTS = ConcurrentHashMap.newKeySet();
    private final List<MqttAsyncClient> open = new ArrayList<>();
    private final List<String> received = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        keys = Keys.open(folder, List.of("localhost", "127.0.0.1"), Instant.now());
        port = Ports.free();
        broker = new ArtemisBroker(
                folder.resolve("broker"),
                "127.0.0.1",
                port,
                keys,
                REFUSED::contains,
                (node, what) -> ATTEMPTS.add(node + " " + what));
        broker.start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @AfterEach
    void closeClients() throws MqttException {
        for (MqttAsyncClient client : open) {
            if (client.isConnected()) {
                client.disconnectForcibly(0, 200, false);
            }
            client.close(true);
        }
    }

    private MqttAsyncClient connect(SSLContext tls, String clientId, Consumer<MqttConnectionOptions> more)
            throws MqttException {
        return connect(port, tls, clientId, more);
    }

    private MqttAsyncClient connect(int port, SSLContext tls, String clientId, Consumer<MqttConnectionOptions> more)
            throws MqttException {
        MqttAsyncClient client = new MqttAsyncClient("ssl://127.0.0.1:" + port, clientId, new MemoryPersistence());
        open.add(client);
        client.setCallback(new Ears());
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(true);
        options.setSessionExpiryInterval(0L);
        options.setAutomaticReconnect(false);
        options.setConnectionTimeout(5);
        options.setReceiveMaximum(50);
        options.setSocketFactory(tls.getSocketFactory());
        more.accept(options);
        client.connect(options).waitForCompletion(WAIT_MILLIS);
        return client;
    }

    private MqttAsyncClient node(NodeAddress address) throws Exception {
        return connect(Clients.node(keys, address), Identity.clientIdOf(address), _ -> {});
    }

    /** A controller that hears all that goes up. */
    private MqttAsyncClient controller() throws Exception {
        MqttAsyncClient client = connect(Clients.controller(keys), "_controller_test", _ -> {});
        assertThat(subscribe(client, Topic.upFilter())).isEqualTo(1);
        return client;
    }

    private int subscribe(MqttAsyncClient client, String filter) throws MqttException {
        IMqttToken token = client.subscribe(filter, 1);
        token.waitForCompletion(WAIT_MILLIS);
        return token.getReasonCodes()[0];
    }

    private static String text(MqttMessage message) {
        return new String(message.getPayload(), StandardCharsets.UTF_8);
    }

    private static int publish(MqttAsyncClient client, String topic, byte[] payload) throws MqttException {
        IMqttToken token = client.publish(topic, new MqttMessage(payload, 1, false, null));
        token.waitForCompletion(WAIT_MILLIS);
        int[] codes = token.getReasonCodes();
        return codes == null || codes.length == 0 ? 0 : codes[0];
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void awaitMessage(String message) {
        Await.until(message + " arrives", SOON, () -> received.contains(message));
    }

    @Test
    void aRefusedCertificateLosesItsSessionAndGetsNoOther() throws Exception {
        KeyPair pair = Requests.key("secp256r1");
        X509Certificate certificate = keys.authority().issueNode(pair.getPublic(), N1, Instant.now());
        SSLContext tls = Clients.node(keys, pair, certificate);
        MqttAsyncClient cut = connect(tls, Identity.clientIdOf(N1), _ -> {});
        MqttAsyncClient other = node(new NodeAddress("t1", "n2"));
        REFUSED.add(certificate);
        broker.cutRefused();
        Await.until("the session is cut", SOON, () -> !cut.isConnected());
        assertThatThrownBy(() -> connect(tls, Identity.clientIdOf(N1), _ -> {})).isInstanceOf(MqttException.class);
        assertThat(ATTEMPTS).contains("t1/n1 mqtt with a refused certificate");
        assertThat(other.isConnected()).isTrue();
        assertThat(publish(other, "fw/v1/t1/n1/up/status", bytes("x"))).isGreaterThan(127);
        assertThat(ATTEMPTS).contains("t1/n2 mqtt SEND fw.v1.t1.n1.up.status");
        assertThat(node(N1).isConnected()).as("another certificate of the node").isTrue();
    }

    @Test
    void aSessionDoesNotOutliveItsCertificate() throws Exception {
        KeyPair pair = Requests.key("secp256r1");
        Instant end = Instant.now().plusSeconds(5);
        X509Certificate certificate =
                keys.authority().issueNode(pair.getPublic(), N1, Duration.ofSeconds(10), end.minusSeconds(10));
        MqttAsyncClient session = connect(Clients.node(keys, pair, certificate), Identity.clientIdOf(N1), _ -> {});
        Await.until("the broker refuses what is sent after the end", SOON, () -> {
            if (session.isConnected()) {
                session.publish("fw/v1/t1/n1/up/status", bytes("x"), 0, false);
            }
            return !session.isConnected();
        });
        assertThat(Instant.now()).isAfter(end.truncatedTo(ChronoUnit.SECONDS));
    }

    @Test
    void aNodeReachesTheControllerAndHearsIt() throws Exception {
        MqttAsyncClient controller = controller();
        MqttAsyncClient node = node(N1);
        assertThat(subscribe(node, Topic.downFilter(N1))).isEqualTo(1);
        assertThat(publish(node, "fw/v1/t1/n1/up/birth", bytes("hello"))).isLessThan(128);
        awaitMessage("fw/v1/t1/n1/up/birth=hello");
        assertThat(publish(controller, "fw/v1/t1/n1/down/work", bytes("work"))).isLessThan(128);
        awaitMessage("fw/v1/t1/n1/down/work=work");
    }

    @Test
    void whatANodePublishesElsewhereIsRefusedAndReachesNobody() throws Exception {
        MqttAsyncClient controller = controller();
        MqttAsyncClient node = node(N1);
        assertThat(controller.isConnected()).isTrue();
        for (String topic : List.of(
                "fw/v1/t1/n2/up/birth",
                "fw/v1/t2/n1/up/birth",
                "fw/v1/t1/n1/down/work",
                "fw/v1/t1/n1/up/birth/deeper",
                "fw/v1/t1/n1/in/tensor/n2",
                "activemq/management",
                "other")) {
            assertThat(publish(node, topic, bytes("forged"))).as(topic).isEqualTo(135);
        }
        assertThat(publish(node, "fw/v1/t1/n1/up/status", bytes("last"))).isLessThan(128);
        awaitMessage("fw/v1/t1/n1/up/status=last");
        assertThat(received).containsExactly("fw/v1/t1/n1/up/status=last");
    }

    @Test
    void aNodeMayNotSubscribeToWhatIsNotItsOwn() throws Exception {
        MqttAsyncClient node = node(N1);
        for (String filter : List.of(
                "+/#", "fw/#", "fw/v1/+/+/up/#", "fw/v1/t1/n2/down/#", "fw/v1/t1/+/down/#", "fw/v1/t2/n1/down/#")) {
            assertThat(subscribe(node, filter)).as(filter).isEqualTo(135);
        }
        assertThat(node.isConnected()).isTrue();
        for (String filter :
                List.of("#", "$SYS/#", "$share/t1_n2/fw/v1/t1/n1/down/#", "$share/controllers/fw/v1/+/+/up/#")) {
            MqttAsyncClient curious = node(N2);
            assertThatThrownBy(() -> subscribe(curious, filter)).as(filter).isInstanceOf(MqttException.class);
            Await.until("the session is cut", SOON, () -> !curious.isConnected());
        }
    }

    @Test
    void aForeignClientIdIsRefusedWithoutHarmToItsOwner() throws Exception {
        MqttAsyncClient controller = controller();
        MqttAsyncClient victim = node(N2);
        assertThat(subscribe(victim, Topic.downFilter(N2))).isEqualTo(1);
        SSLContext thief = Clients.node(keys, N1);
        for (String id : List.of("t1_n2", "_controller_test", "", "anything")) {
            assertThatThrownBy(() -> connect(thief, id, _ -> {})).as(id).isInstanceOf(MqttException.class);
        }
        assertThat(victim.isConnected()).isTrue();
        assertThat(publish(controller, "fw/v1/t1/n2/down/work", bytes("still"))).isLessThan(128);
        awaitMessage("fw/v1/t1/n2/down/work=still");
    }

    @Test
    void withoutACertificateOfThisAuthorityThereIsNoConnection() throws Exception {
        SSLContext nobody = Clients.nobody(keys);
        assertThatThrownBy(() -> connect(nobody, "t1_n1", _ -> {})).isInstanceOf(MqttException.class);
        SSLContext foreign = Clients.node(keys, CertificateAuthority.create(Instant.now()), N1);
        assertThatThrownBy(() -> connect(foreign, "t1_n1", _ -> {})).isInstanceOf(MqttException.class);
    }

    @Test
    void aUserNameIsRefused() throws Exception {
        SSLContext tls = Clients.node(keys, N1);
        assertThatThrownBy(() -> connect(tls, "t1_n1", options -> options.setUserName("x")))
                .isInstanceOf(MqttException.class);
    }

    @Test
    void onlyVersionFiveMayConnect() throws Exception {
        SSLContext tls = Clients.node(keys, N1);
        assertThat(rawConnect(tls, 5)).startsWith(0x20, 0x00).hasSizeGreaterThan(3);
        assertThat(rawConnect(tls, 4)).isEmpty();
        assertThat(rawConnect(tls, 3)).isEmpty();
    }

    /** Sends a hand-made CONNECT; answers the first bytes that come back, none when the connection is closed. */
    private static List<Integer> rawConnect(SSLContext tls, int level) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(
                level == 3 ? new byte[] {0, 6, 'M', 'Q', 'I', 's', 'd', 'p'} : new byte[] {0, 4, 'M', 'Q', 'T', 'T'});
        body.writeBytes(new byte[] {(byte) level, 2, 0, 30});
        if (level == 5) {
            body.writeBytes(new byte[] {3, 0x21, 0, 50}); // A receive maximum of 50.
        }
        body.writeBytes(new byte[] {0, 5});
        body.writeBytes(bytes("t1_n1"));
        try (SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout((int) WAIT_MILLIS);
            socket.getOutputStream().write(0x10);
            socket.getOutputStream().write(body.size());
            socket.getOutputStream().write(body.toByteArray());
            socket.getOutputStream().flush();
            byte[] answer = new byte[4];
            int length = Math.max(0, socket.getInputStream().readNBytes(answer, 0, 4));
            List<Integer> out = new ArrayList<>();
            for (int i = 0; i < length; i++) {
                out.add(i == 1 ? 0 : Byte.toUnsignedInt(answer[i])); // The length of the packet is of no interest.
            }
            return out;
        } catch (java.net.SocketException | javax.net.ssl.SSLException closed) {
            return List.of();
        }
    }

    @Test
    void aWillOnAnotherNodesTopicIsRefusedAndAnOwnOneIsSent() throws Exception {
        MqttAsyncClient controller = controller();
        assertThat(controller.isConnected()).isTrue();
        SSLContext tls = Clients.node(keys, N1);
        for (String topic : List.of("fw/v1/t1/n2/up/status", "fw/v1/t1/n1/down/work", "other")) {
            assertThatThrownBy(() -> connect(
                            tls,
                            "t1_n1",
                            options -> options.setWill(topic, new MqttMessage(bytes("dead"), 1, false, null))))
                    .as(topic)
                    .isInstanceOf(MqttException.class);
        }
        MqttAsyncClient honest = connect(
                tls,
                "t1_n1",
                options -> options.setWill("fw/v1/t1/n1/up/status", new MqttMessage(bytes("lost"), 1, false, null)));
        assertThat(honest.isConnected()).isTrue();
        broker.disconnect(N1);
        awaitMessage("fw/v1/t1/n1/up/status=lost");
    }

    @Test
    void aNodeLeavesNothingRetainedBehind() throws Exception {
        MqttAsyncClient node = node(N1);
        node.publish("fw/v1/t1/n1/up/status", bytes("kept"), 1, true);
        Await.until("the session is cut", SOON, () -> !node.isConnected());
        assertThat(ATTEMPTS).contains("t1/n1 mqtt PUBLISH of a retained message");
        SSLContext tls = Clients.node(keys, N1);
        assertThatThrownBy(() -> connect(
                        tls,
                        "t1_n1",
                        options ->
                                options.setWill("fw/v1/t1/n1/up/status", new MqttMessage(bytes("x"), 1, true, null))))
                .isInstanceOf(MqttException.class);
        assertThat(ATTEMPTS).contains("t1/n1 mqtt CONNECT with a retained will");
        controller();
        assertThat(publish(node(N1), "fw/v1/t1/n1/up/status", bytes("last"))).isLessThan(128);
        awaitMessage("fw/v1/t1/n1/up/status=last");
        assertThat(received).containsExactly("fw/v1/t1/n1/up/status=last");
    }

    @Test
    void aNodeSaysHowLittleItLeavesUnacknowledged() throws Exception {
        SSLContext tls = Clients.node(keys, N1);
        for (Integer most : new Integer[] {null, 65_535, ArtemisBroker.RECEIVE_MAXIMUM + 1}) {
            assertThatThrownBy(() -> connect(tls, "t1_n1", options -> options.setReceiveMaximum(most)))
                    .as("receive maximum %s", most)
                    .isInstanceOf(MqttException.class);
        }
        assertThat(ATTEMPTS).contains("t1/n1 mqtt CONNECT without a receive maximum of at most 64");
        MqttAsyncClient good =
                connect(tls, "t1_n1", options -> options.setReceiveMaximum(ArtemisBroker.RECEIVE_MAXIMUM));
        assertThat(good.isConnected()).isTrue();
    }

    /** A list of all subscribers was searched at the end of every session, which held up a fleet of ten thousand. */
    @Test
    void theBrokerKeepsNothingForASubscriber() throws Exception {
        int own = Ports.free();
        ArtemisBroker fresh =
                new ArtemisBroker(folder.resolve("fresh"), "127.0.0.1", own, keys, _ -> false, (_, _) -> {});
        fresh.start();
        try {
            MqttAsyncClient node = connect(own, Clients.node(keys, N1), Identity.clientIdOf(N1), _ -> {});
            assertThat(subscribe(node, Topic.inFilter(N1))).isEqualTo(1);
            assertThat(fresh.messages()).isZero();
        } finally {
            fresh.close();
        }
    }

    @Test
    void aNodeMakesNoAddressesOfItsOwnInvention() throws Exception {
        MqttAsyncClient node = node(N1);
        int before = broker.addresses();
        for (int i = 0; i < 20; i++) {
            assertThat(publish(node, "fw/v1/t1/n1/up/made-up-" + i, bytes("x"))).isEqualTo(135);
            assertThat(publish(node, "fw/v1/t1/made-up-%d/in/tensor/n1".formatted(i), bytes("x")))
                    .isEqualTo(135);
            assertThat(subscribe(node, "fw/v1/t1/n1/down/made-up-" + i)).isEqualTo(135);
        }
        assertThat(broker.addresses()).isEqualTo(before);
        String tensor = new Topic(N2, Topic.Kind.IN_TENSOR, N1.node()).text();
        assertThat(ATTEMPTS).noneMatch(attempt -> attempt.contains("made-up-1.in.tensor"));
        MqttAsyncClient there = node(N2);
        assertThat(subscribe(there, Topic.inFilter(N2))).isEqualTo(1);
        assertThat(publish(node, tensor, bytes("x"))).isLessThan(128);
        awaitMessage(tensor + "=x");
    }

    @Test
    void disconnectCutsTheSessionOfThatNodeAlone() throws Exception {
        MqttAsyncClient first = node(N1);
        MqttAsyncClient second = node(N2);
        broker.disconnect(N1);
        Await.until("the session is cut", SOON, () -> !first.isConnected());
        assertThat(second.isConnected()).isTrue();
        assertThat(publish(second, "fw/v1/t1/n2/up/status", bytes("x"))).isLessThan(128);
    }

    @Test
    void aMessageBeyondTheBoundIsRefused() throws Exception {
        MqttAsyncClient controller = controller();
        assertThat(controller.isConnected()).isTrue();
        MqttAsyncClient node = node(N1);
        assertThat(publish(node, "fw/v1/t1/n1/up/telemetry", new byte[Limits.MESSAGE_BYTES_MAX]))
                .isLessThan(128);
        assertThatThrownBy(() -> publish(node, "fw/v1/t1/n1/up/telemetry", new byte[2 * Limits.MESSAGE_BYTES_MAX]))
                .isInstanceOf(MqttException.class);
        Await.until("the small one arrives", SOON, () -> !received.isEmpty());
        assertThat(received).hasSize(1);
    }

    /** A node's connection that takes four messages at a time, and more only when they are acknowledged. */
    private MqttAsyncClient slowly(int port, SSLContext tls, String clientId, BlockingQueue<MqttMessage> arrived)
            throws MqttException {
        MqttAsyncClient slow = connect(port, tls, clientId, options -> options.setReceiveMaximum(4));
        slow.setManualAcks(true);
        slow.setCallback(new Ears() {
            @Override
            public void messageArrived(String topic, MqttMessage message) {
                arrived.add(message);
            }
        });
        return slow;
    }

    private static byte[] stretch(int number) {
        return ByteBuffer.allocate(100 * 1024).putInt(number).array();
    }

    private static int take(MqttAsyncClient slow, BlockingQueue<MqttMessage> arrived) throws Exception {
        MqttMessage next = arrived.poll(SOON.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(next).isNotNull();
        slow.messageArrivedComplete(next.getId(), next.getQos());
        return ByteBuffer.wrap(next.getPayload()).getInt();
    }

    @Test
    void aLargeTensorWaitsForABoardThatTakesItSlowly() throws Exception {
        int stretches = 160; // 16 MB
        BlockingQueue<MqttMessage> arrived = new LinkedBlockingQueue<>();
        MqttAsyncClient slow = slowly(port, Clients.node(keys, N2), Identity.clientIdOf(N2), arrived);
        assertThat(subscribe(slow, Topic.inFilter(N2))).isEqualTo(1);
        MqttAsyncClient sender = node(N1);
        String topic = new Topic(N2, Topic.Kind.IN_TENSOR, N1.node()).text();
        for (int i = 0; i < stretches; i++) {
            assertThat(publish(sender, topic, stretch(i))).isLessThan(128);
        }
        assertThat(arrived).hasSizeLessThanOrEqualTo(4);
        assertThat(broker.heldBytes()).isGreaterThan(156L * 100 * 1024);
        for (int i = 0; i < stretches; i++) {
            assertThat(take(slow, arrived)).isEqualTo(i);
        }
        Await.until("the broker holds nothing of it", SOON, () -> broker.heldBytes() < 100 * 1024);
    }

    @Test
    void whatIsTooMuchForABoardDropsItsOldestAndWhoFillsTheBrokerIsSlowedAndThenLetGo() throws Exception {
        Brake.Limits limits = new Brake.Limits(1 << 20, 2 << 20, 8);
        int small = Ports.free();
        ArtemisBroker narrow =
                new ArtemisBroker(folder.resolve("narrow"), "127.0.0.1", small, keys, _ -> false, (_, _) -> {}, limits);
        narrow.start();
        try {
            BlockingQueue<MqttMessage> tensors = new LinkedBlockingQueue<>();
            MqttAsyncClient board = slowly(small, Clients.node(keys, N2), Identity.clientIdOf(N2), tensors);
            assertThat(subscribe(board, Topic.inFilter(N2))).isEqualTo(1);
            MqttAsyncClient sender = connect(small, Clients.node(keys, N1), Identity.clientIdOf(N1), _ -> {});
            for (int i = 0; i < 4; i++) {
                publish(sender, new Topic(N2, Topic.Kind.IN_TENSOR, N1.node()).text(), stretch(i));
            }
            Await.until("the first four are with the board", SOON, () -> tensors.size() == 4);
            for (int i = 4; i < 20; i++) {
                publish(sender, new Topic(N2, Topic.Kind.IN_TENSOR, N1.node()).text(), stretch(i));
            }
            List<Integer> taken = new ArrayList<>();
            while (taken.isEmpty() || taken.getLast() < 19) {
                taken.add(take(board, tensors));
            }
            assertThat(taken).startsWith(0, 1, 2, 3).endsWith(13, 14, 15, 16, 17, 18, 19);
            assertThat(taken.size()).isLessThanOrEqualTo(13);
            Await.until("the broker holds nothing", SOON, () -> narrow.heldBytes() < 100 * 1024);

            BlockingQueue<MqttMessage> reports = new LinkedBlockingQueue<>();
            MqttAsyncClient reader = slowly(small, Clients.controller(keys), "_controller_test", reports);
            assertThat(subscribe(reader, Topic.upFilter())).isEqualTo(1);
            String up = new Topic(N1, Topic.Kind.UP_TELEMETRY).text();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            publish(sender, up, stretch(i));
                        }
                    })
                    .isInstanceOf(MqttException.class);
            Await.until("the one that fills it is let go", SOON, () -> !sender.isConnected());
            assertThat(narrow.heldBytes()).isBetween(limits.full(), limits.full() + 128 * 1024);

            while (narrow.heldBytes() > limits.slow()) {
                take(reader, reports);
            }
            MqttAsyncClient again = connect(small, Clients.node(keys, N1), Identity.clientIdOf(N1), _ -> {});
            assertThat(publish(again, up, stretch(1000))).isLessThan(128);
            while (take(reader, reports) != 1000) {
                // Nothing that was taken is lost.
            }
        } finally {
            narrow.close();
        }
    }

    @Test
    void theControllersLinkDeliversConnectsAgainAndSends() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        List<String> states = new CopyOnWriteArrayList<>();
        Transport.Listener listener = new Transport.Listener() {
            @Override
            public void connected() {
                states.add("up");
            }

            @Override
            public void disconnected(String why) {
                states.add("down");
            }

            @Override
            public void messages(List<Transport.Arrived> together) {
                boolean isFirst = heard.isEmpty();
                together.forEach(one -> heard.add(one.topic()));
                if (isFirst) {
                    throw new IllegalStateException("a listener with a bug");
                }
            }

            @Override
            public void message(String topic, byte[] payload) {
                throw new IllegalStateException("they come together");
            }
        };
        try (MqttLink link = new MqttLink("127.0.0.1", port, keys, new SplittableRandom(3), listener)) {
            Topic down = new Topic(N1, Topic.Kind.DOWN_ACK);
            assertThat(link.send(down, bytes("too early"), Duration.ofSeconds(5)))
                    .isFalse();
            link.start();
            Await.until("the link stands", SOON, () -> !states.isEmpty());
            MqttAsyncClient node = node(N1);
            assertThat(subscribe(node, Topic.downFilter(N1))).isEqualTo(1);
            // More than one window of unacknowledged messages: delivery must acknowledge, after a failure too.
            for (int i = 0; i < 250; i++) {
                IMqttToken sent = node.publish("fw/v1/t1/n1/up/status", new MqttMessage(bytes("x"), 1, false, null));
                sent.waitForCompletion(WAIT_MILLIS);
            }
            Await.until("all are heard", SOON, () -> heard.size() == 250);
            assertThat(link.send(down, bytes("ack"), Duration.ofSeconds(5))).isTrue();
            awaitMessage("fw/v1/t1/n1/down/ack=ack");
        }
    }

    @Test
    void aLinkThatIsClosedDeliversWhatHasArrived() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        AtomicInteger arrived = new AtomicInteger();
        CountDownLatch isConnected = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Transport.Listener listener = new Transport.Listener() {
            @Override
            public void connected() {
                isConnected.countDown();
            }

            @Override
            public void disconnected(String reason) {
                // It is closed.
            }

            @Override
            public boolean arrived(String topic, byte[] payload) {
                arrived.incrementAndGet();
                return false;
            }

            @Override
            public void messages(List<Transport.Arrived> messages) {
                try {
                    assertThat(goOn.await(WAIT_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
                } catch (InterruptedException stop) {
                    throw new IllegalStateException(stop);
                }
                messages.forEach(message -> heard.add(new String(message.payload(), StandardCharsets.UTF_8)));
            }

            @Override
            public void message(String topic, byte[] payload) {
                throw new IllegalStateException("they come together");
            }
        };
        try (MqttLink link = new MqttLink("127.0.0.1", port, keys, new SplittableRandom(3), listener)) {
            link.start();
            assertThat(isConnected.await(WAIT_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
            MqttAsyncClient node = node(N1);
            for (String one : List.of("a", "b", "c")) {
                node.publish("fw/v1/t1/n1/up/status", new MqttMessage(bytes(one), 1, false, null))
                        .waitForCompletion(WAIT_MILLIS);
            }
            Await.until("all have arrived", SOON, () -> arrived.get() == 3);
            Thread closing = Thread.ofPlatform().start(link::close);
            Await.until("it waits", SOON, () -> closing.getState() == Thread.State.TIMED_WAITING);
            goOn.countDown();
            closing.join();
        }
        assertThat(heard).containsExactly("a", "b", "c");
    }

    /** Notes what arrives; everything else is looked at where it is waited for. */
    private class Ears implements MqttCallback {
        @Override
        public void messageArrived(String topic, MqttMessage message) {
            received.add(topic + "=" + text(message));
        }

        @Override
        public void disconnected(MqttDisconnectResponse response) {}

        @Override
        public void mqttErrorOccurred(MqttException exception) {}

        @Override
        public void deliveryComplete(IMqttToken token) {}

        @Override
        public void connectComplete(boolean reconnect, String uri) {}

        @Override
        public void authPacketArrived(int reasonCode, MqttProperties properties) {}
    }
}
