package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.agent.sensor.SyntheticSensor;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.Await;
import io.fleetwright.trust.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A stream of a microcontroller that nano-drones help, each a process of its own, on a link of 1 Mbit/s. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class StreamTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    /** So long that a busy machine keeps it: alone a frame takes 89 ms. */
    private static final int PERIOD = 500;

    private static final int DEADLINE = 1_000;

    private OffloadFleet fleet;
    private Interpreter whole;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = new OffloadFleet(folder, "1000,4", false);
        fleet.joinDrone("scout");
        whole = Interpreter.create(ModelReader.read(OffloadFleet.network(), OffloadFleet.MODEL), Rounding.DOUBLE);
    }

    @AfterAll
    void stop() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private static long sum(List<JsonNode> windows, String count) {
        return windows.stream().mapToLong(window -> window.get(count).asLong()).sum();
    }

    /** Waits until a plan with that helper has answered some frames together with it. */
    private JsonNode awaitHelped(String stream, String helper) {
        JsonNode[] seen = new JsonNode[1];
        Await.until("%s helps %s: %s".formatted(helper, stream, seen[0]), LIMIT, () -> {
            seen[0] = fleet.stream(stream);
            return seen[0].at("/plan/helper").asText().startsWith(helper + "/")
                    && seen[0].at("/plan/observed/helped").asLong() >= 4;
        });
        return seen[0];
    }

    private void assertIdenticalToOneBoard(JsonNode outcome) {
        byte[] frame = SyntheticSensor.frame(
                OffloadFleet.SENSOR_SEED, outcome.get("sensorFrame").asLong(), OffloadFleet.INPUT_BYTES);
        assertThat(outcome.get("input").asText()).isEqualTo(Digest.of(frame).value());
        byte[] alone = new byte[whole.outputBytes()];
        whole.run(frame, 0, alone, 0);
        assertThat(Base64.getDecoder().decode(outcome.get("output").asText())).isEqualTo(alone);
    }

    @Test
    @Order(1)
    void aHelperThatDiesCostsAtMostOneFrameAndAnotherOneHelps() throws Exception {
        String stream = fleet.stream(PERIOD, DEADLINE).get("stream").asText();
        JsonNode before = awaitHelped(stream, "drone");
        assertThat(before.get("state").asText()).isEqualTo("running");
        assertThat(before.at("/plan/plannedMs").asDouble()).isBetween(55.0, 75.0);
        assertThat(before.at("/plan/aloneMs").asDouble()).isBetween(85.0, 95.0);
        long told = fleet.windows(stream).getLast().get("to").asLong();
        fleet.kill("drone");
        JsonNode after = awaitHelped(stream, "scout");
        assertThat(after.at("/plan/epoch").asLong())
                .isGreaterThan(before.at("/plan/epoch").asLong());
        JsonNode stopped = fleet.stopStream(stream);
        assertThat(stopped.get("state").asText()).isEqualTo("stopped");
        // The last report says that what was begun is not gone on with.
        Await.until("all windows of " + stream, LIMIT, () -> {
            List<JsonNode> windows = fleet.windows(stream);
            JsonNode now = fleet.stream(stream);
            return sum(windows, "met") + sum(windows, "missed") + sum(windows, "skipped")
                            == windows.getLast().get("to").asLong()
                    && now.get("met").asLong() == sum(windows, "met")
                    && now.get("met").asLong() >= stopped.get("met").asLong();
        });
        List<JsonNode> windows = fleet.windows(stream);
        long next = 1;
        long outcomes = 0;
        for (JsonNode window : windows) {
            assertThat(window.get("from").asLong()).as(window.toString()).isEqualTo(next);
            next = window.get("to").asLong() + 1;
            assertThat(window.get("modelled").asBoolean() || !window.has("latency"))
                    .as("emulated boards are modelled")
                    .isTrue();
            for (JsonNode outcome : window.get("outcomes")) {
                assertIdenticalToOneBoard(outcome);
                outcomes++;
            }
        }
        assertThat(outcomes)
                .as("every answered frame is told")
                .isEqualTo(sum(windows, "met")
                        + sum(windows, "missed")
                        - windows.stream().mapToLong(StreamTest::unanswered).sum());
        List<JsonNode> through = windows.stream()
                .filter(window -> window.get("from").asLong() > told)
                .toList();
        // Frames that the stop met on their way count as skipped, at most as many as are begun at a time.
        assertThat(sum(through, "missed")).isLessThanOrEqualTo(1);
        assertThat(sum(through, "skipped")).isLessThanOrEqualTo(3);
        assertThat(sum(windows, "helped")).isGreaterThanOrEqualTo(8);
        JsonNode plans = fleet.operator()
                .api()
                .get("/api/v1/streams/%s/why".formatted(stream))
                .expect(200)
                .body()
                .get("plans");
        assertThat(plans.get(0).at("/why/candidates").toString()).contains("scout", "alone");
        String address = "/api/v1/plans/" + stream;
        JsonNode newest = fleet.operator().api().get(address).expect(200).body();
        assertThat(newest.get("kind").asText()).isEqualTo("stream");
        String task = newest.at("/tasks/0/task").asText();
        assertThat(task).isIn("all", "front");
        assertThat(fleet.operator()
                        .api()
                        .get(address + "/why/" + task)
                        .expect(200)
                        .body()
                        .at("/why/candidates")
                        .toString())
                .contains("alone");
        for (JsonNode plan : plans) {
            assertThat(plan.get("replanMs").asDouble()).as(plan.toString()).isPositive();
        }
    }

    private static long unanswered(JsonNode window) {
        long answered = window.path("latency").path("frames").asLong();
        return window.get("met").asLong() + window.get("missed").asLong() - answered;
    }

    @Test
    @Order(2)
    void whatCannotBeDoneIsRefusedByName() throws Exception {
        Api api = fleet.operator().api();
        String body = "{\"model\":\"%s\",\"source\":\"%s\",\"sensor\":\"%s\",\"periodMs\":%d,\"deadlineMs\":%d}";
        assertThat(api.post("/api/v1/streams", body.formatted(OffloadFleet.MODEL, "mcu/x", "camera", 500, 400))
                        .expect(404)
                        .body()
                        .toString())
                .contains("mcu/x");
        assertThat(api.post(
                                "/api/v1/streams",
                                body.formatted(OffloadFleet.MODEL, OffloadFleet.SOURCE, "radar", 500, 400))
                        .expect(404)
                        .body()
                        .toString())
                .contains("radar", "camera");
        JsonNode late = api.post(
                        "/api/v1/streams", body.formatted(OffloadFleet.MODEL, OffloadFleet.SOURCE, "camera", 500, 5))
                .expect(422)
                .body();
        assertThat(late.get("type").asText()).endsWith("deadline-unreachable");
        assertThat(late.get("detail").asText()).contains("soonest answer");
        assertThat(api.get("/api/v1/streams?state=gone").expect(422).body().toString())
                .contains("running");
        api.get("/api/v1/streams/s-0").expect(404);
    }

    @Test
    @Order(3)
    void theListIsAskedForBySourceAndShowsTheNewestWindow() throws Exception {
        Api api = fleet.operator().api();
        JsonNode found =
                api.get("/api/v1/streams?q=node==mcu").expect(200).body().get("items");
        assertThat(found).isNotEmpty();
        assertThat(found.get(0).at("/newest/to").asLong()).isPositive();
        assertThat(api.get("/api/v1/streams?q=node==drone").expect(200).body().get("items"))
                .isEmpty();
        assertThat(api.get("/api/v1/streams?q=colour==red").expect(422).body().toString())
                .contains("colour");
    }
}
