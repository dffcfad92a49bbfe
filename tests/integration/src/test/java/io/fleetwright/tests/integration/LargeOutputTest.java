package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.forge.tflite.TfliteModel;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Fused;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.forge.tflite.TfliteModel.Tensor;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.testkit.Await;
import io.fleetwright.trust.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that answer with more than a message carries, over controller and boards that are processes of their own. */
final class LargeOutputTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String GRAPHS = "/api/v1/graph-jobs";
    private static final int NARROW = 4;
    private static final int WIDE = 300_000;
    private static final int BETWEEN = 6000;

    private static final byte[] WIDENS = layers("widens", NARROW, WIDE);
    private static final byte[] HALF = layers("half", NARROW, BETWEEN);
    private static final byte[] NARROWS = layers("narrows", BETWEEN, NARROW);
    private static final byte[] HOURGLASS = layers("hourglass", NARROW, BETWEEN, NARROW);

    /** Fully connected layers between values of those lengths, with weights that differ. */
    private static byte[] layers(String name, int... lengths) {
        SplittableRandom random = new SplittableRandom(lengths.length);
        List<Tensor> tensors =
                new ArrayList<>(List.of(tensor("value0", List.of(1, lengths[0]), ElementType.INT8, null)));
        List<TfliteModel.Operator> operators = new ArrayList<>();
        int value = 0;
        for (int layer = 1; layer < lengths.length; layer++) {
            byte[] weights = new byte[lengths[layer] * lengths[layer - 1]];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = (byte) (random.nextInt(3) - 1);
            }
            int first = tensors.size();
            tensors.add(
                    tensor("weights" + layer, List.of(lengths[layer], lengths[layer - 1]), ElementType.INT8, weights));
            tensors.add(
                    tensor("bias" + layer, List.of(lengths[layer]), ElementType.INT32, new byte[lengths[layer] * 4]));
            tensors.add(tensor("value" + layer, List.of(1, lengths[layer]), ElementType.INT8, null));
            operators.add(new TfliteModel.Operator(
                    new Kind.FullyConnected(Fused.NONE), List.of(value, first, first + 1), List.of(first + 2)));
            value = first + 2;
        }
        return TfliteWriter.write(new TfliteModel(name, tensors, operators, List.of(0), List.of(value), Map.of()));
    }

    private static Tensor tensor(
            String name, List<Integer> shape, ElementType type, byte @org.jspecify.annotations.Nullable [] data) {
        return new Tensor(name, shape, type, Optional.ofNullable(data), Optional.of(Quantization.perTensor(1, 0)));
    }

    private static byte[] evaluated(byte[] network, byte[] input) throws Exception {
        Interpreter interpreter = Interpreter.create(ModelReader.read(network, "network"), Rounding.DOUBLE);
        byte[] output = new byte[interpreter.outputBytes()];
        interpreter.run(input, 0, output, 0);
        return output;
    }

    private static void rollOut(Operator operator, String model, byte[] network) throws Exception {
        Api api = operator.api();
        api.post("/api/v1/models", "{\"model\":\"%s\"}".formatted(model)).expect(201);
        String versions = "/api/v1/models/%s/versions".formatted(model);
        api.post(versions, "{\"version\":\"1.0.0\"}").expect(201);
        api.put(versions + "/1.0.0/variants/int8", network).expect(201);
        operator.awaitSucceeded(api.post(
                        "/api/v1/rollouts",
                        "{\"model\":\"%s\",\"version\":\"1.0.0\",\"allowUnapproved\":true}".formatted(model))
                .expect(201)
                .body()
                .get("rollout")
                .asText());
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static JsonNode graphJob(Api api, String specification) throws Exception {
        String id =
                api.post(GRAPHS, specification).expect(202).body().get("job").asText();
        Await.until(
                "job %s has ended".formatted(id),
                LIMIT,
                () -> !Operator.isOpen(api.get(GRAPHS + "/" + id).expect(200).body()));
        JsonNode job = api.get(GRAPHS + "/" + id).expect(200).body();
        assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("succeeded");
        return job;
    }

    private static byte[] output(JsonNode job, String task) {
        return Base64.getDecoder()
                .decode(job.at("/outputs/%s/data".formatted(task)).asText());
    }

    @Test
    void outputsThatNoMessageCarriesAreWhatTheNetworkGivesWhateverAsks(@TempDir Path folder) throws Exception {
        Processes.Controller controller = new Processes.Controller(folder, Map.of());
        controller.start();
        Operator operator = Operator.signIn(controller);
        Api api = operator.api();
        Processes.Agent board =
                new Processes.Agent(folder, "board", controller, operator.enrolmentToken(1), "--node", "board").start();
        try {
            operator.awaitOnline(List.of("board"));
            rollOut(operator, "widens", WIDENS);
            rollOut(operator, "half", HALF);
            rollOut(operator, "narrows", NARROWS);
            rollOut(operator, "hourglass", HOURGLASS);
            byte[] input = {7, -3, 50, 11};

            aJobIsAnswered(operator, input);
            anInferenceIsAnswered(api, input);
            networksHandLargeValuesToEachOther(api, input);
            theCommandLineWritesAnOutput(api, controller, folder, input);
        } finally {
            board.close();
            controller.close();
        }
    }

    private static void aJobIsAnswered(Operator operator, byte[] input) throws Exception {
        Api api = operator.api();
        byte[] expected = evaluated(WIDENS, input);
        assertThat(expected.length).isGreaterThan(Limits.INLINE_TENSOR_BYTES_MAX);
        String id = api.post(
                        "/api/v1/jobs",
                        "{\"model\":\"widens\",\"deadlineMs\":30000,\"input\":\"%s\"}".formatted(base64(input)))
                .expect(202)
                .body()
                .get("job")
                .asText();
        JsonNode job = operator.awaitEnded(List.of(id), LIMIT).getFirst();
        assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("succeeded");
        assertThat(job.get("attempts").asInt()).isEqualTo(1);
        assertThat(job.get("outputBytes").asLong()).isEqualTo(WIDE);
        assertThat(job.get("outputDigest").asText())
                .isEqualTo(Digest.of(expected).value());
        assertThat(job.path("output").isTextual()).isFalse();
        assertThat(api.bytes("/api/v1/jobs/" + id + "/output", null)).isEqualTo(expected);
        api.as("fw-none").get("/api/v1/jobs/" + id + "/output").expect(401);
        api.get("/api/v1/jobs/j-none/output").expect(404);
    }

    private static void anInferenceIsAnswered(Api api, byte[] input) throws Exception {
        byte[] expected = evaluated(WIDENS, input);
        JsonNode answer = api.post(
                        "/v2/models/widens/infer",
                        "{\"inputs\":[{\"name\":\"in\",\"shape\":[1,4],\"datatype\":\"INT8\",\"data\":[7,-3,50,11]}]}")
                .expect(200)
                .body();
        JsonNode data = answer.at("/outputs/0/data");
        byte[] output = new byte[data.size()];
        for (int i = 0; i < output.length; i++) {
            output[i] = (byte) data.get(i).asInt();
        }
        assertThat(output).isEqualTo(expected);
        assertThat(answer.at("/outputs/0/shape/1").asInt()).isEqualTo(WIDE);
    }

    private static void networksHandLargeValuesToEachOther(Api api, byte[] input) throws Exception {
        byte[] between = evaluated(HALF, input);
        assertThat(between.length).isGreaterThan(Limits.INLINE_TENSOR_BYTES_MAX);
        String network = "{\"id\":\"%s\",\"kind\":\"model\",\"model\":\"%s\",\"inputs\":[\"%s\"]}";
        String stretch = "{\"id\":\"%s\",\"kind\":\"segment\",\"model\":\"hourglass\",\"version\":\"1.0.0\","
                + "\"variant\":\"int8\",\"from\":%d,\"to\":%d,\"inputs\":[\"%s\"]}";
        JsonNode job = graphJob(
                api,
                "{\"name\":\"wide\",\"deadlineMs\":30000,\"inputs\":{\"a\":{\"shape\":[1,4],\"data\":\"%s\"}},\"outputs\":[\"half\",\"whole\",\"tail\"],\"tasks\":[%s,%s,%s,%s]}"
                        .formatted(
                                base64(input),
                                network.formatted("half", "half", "input:a"),
                                network.formatted("whole", "narrows", "task:half"),
                                stretch.formatted("head", 0, 1, "input:a"),
                                stretch.formatted("tail", 1, 2, "task:head")));
        assertThat(output(job, "half")).isEqualTo(between);
        assertThat(output(job, "whole")).isEqualTo(evaluated(NARROWS, between));
        assertThat(output(job, "tail")).isEqualTo(evaluated(HOURGLASS, input));
    }

    private static void theCommandLineWritesAnOutput(
            Api api, Processes.Controller controller, Path folder, byte[] input) throws Exception {
        String token = api.post("/api/v1/tokens", "{\"name\":\"cli\",\"role\":\"operator\"}")
                .expect(201)
                .body()
                .get("token")
                .asText();
        Path file = Files.write(folder.resolve("input.bin"), input);
        Path written = folder.resolve("output.bin");
        try (Processes.Cli submitted = new Processes.Cli(
                folder.resolve("submit.log"),
                "job",
                "submit",
                "widens",
                file.toString(),
                "--deadline-ms",
                "30000",
                "--wait",
                "--output",
                written.toString(),
                "--url",
                controller.url(),
                "--token",
                token)) {
            assertThat(submitted.awaitExit(LIMIT)).as(submitted.output()).isZero();
        }
        assertThat(Files.readAllBytes(written)).isEqualTo(evaluated(WIDENS, input));
    }
}
