package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.agent.sensor.SyntheticSensor;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.Await;
import io.fleetwright.trust.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A network that is cut across two boards, each a process of its own, on a link of 1 Mbit/s. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class OffloadTest {
    /** Values that cross the best cut on a link of 1 Mbit/s. */
    private static final long CUT_BYTES = 2304;

    private OffloadFleet fleet;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = new OffloadFleet(
                folder,
                "1000,4",
                false,
                List.of(
                        new OffloadFleet.Board("drone", List.of("--emulate", "drone=gap9")),
                        // Wider and shorter than the source's, so that it counts for the board's own inputs alone.
                        new OffloadFleet.Board("board", List.of("--node", "board", "--link", "board=8000,2"))));
    }

    @AfterAll
    void stop() {
        if (fleet != null) {
            fleet.close();
        }
    }

    static byte[] input(long seed) {
        byte[] input = new byte[OffloadFleet.INPUT_BYTES];
        new SplittableRandom(seed).nextBytes(input);
        return input;
    }

    static byte[] alone(byte[] input) throws Exception {
        Interpreter whole =
                Interpreter.create(ModelReader.read(OffloadFleet.network(), OffloadFleet.MODEL), Rounding.DOUBLE);
        byte[] output = new byte[whole.outputBytes()];
        whole.run(input, 0, output, 0);
        return output;
    }

    static byte[] outputs(JsonNode answer) {
        JsonNode data = answer.at("/outputs/0/data");
        byte[] output = new byte[data.size()];
        for (int i = 0; i < output.length; i++) {
            output[i] = (byte) data.get(i).asInt();
        }
        return output;
    }

    @Test
    @Order(1)
    void twoBoardsAnswerWithTheBytesOfOne() throws Exception {
        int together = 0;
        for (long seed = 1; seed <= 20 && together < 5; seed++) {
            JsonNode answer = fleet.infer(input(seed), 8);
            assertThat(outputs(answer)).isEqualTo(alone(input(seed)));
            JsonNode shared = answer.at("/parameters/shared");
            if (!shared.isObject()) {
                continue; // Another board that is slow to prepare its part is not waited for.
            }
            together++;
            assertThat(shared.get("node").asText()).isIn("drone", "board");
            assertThat(shared.get("bits").asInt()).isEqualTo(8);
            // The first plan knows nothing of what boards leave out of a tensor; later ones count what was sent.
            JsonNode front = shared.at("/parts/0");
            assertThat(front.get("sentBytes").asLong()).isBetween(1L, CUT_BYTES - 1);
            if (front.get("bytes").asLong() >= CUT_BYTES) {
                assertThat(shared.get("plannedMs").asDouble()).isBetween(55.0, 65.0);
            } else {
                assertThat(shared.get("plannedMs").asDouble()).isBetween(45.0, 60.0);
            }
            assertThat(shared.get("localMs").asDouble()).isBetween(85.0, 120.0);
            double parts = shared.get("frontMs").asDouble()
                    + shared.get("linkMs").asDouble()
                    + shared.get("backMs").asDouble();
            assertThat(answer.at("/parameters/latency_ms").asDouble()).isBetween(parts - 0.01, parts + 0.01);
        }
        assertThat(together).isEqualTo(5);
    }

    @Test
    @Order(2)
    void packedTensorsTravelWhereTheCallerAllowsThem() throws Exception {
        JsonNode job = fleet.run(input(1), 4);
        for (int again = 0; again < 20 && !job.path("shared").isObject(); again++) {
            job = fleet.run(input(1), 4);
        }
        assertThat(job.get("state").asText()).isEqualTo("succeeded");
        assertThat(job.at("/shared/bits").asInt()).as(job.toString()).isEqualTo(4);
        assertThat(job.at("/shared/plannedMs").asDouble()).isBetween(45.0, 52.0);
        assertThat(job.at("/why/takesOver").asText()).isNotEmpty();
        JsonNode tasks = fleet.operator()
                .api()
                .get("/api/v1/plans/" + job.get("job").asText())
                .expect(200)
                .body()
                .get("tasks");
        assertThat(tasks).hasSizeGreaterThan(1);
        assertThat(tasks.get(0).get("to")).isEqualTo(tasks.get(1).get("from"));
        assertThat(tasks.get(0).get("plannedMs").asDouble()).isPositive();
        assertThat(tasks.get(0).get("observedMs").asDouble()).isPositive();
    }

    @Test
    @Order(3)
    void framesOfASensorOnTheBoardCanBeComputedAgain() throws Exception {
        long before = 0;
        for (int i = 0; i < 5; i++) {
            JsonNode answer = fleet.inferFrame(8);
            long number = answer.at("/parameters/frame/number").asLong();
            assertThat(number).as(answer.toString()).isGreaterThan(before);
            before = number;
            byte[] frame = SyntheticSensor.frame(OffloadFleet.SENSOR_SEED, number, OffloadFleet.INPUT_BYTES);
            assertThat(answer.at("/parameters/frame/digest").asText())
                    .isEqualTo(Digest.of(frame).value());
            assertThat(outputs(answer)).isEqualTo(alone(frame));
            assertThat(answer.at("/parameters/executed_ms").asDouble()).isPositive();
        }
    }

    @Test
    @Order(3)
    void sensorsThatAreNotThereAreRefusedByName() throws Exception {
        Api api = fleet.operator().api();
        String job = "{\"model\":\"%s\",%s}";
        assertThat(api.post(
                                "/api/v1/jobs",
                                job.formatted(
                                        OffloadFleet.MODEL,
                                        "\"source\":\"%s\",\"sensor\":\"radar\"".formatted(OffloadFleet.SOURCE)))
                        .expect(404)
                        .body()
                        .toString())
                .contains("radar", OffloadFleet.SENSOR);
        assertThat(api.post("/api/v1/jobs", job.formatted(OffloadFleet.MODEL, "\"sensor\":\"camera\""))
                        .expect(422)
                        .body()
                        .toString())
                .contains("sensor", "source");
        assertThat(api.post(
                                "/api/v1/jobs",
                                job.formatted(
                                        OffloadFleet.MODEL,
                                        "\"input\":\"AAAA\",\"source\":\"%s\",\"sensor\":\"camera\""
                                                .formatted(OffloadFleet.SOURCE)))
                        .expect(422)
                        .body()
                        .toString())
                .contains("sensor");
    }

    @Test
    @Order(3)
    void manyAtOnceEndAndNoneTwice() throws Exception {
        List<String> jobs = new ArrayList<>();
        for (long seed = 0; seed < 8; seed++) {
            jobs.add(fleet.submit(input(seed), 8));
        }
        for (JsonNode job : fleet.operator().awaitEnded(jobs, Duration.ofSeconds(60))) {
            assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("succeeded");
        }
    }

    /** The processor's front of a shared network is planned by the operators that it has timed, not by their products. */
    @Test
    @Order(3)
    void aBoardTimesItsOperatorsAndPlansCountWithThem() throws Exception {
        Api api = fleet.operator().api();
        String path = "/api/v1/devices/%s/operators/" + OffloadFleet.MODEL;
        Await.until(
                "the board has timed its operators",
                Duration.ofMinutes(5),
                () -> api.get(path.formatted("board/cpu0"))
                        .expect(200)
                        .body()
                        .get("state")
                        .asText()
                        .equals("measured"));
        JsonNode operators =
                api.get(path.formatted("board/cpu0")).expect(200).body().get("operators");
        assertThat(operators)
                .hasSameSizeAs(ModelReader.read(OffloadFleet.network(), OffloadFleet.MODEL)
                        .integerCore()
                        .operators());
        assertThat(api.get(path.formatted("drone/gap9"))
                        .expect(200)
                        .body()
                        .get("state")
                        .asText())
                .isEqualTo("modelled");
        assertThat(api.get("/api/v1/devices/board/cpu0/operators/other")
                        .expect(404)
                        .body()
                        .toString())
                .contains("other");
        JsonNode job = null;
        for (long seed = 40; seed < 60 && (job == null || !job.path("shared").isObject()); seed++) {
            String id = api.post(
                            "/api/v1/jobs",
                            "{\"model\":\"%s\",\"deadlineMs\":20000,\"input\":\"%s\",\"source\":\"board/cpu0\",\"bits\":8}"
                                    .formatted(
                                            OffloadFleet.MODEL,
                                            Base64.getEncoder().encodeToString(input(seed))))
                    .expect(202)
                    .body()
                    .get("job")
                    .asText();
            job = fleet.operator()
                    .awaitEnded(List.of(id), Duration.ofSeconds(60))
                    .getFirst();
        }
        JsonNode shared = Objects.requireNonNull(job).path("shared");
        assertThat(job.at("/why/shared/0/layers/0").asText()).as(job.toString()).isEqualTo("measured");
        assertThat(job.at("/why/shared/0/layers/1").asText()).isEqualTo("macs");
        JsonNode front = shared.at("/parts/0");
        double share = 0;
        double macsShare = 0;
        for (int operator = 0; operator < front.get("to").asInt(); operator++) {
            share += operators.get(operator).get("share").asDouble();
            macsShare += operators.get(operator).get("macsShare").asDouble();
        }
        double planned =
                front.get("plannedMs").asDouble() / shared.get("localMs").asDouble();
        assertThat(planned).isCloseTo(share, within(0.001));
        assertThat(planned).as("by products").isNotCloseTo(macsShare, within(0.01));
    }

    @Test
    @Order(4)
    void theSourceAnswersAloneWhenTheOtherBoardsAreGone() throws Exception {
        fleet.kill("drone");
        for (long seed = 20; seed < 23; seed++) {
            assertThat(outputs(fleet.infer(input(seed), 8))).isEqualTo(alone(input(seed)));
        }
    }
}
