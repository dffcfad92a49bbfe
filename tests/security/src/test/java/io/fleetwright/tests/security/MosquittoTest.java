package io.fleetwright.tests.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.controller.identity.CertificateAuthority;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.tests.integration.MqttPeer;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.tests.integration.WireNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A fleet over a real Mosquitto, with the files that the controller writes for it: only their paths are replaced. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MosquittoTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<Path> PLACES = List.of(
            Path.of("/usr/sbin/mosquitto"), Path.of("/usr/local/sbin/mosquitto"), Path.of("/usr/bin/mosquitto"));
    private static final byte[] PAYLOAD = "{}".getBytes(StandardCharsets.UTF_8);

    private @Nullable Process broker;
    private Processes.@Nullable Controller controller;
    private Processes.@Nullable Agent agent;
    private Operator operator;
    private Certificates certificates;
    private WireNode alice;
    private WireNode bob;
    private int port;

    @BeforeAll
    void startFleet(@TempDir Path folder) throws Exception {
        Path program = PLACES.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> SharedData.missing("mosquitto is not installed"));
        Processes.Controller started = new Processes.Controller(folder, Map.of());
        controller = started;
        port = started.mqttPort();
        started.start();
        operator = Operator.signIn(started);
        Path configuration = writeFiles(
                folder,
                operator.api()
                        .get("/api/v1/broker-config/mosquitto")
                        .expect(200)
                        .body()
                        .get("files"));
        started.stop();
        certificates = new Certificates(started);
        writeServerCertificate(started.data().resolve("keys"), folder);
        broker = new ProcessBuilder(program.toString(), "-c", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("mosquitto.log").toFile())
                .start();
        Await.until("mosquitto listens", LIMIT, () -> listens(port));
        started.start(Map.of("FLEETWRIGHT_BROKER", "external"));
        String token = operator.enrolmentToken(3);
        alice = new WireNode(WireNode.enrol(started, token, "alice", folder), "000000000000000a").connect();
        bob = new WireNode(WireNode.enrol(started, token, "bob", folder), "000000000000000b").connect();
        agent = new Processes.Agent(folder, "board", started, token, "--node", "board", "--devices", "cpu0=cpu")
                .start();
        operator.awaitOnline(List.of("alice", "bob", "board"));
    }

    @AfterAll
    void stopFleet() throws Exception {
        for (AutoCloseable one : new @Nullable AutoCloseable[] {alice, bob, agent, controller}) {
            if (one != null) {
                one.close();
            }
        }
        Process running = broker;
        if (running != null) {
            running.destroy();
            assertThat(running.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static Path writeFiles(Path folder, JsonNode files) throws IOException {
        assertThat(files.properties()).hasSize(3);
        for (Map.Entry<String, JsonNode> file : files.properties()) {
            String text = file.getValue().asText().replace("/etc/fleetwright/", folder + "/");
            Files.writeString(folder.resolve(file.getKey()), text);
        }
        Path configuration = folder.resolve("mosquitto.conf");
        // Whoever starts it here may be root, and Mosquitto then becomes a user who may not read this folder.
        Files.writeString(
                configuration,
                Files.readString(configuration).replaceFirst("listener (\\d+)", "listener $1 127.0.0.1") + "user "
                        + System.getProperty("user.name") + "\n");
        return configuration;
    }

    /** The broker's certificate and key, as the controller has them for the same host. */
    private static void writeServerCertificate(Path keys, Path folder) throws Exception {
        char[] password =
                Files.readString(keys.resolve("keystore.password")).strip().toCharArray();
        KeyStore server = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys.resolve("server.p12"))) {
            server.load(in, password);
        }
        Files.writeString(
                folder.resolve("broker.pem"), CertificateAuthority.pem((X509Certificate) server.getCertificate("key")));
        Files.writeString(
                folder.resolve("broker.key"),
                "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
                        .formatted(Base64.getMimeEncoder()
                                .encodeToString(server.getKey("key", password).getEncoded())));
    }

    private static boolean listens(int port) {
        try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return probe.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    @Test
    void aRolloutAndAnInferenceGoThroughIt() throws Exception {
        operator.publishGlyphs("1.0.0", 20, "w0.5-int8");
        operator.awaitSucceeded(operator.rollOut("1.0.0"));
        String job = operator.submit("board/cpu0", LIMIT);
        JsonNode ended = operator.awaitEnded(List.of(job), LIMIT).getFirst();
        assertThat(ended.get("state").asText()).as(ended.toString()).isEqualTo("succeeded");
        assertThat(Base64.getDecoder().decode(ended.get("output").asText())).hasSize(10);
    }

    @Test
    void whatANodeSendsIsStoredAndAcknowledged() throws Exception {
        bob.sendFrame(System.currentTimeMillis(), 1, 2, 3);
        Await.until("bob's frame is acknowledged", LIMIT, () -> bob.unacknowledged(Stream.TELEMETRY) == 0);
    }

    @Test
    void aNodeReachesItsOwnTopicsAlone() throws Exception {
        for (Topic.Kind kind : List.of(Topic.Kind.UP_BIRTH, Topic.Kind.UP_RESULT, Topic.Kind.DOWN_WORK)) {
            assertThat(alice.peer().publish(new Topic(bob.address(), kind).text(), PAYLOAD))
                    .as("%s of bob", kind)
                    .isEqualTo(MqttPeer.NOT_AUTHORIZED);
        }
        assertThat(alice.peer().publish(alice.topic(Topic.Kind.DOWN_WORK), PAYLOAD))
                .isEqualTo(MqttPeer.NOT_AUTHORIZED);
        // Mosquitto grants such a subscription, and lets nothing through it.
        alice.peer().subscribe("fw/v1/#");
        int heard = bob.peer().topicsHeard().size();
        bob.sendFrame(System.currentTimeMillis(), 4);
        Await.until("bob is answered", LIMIT, () -> bob.peer().topicsHeard().size() > heard);
        alice.sendFrame(System.currentTimeMillis(), 5);
        Await.until("alice is answered", LIMIT, () -> alice.unacknowledged(Stream.TELEMETRY) == 0);
        assertThat(alice.peer().topicsHeard())
                .isNotEmpty()
                .allMatch(topic -> topic.startsWith("fw/v1/default/alice/down/"));
    }

    @Test
    void whoHasNoCertificateOfTheAuthorityIsNotLetIn() throws Exception {
        NodeAddress name = alice.address();
        assertThatThrownBy(() -> MqttPeer.connect(port, certificates.none(), "default_x", (_, _) -> {}))
                .isInstanceOf(MqttException.class);
        assertThatThrownBy(() -> MqttPeer.connect(port, certificates.foreign(name), "default_x", (_, _) -> {}))
                .isInstanceOf(MqttException.class);
        assertThatThrownBy(() -> MqttPeer.connect(port, certificates.expired(name), "default_x", (_, _) -> {}))
                .isInstanceOf(MqttException.class);
        try (MqttPeer good = MqttPeer.connect(
                port, certificates.node(new NodeAddress("default", "carol")), "default_bob", (_, _) -> {})) {
            // The name in the certificate counts, and not the client id that somebody asks for: bob stays.
            assertThat(good.isConnected()).isTrue();
            bob.sendFrame(System.currentTimeMillis(), 6);
            Await.until("bob is answered", LIMIT, () -> bob.unacknowledged(Stream.TELEMETRY) == 0);
        }
    }
}
