package io.fleetwright.tests.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.WireNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * An enrolled node gone bad sends nonsense under its own certificate on each of its topics: it is dropped, counted, logged
 * once, stores nothing, and holds up nobody.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MalformedMessagesTest {
    private static final int RANDOM_PER_KIND = 25;
    private static final List<Topic.Kind> UP = Arrays.stream(Topic.Kind.values())
            .filter(kind -> kind.path().startsWith("up/"))
            .toList();
    private static final Pattern DROPPED_METRIC =
            Pattern.compile("(?m)^fleetwright_messages_dropped(?:_total)?(?:\\{[^}]*})? ([0-9.E+]+)$");

    private final long seed = Long.getLong("fleetwright.seed", System.nanoTime());
    private final SplittableRandom random = new SplittableRandom(seed);
    private SecuredFleet fleet;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        System.out.println("MalformedMessagesTest seed " + seed + " (repeat it with -Dfleetwright.seed=" + seed + ")");
        fleet = new SecuredFleet(folder);
        fleet.alice.connect();
        fleet.bob.connect();
        fleet.operator.awaitOnline(List.of("alice", "bob"));
        fleet.assertServes(fleet.alice);
        fleet.assertServes(fleet.bob);
    }

    @AfterAll
    void stop() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
    }

    @Test
    void nonsenseIsDroppedCountedLoggedOnceStoresNothingAndHoldsUpNobody() throws Exception {
        String stored = stored();
        long droppedBefore = droppedByMetric();
        int linesBefore = complaints().size();
        long sent = 0;
        record Nonsense(String topic, byte[] payload) {}
        List<Nonsense> all = new ArrayList<>();
        for (Topic.Kind kind : UP) {
            nonsense(kind).forEach(payload -> all.add(new Nonsense(fleet.alice.topic(kind), payload)));
        }
        Collections.shuffle(all, new Random(seed));
        for (Nonsense one : all) {
            assertThat(fleet.alice.peer().publish(one.topic, one.payload)).isLessThan(128);
            sent++;
            if (sent % 50 == 0) {
                fleet.assertServes(fleet.bob);
                fleet.assertServes(fleet.alice);
            }
        }
        fleet.assertServes(fleet.alice);
        fleet.assertServes(fleet.bob);

        long expected = droppedBefore + sent;
        Await.until("%d dropped".formatted(expected), SecuredFleet.LIMIT, () -> droppedByMetric() == expected);
        assertThat(fleet.operator
                        .api()
                        .get("/api/v1/overview")
                        .expect(200)
                        .body()
                        .get("droppedMessages")
                        .asLong())
                .isEqualTo(expected);
        List<String> lines = complaints().subList(linesBefore, complaints().size());
        for (Topic.Kind kind : UP) {
            assertThat(lines)
                    .as("one line for the many of %s", kind)
                    .filteredOn(
                            line -> line.contains("message.dropped node=default/alice kind=%s ".formatted(kind.path())))
                    .hasSize(1);
        }
        assertThat(lines).as("and not a word more").hasSize(UP.size());
        assertThat(stored()).isEqualTo(stored);
        fleet.assertOnline(fleet.alice);
        assertSamplesAreTheFramesThatWereSent(fleet.alice);
        assertSamplesAreTheFramesThatWereSent(fleet.bob);
    }

    @Test
    void whatIsTooLargeForTheBrokerEndsTheConnectionOfItsSenderAlone() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> fleet.alice
                            .peer()
                            .publish(
                                    fleet.alice.topic(Topic.Kind.UP_TELEMETRY), new byte[2 * Limits.MESSAGE_BYTES_MAX]))
                    .isInstanceOf(MqttException.class);
            fleet.assertServes(fleet.bob);
            fleet.alice.close();
            fleet.alice.connect();
            fleet.assertServes(fleet.alice);
        }
    }

    /** Everything that anybody may see of the bad node, without what changes with time. */
    private String stored() throws Exception {
        ObjectNode node = (ObjectNode)
                fleet.operator.api().get("/api/v1/nodes/alice").expect(200).body();
        node.remove(List.of("lastSeenAt", "status"));
        StringBuilder out = new StringBuilder(node.toString());
        for (String list : List.of("devices", "rollouts", "jobs", "models", "audit", "telemetry/metrics?node=alice")) {
            out.append(fleet.operator.api().get("/api/v1/" + list).expect(200).body());
        }
        return out.toString();
    }

    private void assertSamplesAreTheFramesThatWereSent(WireNode node) throws Exception {
        List<Long> values = new ArrayList<>();
        for (JsonNode point : fleet.operator
                .api()
                .get("/api/v1/telemetry/series?node=%s&device=%s&metric=%s&minutes=60"
                        .formatted(node.address().node(), WireNode.DEVICE, WireNode.METRIC))
                .expect(200)
                .body()
                .get("points")) {
            values.add(point.get(1).asLong());
        }
        List<Long> expected = new ArrayList<>();
        for (long value = 0; value < node.sent(Stream.TELEMETRY); value++) {
            expected.add(value);
        }
        assertThat(values).as("samples of %s", node.address()).containsExactlyInAnyOrderElementsOf(expected);
    }

    private long droppedByMetric() throws Exception {
        try (var client = java.net.http.HttpClient.newHttpClient()) {
            String text = client.send(
                            java.net.http.HttpRequest.newBuilder(
                                            java.net.URI.create(fleet.controller.url() + "/q/metrics"))
                                    .build(),
                            java.net.http.HttpResponse.BodyHandlers.ofString())
                    .body();
            Matcher metric = DROPPED_METRIC.matcher(text);
            assertThat(metric.find())
                    .as("fleetwright_messages_dropped in /q/metrics")
                    .isTrue();
            return (long) Double.parseDouble(metric.group(1));
        }
    }

    /** Lines of the controller's log that say something is wrong, stack traces included. */
    private List<String> complaints() throws Exception {
        return fleet.controller
                .output()
                .lines()
                .filter(line -> !line.contains(" INFO ") && !line.contains(" DEBUG "))
                .toList();
    }

    private List<byte[]> nonsense(Topic.Kind kind) throws Exception {
        byte[] good = good(kind);
        List<byte[]> out = new ArrayList<>();
        for (int i = 0; i < RANDOM_PER_KIND; i++) {
            byte[] noise = new byte[random.nextInt(400)];
            random.nextBytes(noise);
            out.add(noise);
            out.add(Arrays.copyOf(good, random.nextInt(good.length)));
            byte[] flipped = good.clone();
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            out.add(flipped);
        }
        out.add(new byte[0]);
        out.add(new byte[Limits.MESSAGE_BYTES_MAX]);
        if (kind == Topic.Kind.UP_TELEMETRY) {
            out.add(hex("0a10" + "30".repeat(16) + "10ffffffffffffffffff7f")); // A sequence of eleven bytes.
            out.add(hex("0affffffff0f")); // A name of 4 GB.
            out.add(hex("23".repeat(1000))); // Groups in groups.
            out.add(hex("22".repeat(1000))); // Lengths in lengths.
            out.add(hex(
                    "0a10" + "30".repeat(16) + "1001" + "1801" + "2209" + "19" + "000000000000f87f")); // Not a number.
        } else {
            String text = new String(good, StandardCharsets.UTF_8);
            for (String broken : List.of(
                    "[".repeat(5000),
                    "{\"a\":".repeat(5000),
                    "{\"x\":" + "[".repeat(500) + "]".repeat(500) + "," + text.substring(1),
                    text + text,
                    text.replaceFirst("\"boot\":\"[^\"]*\"", "\"boot\":17"),
                    text.replaceFirst("\"boot\":\"[^\"]*\"", "\"boot\":\"NOT HEX\""),
                    text.replaceFirst("\"boot\":\"[^\"]*\"", "\"boot\":\"a\\\\u0000b\""),
                    text.replaceFirst("\"boot\":\"[^\"]*\"", "\"boot\":\"\\\\u001b[2J\\\\r\\\\nWARN forged\""),
                    text.replaceFirst("\"boot\":\"[^\"]*\",", ""),
                    text.replaceFirst("\\{", "{\"boot\":\"0000000000000000\","),
                    text.replaceFirst(":[0-9]+", ":1e400"),
                    text.replaceFirst(":[0-9]+", ":-1"),
                    text.replaceFirst(":[0-9]+", ":" + "9".repeat(40)),
                    text.replaceFirst(":[0-9]+", ":\"1\""),
                    "{\"pad\":\"" + "p".repeat(Limits.MESSAGE_BYTES_MAX - 1000) + "\"," + text.substring(1),
                    "null",
                    "[]",
                    "\"text\"")) {
                out.add(broken.getBytes(StandardCharsets.UTF_8));
            }
        }
        out.removeIf(bytes -> isGood(kind, bytes));
        assertThat(out).as("nonsense for %s", kind).hasSizeGreaterThan(RANDOM_PER_KIND);
        return out;
    }

    private byte[] good(Topic.Kind kind) {
        return switch (kind) {
            case UP_BIRTH -> fleet.alice.birthDocument().encode();
            case UP_STATUS -> new Status("000000000000000a", 1, Status.State.STOPPED, 1).encode();
            case UP_REPORTED -> new Reported(fleet.alice.stamp(900), 7, true, List.of(), null).encode();
            case UP_RESULT ->
                TaskResult.failed(fleet.alice.stamp(900), "j-1", 1, WireNode.DEVICE, TaskResult.Outcome.FAILED, "x")
                        .measured(5)
                        .encode();
            case UP_TELEMETRY ->
                WireNode.frame(fleet.alice.stamp(900), 1, 1, 2, 3).encode();
            case DOWN_DESIRED, DOWN_WORK, DOWN_ACK, DOWN_COMMAND, DOWN_OUTCOME, IN_TENSOR ->
                throw new IllegalArgumentException(kind.path());
        };
    }

    /** A flipped bit may leave a message good; such a one is no nonsense, and is not sent. */
    private static boolean isGood(Topic.Kind kind, byte[] bytes) {
        try {
            switch (kind) {
                case UP_BIRTH -> Birth.decode(bytes);
                case UP_STATUS -> Status.decode(bytes);
                case UP_REPORTED -> Reported.decode(bytes);
                case UP_RESULT -> TaskResult.decode(bytes);
                case UP_TELEMETRY -> TelemetryFrame.decode(bytes);
                case DOWN_DESIRED, DOWN_WORK, DOWN_ACK, DOWN_COMMAND, DOWN_OUTCOME, IN_TENSOR ->
                    throw new IllegalArgumentException(kind.path());
            }
            return true;
        } catch (MalformedMessageException nonsense) {
            return false;
        }
    }

    private static byte[] hex(String text) {
        return java.util.HexFormat.of().parseHex(text);
    }
}
