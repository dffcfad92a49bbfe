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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A job takes a larger picture of a camera than its network takes, and asks for the class: shared with a board that is killed, and with tasks that all read one frame. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class JobTransformsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Form FRAME = Form.int8(120, 160, 3);
    /** Frames that the whole test may take. */
    private static final long FRAMES_MAX = 60;

    private static final String WHERE =
            "\"source\":\"%s\",\"sensor\":\"%s\"".formatted(OffloadFleet.SOURCE, OffloadFleet.SENSOR);
    private static final String CHAIN = """
            "frame":{"shape":[120,160,3]},
            "before":[{"transform":"resize","parameters":{"height":96,"width":96}}],"after":[{"transform":"argmax"}]""";
    private static final int TOGETHER = 8;

    private OffloadFleet fleet;
    private Interpreter whole;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = new OffloadFleet(
                folder, "1000,4", false, List.of(new OffloadFleet.Board("drone", List.of("--emulate", "drone=gap9"))));
        whole = Interpreter.create(ModelReader.read(OffloadFleet.network(), OffloadFleet.MODEL), Rounding.DOUBLE);
    }

    @AfterAll
    void stop() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private static byte[] frame(long number) {
        return SyntheticSensor.frame(OffloadFleet.SENSOR_SEED, number, FRAME.bytes());
    }

    private static byte[] resized(byte[] frame, int size) throws Exception {
        return TransformChain.parse(List.of("resize:height=%d,width=%d,method=bilinear".formatted(size, size)))
                .apply(FRAME, frame);
    }

    /** What one board's network says of the resized frame. */
    private byte[] network(byte[] frame) throws Exception {
        byte[] output = new byte[whole.outputBytes()];
        whole.run(resized(frame, 96), 0, output, 0);
        return output;
    }

    private byte[] classOf(byte[] frame) throws Exception {
        byte[] output = network(frame);
        return TransformChain.parse(List.of("argmax")).apply(Form.int8(1, output.length), output);
    }

    private static byte[] bytes(JsonNode base64) {
        return Base64.getDecoder().decode(base64.asText());
    }

    private String submit() throws Exception {
        return fleet.operator()
                .api()
                .post(
                        "/api/v1/jobs",
                        "{\"model\":\"%s\",\"deadlineMs\":30000,%s,%s}".formatted(OffloadFleet.MODEL, WHERE, CHAIN))
                .expect(202)
                .body()
                .get("job")
                .asText();
    }

    private void assertTheClassOfItsFrame(JsonNode job) throws Exception {
        assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("succeeded");
        byte[] frame = frame(job.at("/frame/number").asLong());
        assertThat(job.at("/frame/digest").asText()).isEqualTo(Digest.of(frame).value());
        assertThat(bytes(job.get("output"))).as(job.toString()).isEqualTo(classOf(frame));
        assertThat(job.at("/form/type").asText()).isEqualTo("int32");
        assertThat(job.at("/form/shape/0").asInt()).isEqualTo(1);
        assertThat(job.get("beforeMs").asDouble()).isPositive();
        assertThat(job.has("afterMs")).isTrue();
    }

    @Test
    @Order(6)
    void aFrameOfWholeNumbersOfFourBytesGoesToV2AsSuch() throws Exception {
        Form frame = new Form(Form.Type.INT32, List.of(1, 96, 96, 3));
        ByteBuffer bytes = ByteBuffer.allocate(frame.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        StringJoiner numbers = new StringJoiner(",");
        for (int i = 0; i < frame.elements(); i++) {
            int value = (i * 7919 % 256 - 128) * 1000;
            bytes.putInt(value);
            numbers.add(String.valueOf(value));
        }
        byte[] input = TransformChain.parse(List.of("normalise:offset=0,multiplier=1,divisor=1000,zeroPoint=0"))
                .apply(frame, bytes.array());
        byte[] output = new byte[whole.outputBytes()];
        whole.run(input, 0, output, 0);
        JsonNode answer = fleet.operator()
                .api()
                .post("/v2/models/%s/infer".formatted(OffloadFleet.MODEL), """
                        {"inputs":[{"name":"input","shape":[1,96,96,3],"datatype":"INT32","data":[%s]}],
                         "parameters":{"deadline_ms":30000,"frame":{"type":"int32","shape":[1,96,96,3]},
                          "before":[{"transform":"normalise","parameters":{"divisor":1000}}]}}""".formatted(numbers))
                .expect(200)
                .body();
        JsonNode data = answer.at("/outputs/0/data");
        assertThat(answer.at("/outputs/0/datatype").asText()).isEqualTo("INT8");
        assertThat(data).hasSize(output.length);
        for (int i = 0; i < output.length; i++) {
            assertThat(data.get(i).asInt()).isEqualTo(output[i]);
        }
    }

    @Test
    @Order(1)
    void whatDoesNotFitIsRefusedWithTheTransformAndBothForms() throws Exception {
        Api api = fleet.operator().api();
        String body = "{\"model\":\"%s\",%s,%s}".formatted(OffloadFleet.MODEL, WHERE, CHAIN);
        assertThat(api.post("/api/v1/jobs", body.replace(":96,", ":95,"))
                        .expect(422)
                        .body()
                        .toString())
                .contains("before: resize gives int8[95,96,3]", "takes int8[1,96,96,3]");
        assertThat(api.post("/api/v1/jobs", body.replace("argmax", "blur"))
                        .expect(404)
                        .body()
                        .toString())
                .contains("blur (after[0])");
        assertThat(api.post("/api/v1/jobs", body.replace("\"frame\":{\"shape\":[120,160,3]},", ""))
                        .expect(422)
                        .body()
                        .toString())
                .contains("frame is missing");
        assertThat(api.get("/api/v1/jobs").expect(200).body().get("items")).isEmpty();
    }

    @Test
    @Order(2)
    void boardsThatShareTheNetworkGiveTheClassThatOneWouldSay() throws Exception {
        JsonNode job = fleet.operator().awaitEnded(List.of(submit()), LIMIT).getFirst();
        assertTheClassOfItsFrame(job);
        assertThat(job.at("/shared/node").asText()).isEqualTo("drone");
        JsonNode answer = fleet.operator()
                .api()
                .post(
                        "/v2/models/%s/infer".formatted(OffloadFleet.MODEL),
                        "{\"parameters\":{\"deadline_ms\":30000,%s,%s}}".formatted(WHERE, CHAIN))
                .expect(200)
                .body();
        byte[] frame = frame(answer.at("/parameters/frame/number").asLong());
        assertThat(answer.at("/outputs/0/datatype").asText()).isEqualTo("INT32");
        assertThat(answer.at("/outputs/0/shape").toString()).isEqualTo("[1]");
        assertThat(answer.at("/outputs/0/data/0").asInt())
                .isEqualTo(ByteBuffer.wrap(classOf(frame))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getInt());
        assertThat(answer.at("/parameters/before_ms").asDouble()).isPositive();
    }

    @Test
    @Order(3)
    void tasksThatReadOneFrameReadTheSameBytes() throws Exception {
        String see = """
                {"id":"%s","kind":"model","model":"%s","inputs":["task:large"]}""";
        JsonNode job = graph(
                """
                {"id":"large","kind":"transform","transform":"resize","parameters":{"height":96,"width":96},"inputs":["input:cam"]},
                {"id":"small","kind":"transform","transform":"resize","parameters":{"height":8,"width":8},"inputs":["input:cam"]},
                """ + see.formatted("one", OffloadFleet.MODEL) + "," + see.formatted("two", OffloadFleet.MODEL),
                "\"one\",\"two\",\"small\"");
        byte[] small = bytes(job.at("/outputs/small/data"));
        byte[] frame = frameOf(small, 8);
        assertThat(bytes(job.at("/outputs/one/data"))).isEqualTo(network(frame));
        assertThat(bytes(job.at("/outputs/two/data"))).isEqualTo(network(frame));
        List<String> kinds = new ArrayList<>();
        job.get("tasks").forEach(task -> kinds.add(task.get("kind").asText()));
        assertThat(kinds).containsOnlyOnce("frame");
    }

    @Test
    @Order(4)
    void aTransformThatAloneReadsAFrameRunsOnItsBoard() throws Exception {
        JsonNode job = graph("""
                {"id":"small","kind":"transform","transform":"resize","parameters":{"height":96,"width":96},"inputs":["input:cam"]},
                {"id":"see","kind":"model","model":"%s","inputs":["task:small"]}""".formatted(OffloadFleet.MODEL), "\"small\",\"see\"");
        byte[] frame = frameOf(bytes(job.at("/outputs/small/data")), 96);
        assertThat(bytes(job.at("/outputs/see/data"))).isEqualTo(network(frame));
        assertThat(job.at("/tasks/0/inference/node").asText()).isEqualTo("mcu");
    }

    private JsonNode graph(String tasks, String outputs) throws Exception {
        String id = fleet.operator()
                .api()
                .post(
                        "/api/v1/graph-jobs",
                        "{\"name\":\"eye\",\"deadlineMs\":30000,\"inputs\":{\"cam\":{\"shape\":[120,160,3],%s}},\"tasks\":[%s],\"outputs\":[%s]}"
                                .formatted(WHERE, tasks, outputs))
                .expect(202)
                .body()
                .get("job")
                .asText();
        Await.until(
                "the end of job " + id,
                LIMIT,
                () -> !List.of("queued", "running")
                        .contains(look(id).get("state").asText()));
        JsonNode job = look(id);
        assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("succeeded");
        return job;
    }

    private JsonNode look(String id) throws Exception {
        return fleet.operator()
                .api()
                .get("/api/v1/graph-jobs/" + id)
                .expect(200)
                .body();
    }

    /** The frame of the sensor of which a value was made. */
    private static byte[] frameOf(byte[] value, int size) {
        return LongStream.rangeClosed(1, FRAMES_MAX)
                .mapToObj(JobTransformsTest::frame)
                .filter(frame -> {
                    try {
                        return Arrays.equals(resized(frame, size), value);
                    } catch (Exception impossible) {
                        throw new AssertionError(impossible);
                    }
                })
                .findFirst()
                .orElseThrow(() -> new AssertionError("no frame of the sensor gives these bytes"));
    }

    @Test
    @Order(5)
    void aBoardThatIsKilledAtItLosesNoneAndChangesNoByte() throws Exception {
        List<String> jobs = new ArrayList<>();
        for (int i = 0; i < TOGETHER; i++) {
            jobs.add(submit());
        }
        // The source takes longer for the fronts of all than a kill takes.
        fleet.kill("drone");
        List<JsonNode> ended = fleet.operator().awaitEnded(jobs, LIMIT);
        for (JsonNode job : ended) {
            assertTheClassOfItsFrame(job);
        }
        assertThat(ended).anySatisfy(job -> {
            assertThat(job.path("lost").asText()).startsWith("drone/");
            assertThat(job.get("attempts").asInt()).isGreaterThan(1);
        });
    }
}
