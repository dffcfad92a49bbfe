package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.agent.sensor.SyntheticSensor;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.testkit.Await;
import io.fleetwright.trust.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A camera gives larger pictures than the network takes, and the class is asked for: with a helper that is killed, and a node that hears the class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class StreamTransformsTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Form FRAME = Form.int8(120, 160, 3);
    private OffloadFleet fleet;
    private Interpreter whole;
    private TransformChain resize;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = new OffloadFleet(
                folder, "1000,4", false, List.of(new OffloadFleet.Board("drone", List.of("--emulate", "drone=gap9"))));
        whole = Interpreter.create(ModelReader.read(OffloadFleet.network(), OffloadFleet.MODEL), Rounding.DOUBLE);
        resize = TransformChain.parse(List.of("resize:height=96,width=96,method=bilinear"));
    }

    @AfterAll
    void stop() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private static String body(int height) {
        return """
                {"model":"%s","source":"%s","sensor":"%s","periodMs":500,"deadlineMs":1000,"frame":{"shape":[120,160,3]},
                 "before":[{"transform":"resize","parameters":{"height":%d,"width":96}}],
                 "after":[{"transform":"argmax"}],"notify":"drone"}""".formatted(OffloadFleet.MODEL, OffloadFleet.SOURCE, OffloadFleet.SENSOR, height);
    }

    /** What one board's network says of the resized frame. */
    private byte[] network(JsonNode outcome) throws Exception {
        byte[] frame = SyntheticSensor.frame(
                OffloadFleet.SENSOR_SEED, outcome.get("sensorFrame").asLong(), FRAME.bytes());
        assertThat(outcome.get("input").asText()).isEqualTo(Digest.of(frame).value());
        byte[] output = new byte[whole.outputBytes()];
        whole.run(resize.apply(FRAME, frame), 0, output, 0);
        return output;
    }

    private void assertIdenticalToTheTransformsAroundTheNetwork(JsonNode outcome) throws Exception {
        byte[] output = network(outcome);
        byte[] expected = TransformChain.parse(List.of("argmax")).apply(Form.int8(1, output.length), output);
        assertThat(Base64.getDecoder().decode(outcome.get("output").asText()))
                .as(outcome.toString())
                .isEqualTo(expected);
        assertThat(outcome.at("/form/type").asText()).isEqualTo("int32");
        assertThat(outcome.at("/form/shape/0").asInt()).isEqualTo(1);
    }

    @Test
    @Order(1)
    void whatDoesNotFitIsRefusedWithTheTransformAndBothForms() throws Exception {
        Api api = fleet.operator().api();
        assertThat(api.post("/api/v1/streams", body(95)).expect(422).body().toString())
                .contains("resize gives int8[95,96,3]", "takes int8[1,96,96,3]");
        assertThat(api.post("/api/v1/streams", body(96).replace("argmax", "blur"))
                        .expect(404)
                        .body()
                        .toString())
                .contains("blur (after[0])");
        assertThat(api.get("/api/v1/streams").expect(200).body().get("items")).isEmpty();
    }

    @Test
    @Order(2)
    void everyAnswerIsTheClassThatOneBoardWouldSayWhoeverComputesIt() throws Exception {
        Api api = fleet.operator().api();
        JsonNode begun = api.post("/api/v1/streams", body(96)).expect(201).body();
        String stream = begun.get("stream").asText();
        assertThat(begun.at("/frame/type").asText()).isEqualTo("int8");
        assertThat(begun.at("/before/0/parameters/method").asText()).isEqualTo("bilinear");
        Await.until(
                "frames that the drone helped with",
                LIMIT,
                () -> fleet.stream(stream).at("/plan/observed/helped").asLong() >= 4);
        long told = fleet.windows(stream).getLast().get("to").asLong();
        fleet.kill("drone");
        Await.until("frames that the source answers alone", LIMIT, () -> {
            JsonNode now = fleet.stream(stream);
            return !now.at("/plan").has("helper")
                    && now.at("/newest/from").asLong() > told
                    && now.at("/plan/observed/met").asLong() >= 4;
        });
        fleet.stopStream(stream);
        List<JsonNode> windows = fleet.windows(stream);
        long outcomes = 0;
        for (JsonNode window : windows) {
            for (JsonNode outcome : window.get("outcomes")) {
                assertIdenticalToTheTransformsAroundTheNetwork(outcome);
                outcomes++;
            }
            if (window.has("latency")) {
                assertThat(window.at("/before/frames").asLong())
                        .isEqualTo(window.at("/latency/frames").asLong());
                assertThat(window.at("/before/p50Ms").asDouble()).isPositive();
                assertThat(window.at("/after/frames").asLong())
                        .isEqualTo(window.at("/latency/frames").asLong());
            }
        }
        assertThat(outcomes).isGreaterThanOrEqualTo(8);
        assertThat(windows.toString()).contains("\"ranOn\":\"helper\"", "\"ranOn\":\"source\"");
        JsonNode plans = api.get("/api/v1/streams/%s/why".formatted(stream))
                .expect(200)
                .body()
                .get("plans");
        for (JsonNode plan : plans) {
            assertThat(plan.get("beforeMs").asDouble()).isPositive();
            assertThat(plan.get("afterMs").asDouble()).isPositive();
            assertThat(plan.at("/why/candidates/0/beforeMs").asDouble()).isPositive();
        }
    }

    @Test
    @Order(3)
    void withoutTransformsBehindItTheNetworksOwnOutputIsTheAnswer() throws Exception {
        Api api = fleet.operator().api();
        String body = body(96).replace("{\"transform\":\"argmax\"}", "").replace(",\"notify\":\"drone\"", "");
        String stream = api.post("/api/v1/streams", body)
                .expect(201)
                .body()
                .get("stream")
                .asText();
        Set<String> outputs = new HashSet<>();
        Await.until("answers that differ", LIMIT, () -> {
            for (JsonNode window : fleet.windows(stream)) {
                for (JsonNode outcome : window.get("outcomes")) {
                    outputs.add(outcome.get("output").asText());
                }
            }
            return outputs.size() >= 3;
        });
        fleet.stopStream(stream);
        for (JsonNode window : fleet.windows(stream)) {
            for (JsonNode outcome : window.get("outcomes")) {
                assertThat(Base64.getDecoder().decode(outcome.get("output").asText()))
                        .isEqualTo(network(outcome));
                assertThat(outcome.has("form")).isFalse();
            }
        }
    }
}
