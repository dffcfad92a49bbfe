package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * MobileNetV2 takes 5 MB and a GAP9 has 1.6: no board of this fleet can hold it, and together they answer with its bytes. Each board
 * is a process of its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PartsTest {
    private static final String MODEL = "mobilenet-v2-224";
    private static final String VERSION = "/api/v1/models/%s/versions".formatted(MODEL);
    private static final long GAP9_BYTES = 1_703_936;
    private static final int VECTORS = 8;
    private static final List<String> NODES = List.of("drone-a", "drone-b", "drone-c", "drone-d");

    private Processes.Controller controller;
    private Operator operator;
    private Api api;
    private String enrolment;
    private Path folder;
    private final List<Processes.Agent> agents = new ArrayList<>();

    @BeforeAll
    void start(@TempDir Path place) throws Exception {
        folder = place;
        controller = new Processes.Controller(place, Map.of());
        controller.start();
        operator = Operator.signIn(controller);
        enrolment = operator.enrolmentToken(10);
        api = operator.api();
        for (String node : NODES) {
            agents.add(agent(node));
        }
        operator.awaitOnline(NODES);
        api.post("/api/v1/models", "{\"model\":\"%s\"}".formatted(MODEL)).expect(201);
        api.post(VERSION, "{\"version\":\"1.0.0\"}").expect(201);
        api.put(
                        VERSION + "/1.0.0/variants/int8",
                        Files.readAllBytes(SharedData.require("models/mlperf-tiny/extra/mobilenet_v2_224.tflite")))
                .expect(201);
    }

    private Processes.Agent agent(String node) throws IOException {
        return new Processes.Agent(folder, node, controller, enrolment, "--emulate", node + "=gap9").start();
    }

    @AfterAll
    void stop() {
        agents.forEach(Processes.Agent::close);
        if (controller != null) {
            controller.close();
        }
    }

    private static byte[] golden(String kind, int vector) throws IOException {
        byte[] all = Files.readAllBytes(
                SharedData.require("models/mlperf-tiny/golden/mobilenet_v2_224.%s.bin".formatted(kind)));
        int bytes = all.length / VECTORS;
        return Arrays.copyOfRange(all, vector * bytes, (vector + 1) * bytes);
    }

    private JsonNode infer(int vector) throws IOException, InterruptedException {
        StringBuilder data = new StringBuilder();
        for (byte value : golden("in", vector)) {
            data.append(data.isEmpty() ? "" : ",").append(value);
        }
        return api.post("/v2/models/" + MODEL + "/infer", """
                        {"inputs":[{"name":"input","shape":[1,224,224,3],"datatype":"INT8","data":[%s]}],
                         "parameters":{"deadline_ms":60000}}""".formatted(data))
                .expect(200)
                .body();
    }

    private static byte[] outputs(JsonNode answer) {
        JsonNode data = answer.at("/outputs/0/data");
        byte[] bytes = new byte[data.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) data.get(i).asInt();
        }
        return bytes;
    }

    private static String rolloutBody() {
        return "{\"model\":\"%s\",\"version\":\"1.0.0\",\"allowUnapproved\":true}".formatted(MODEL);
    }

    @Test
    @Order(1)
    void noBoardCanHoldTheWholeNetwork() throws Exception {
        JsonNode refused =
                api.post("/api/v1/rollouts", rolloutBody()).expect(422).body();
        assertThat(refused.get("detail").asText())
                .contains("no variant fits any matched device")
                .contains(String.valueOf(GAP9_BYTES));
    }

    @Test
    @Order(2)
    void itIsCutIntoPartsThatFitAndRolledOut() throws Exception {
        JsonNode parts = api.post(VERSION + "/1.0.0/variants/int8/parts", "{\"memoryBytes\":%d}".formatted(GAP9_BYTES))
                .expect(201)
                .body()
                .get("items");
        assertThat(parts).hasSize(NODES.size());
        for (JsonNode part : parts) {
            assertThat(part.get("weightBytes").asLong() + part.get("arenaBytes").asLong())
                    .isLessThanOrEqualTo(GAP9_BYTES);
            assertThat(part.at("/part/of").asText()).isEqualTo("int8");
        }
        JsonNode dry = api.post("/api/v1/rollouts?dryRun=true", rolloutBody())
                .expect(200)
                .body();
        Set<String> chosen = new HashSet<>();
        for (JsonNode device : dry.get("devices")) {
            chosen.add(device.get("variant").asText());
            assertThat(device.get("reason").asText()).startsWith("chosen; int8: needs ");
        }
        assertThat(chosen).hasSize(NODES.size());
        assertThat(api.get("/v2/models/" + MODEL + "/ready").expect(503).status())
                .isEqualTo(503);
        operator.awaitSucceeded(api.post("/api/v1/rollouts", rolloutBody())
                .expect(201)
                .body()
                .get("rollout")
                .asText());
        assertThat(api.get("/v2/models/" + MODEL + "/ready").expect(200).status())
                .isEqualTo(200);
    }

    @Test
    @Order(3)
    void boardsTogetherAnswerWithTheBytesOfTheWhole() throws Exception {
        for (int vector = 0; vector < VECTORS; vector++) {
            JsonNode answer = infer(vector);
            assertThat(outputs(answer)).as("vector %d", vector).isEqualTo(golden("out", vector));
            JsonNode shared = answer.at("/parameters/shared");
            assertThat(shared.get("parts")).hasSize(NODES.size());
            assertThat(shared.hasNonNull("localMs"))
                    .as("nobody could do it alone")
                    .isFalse();
            int operator = 0;
            Set<String> nodes = new HashSet<>();
            for (JsonNode part : shared.get("parts")) {
                assertThat(part.get("from").asInt()).isEqualTo(operator);
                operator = part.get("to").asInt();
                nodes.add(part.get("node").asText());
            }
            assertThat(nodes).containsExactlyInAnyOrderElementsOf(NODES);
        }
    }

    @Test
    @Order(4)
    void aBoardThatIsAwayIsWaitedFor() throws Exception {
        String lost = NODES.getLast();
        agents.removeLast().kill();
        operator.awaitOnline(NODES.subList(0, NODES.size() - 1));
        String job = api.post(
                        "/api/v1/jobs",
                        "{\"model\":\"%s\",\"deadlineMs\":60000,\"input\":\"%s\"}"
                                .formatted(MODEL, Base64.getEncoder().encodeToString(golden("in", 0))))
                .expect(202)
                .body()
                .get("job")
                .asText();
        assertThat(operator.job(job).get("state").asText()).isEqualTo("queued");
        agents.add(agent(lost));
        JsonNode done =
                operator.awaitEnded(List.of(job), Duration.ofSeconds(60)).getFirst();
        assertThat(done.get("state").asText()).isEqualTo("succeeded");
        assertThat(Base64.getDecoder().decode(done.get("output").asText())).isEqualTo(golden("out", 0));
    }
}
