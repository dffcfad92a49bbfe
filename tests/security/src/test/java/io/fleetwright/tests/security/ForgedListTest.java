package io.fleetwright.tests.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.MqttPeer;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.SigningKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody owns the broker and may send a board whatever he likes: what the board runs stays what the controller's
 * signing key has signed for it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForgedListTest {
    private static final long SEED = 7;
    private static final NodeAddress BOARD = new NodeAddress("default", "board");

    private SecuredFleet fleet;
    private Processes.Agent board;
    private MqttPeer broker;
    private Desired genuine;
    private final BlockingQueue<byte[]> lists = new ArrayBlockingQueue<>(100);

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = new SecuredFleet(folder);
        board = new Processes.Agent(
                        folder, "board", fleet.controller, fleet.operator.enrolmentToken(1), "--node", "board")
                .start();
        fleet.operator.awaitOnline(List.of("board"));
        fleet.operator.publishGlyphs("1.0.0", 20, "w0.5-int8");
        fleet.operator.awaitSucceeded(fleet.operator.rollOut("1.0.0"));
        broker = MqttPeer.connect(
                fleet.controller.mqttPort(),
                new Certificates(fleet.controller).controller(),
                "_controller_stolen",
                (topic, payload) -> {
                    if (topic.endsWith("/down/desired") && !lists.offer(payload)) {
                        throw new IllegalStateException("more lists than anybody sends");
                    }
                });
        broker.subscribe(Topic.downFilter(BOARD));
        send(Topic.Kind.DOWN_COMMAND, new Command("c", Command.Kind.REBIRTH, null).encode());
        byte[] sent = lists.poll(SecuredFleet.LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(sent).as("the controller answers a birth with its list").isNotNull();
        genuine = Desired.decode(sent);
    }

    @AfterAll
    void stop() throws Exception {
        for (AutoCloseable one : new AutoCloseable[] {broker, board, fleet}) {
            if (one != null) {
                one.close();
            }
        }
    }

    @Test
    void anAlteredOrForgedListChangesNothing() throws Exception {
        JsonNode before = slots();
        Path state = board.data().resolve("state");
        byte[] slotsBefore = Files.readAllBytes(state.resolve("slots"));
        byte[] desiredBefore = Files.readAllBytes(state.resolve("desired"));
        DesiredSlot wanted = new DesiredSlot(
                "cpu0",
                "glyphs",
                "glyphs",
                "6.6.6",
                "evil",
                Digest.of("evil".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                4);
        DesiredList evil = new DesiredList("default", "board", genuine.version() + 1000, List.of(wanted));
        SigningKey stranger = SigningKey.generate();
        SignedList forged = stranger.sign(evil);

        // Signed by a stranger, under his own name and under the controller's.
        offer(
                new Desired(evil.version(), forged.payload(), forged.keyId(), forged.signature(), genuine.release()),
                "UNKNOWN_KEY");
        offer(
                new Desired(evil.version(), forged.payload(), genuine.keyId(), forged.signature(), genuine.release()),
                "BAD_SIGNATURE");
        // The controller's signature over something else.
        offer(
                new Desired(evil.version(), evil.encode(), genuine.keyId(), genuine.signature(), genuine.release()),
                "BAD_SIGNATURE");
        offer(
                new Desired(evil.version(), evil.encode(), genuine.keyId(), new byte[64], genuine.release()),
                "BAD_SIGNATURE");
        offer(
                new Desired(evil.version(), evil.encode(), genuine.keyId(), new byte[0], genuine.release()),
                "BAD_SIGNATURE");
        // One bit of the genuine list, or of its signature.
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 20; i++) {
            UnaryOperator<byte[]> flip = bytes -> {
                byte[] changed = bytes.clone();
                changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
                return changed;
            };
            boolean list = i % 2 == 0;
            offer(
                    new Desired(
                            genuine.version(),
                            list ? flip.apply(genuine.list()) : genuine.list(),
                            genuine.keyId(),
                            list ? genuine.signature() : flip.apply(genuine.signature()),
                            genuine.release()),
                    "BAD_SIGNATURE");
        }
        // The real key's signature on a list for somebody else.
        Path keys = fleet.controller.data().resolve("keys");
        String director = "signing-" + genuine.keyId();
        SigningKey real = SigningKey.of(
                Files.readAllBytes(keys.resolve(director + ".pkcs8")),
                Files.readAllBytes(keys.resolve(director + ".spki")));
        SignedList bobs = real.sign(new DesiredList("default", "bob", evil.version(), List.of(wanted)));
        offer(
                new Desired(evil.version(), bobs.payload(), bobs.keyId(), bobs.signature(), genuine.release()),
                "WRONG_NODE");

        assertThat(Files.readAllBytes(state.resolve("slots"))).isEqualTo(slotsBefore);
        assertThat(Files.readAllBytes(state.resolve("desired"))).isEqualTo(desiredBefore);
        assertThat(slots()).isEqualTo(before);
        String job = fleet.operator.submit("board/cpu0", Duration.ofSeconds(20));
        assertThat(fleet.operator
                        .awaitEnded(List.of(job), SecuredFleet.LIMIT)
                        .getFirst()
                        .get("state")
                        .asText())
                .isEqualTo("succeeded");
        // The floor has not moved either: the controller's next list is taken.
        fleet.operator.publishGlyphs("1.0.1", 20, "w1.0-int8");
        fleet.operator.awaitSucceeded(fleet.operator.rollOut("1.0.1"));
    }

    private void offer(Desired forged, String reason) throws Exception {
        long before = refusals(reason);
        send(Topic.Kind.DOWN_DESIRED, forged.encode());
        Await.until(
                () -> "the board refuses it as %s; it says: %s".formatted(reason, board.log()),
                SecuredFleet.LIMIT,
                () -> refusals(reason) > before);
    }

    private long refusals(String reason) throws Exception {
        return board.output()
                .lines()
                .filter(line -> line.contains("desired.rejected reason=" + reason))
                .count();
    }

    private void send(Topic.Kind kind, byte[] payload) throws Exception {
        assertThat(broker.publish(new Topic(BOARD, kind).text(), payload)).isLessThan(128);
    }

    private JsonNode slots() throws Exception {
        return fleet.operator
                .api()
                .get("/api/v1/nodes/board")
                .expect(200)
                .body()
                .get("devices")
                .get(0)
                .get("slots");
    }
}
