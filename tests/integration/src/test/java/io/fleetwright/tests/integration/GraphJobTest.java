package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.testkit.Await;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs of several tasks over controller and boards that are processes of their own. */
final class GraphJobTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String GRAPHS = "/api/v1/graph-jobs";

    private static byte[] image(long seed) {
        byte[] image = new byte[Operator.INPUT_BYTES];
        new SplittableRandom(seed).nextBytes(image);
        return image;
    }

    private static String input(byte[] image) {
        return "{\"shape\":[1,32,32,1],\"data\":\"%s\"}"
                .formatted(Base64.getEncoder().encodeToString(image));
    }

    private static int classOf(byte[] image) throws Exception {
        Interpreter network =
                Interpreter.create(ModelReader.read(GlyphModels.bytes("w1.0-int8"), "glyphs"), Rounding.DOUBLE);
        byte[] scores = new byte[network.outputBytes()];
        network.run(image, 0, scores, 0);
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    private static String twoEyes(byte[] left, byte[] right, long deadlineMs) {
        return """
                {"name":"two-eyes","deadlineMs":%d,"inputs":{"left":%s,"right":%s},"outputs":["vote","lc","rc"],"tasks":[
                 {"id":"l","kind":"model","model":"glyphs","inputs":["input:left"]},
                 {"id":"r","kind":"model","model":"glyphs","inputs":["input:right"]},
                 {"id":"lc","kind":"transform","transform":"argmax","inputs":["task:l"]},
                 {"id":"rc","kind":"transform","transform":"argmax","inputs":["task:r"]},
                 {"id":"vote","kind":"transform","transform":"vote","inputs":["task:lc","task:rc"]}]}""".formatted(deadlineMs, input(left), input(right));
    }

    private static JsonNode await(Api api, String id) throws Exception {
        Await.until(
                "job %s has ended".formatted(id),
                LIMIT,
                () -> !Operator.isOpen(api.get(GRAPHS + "/" + id).expect(200).body()));
        return api.get(GRAPHS + "/" + id).expect(200).body();
    }

    private static int output(JsonNode job, String name) {
        byte[] bytes = Base64.getDecoder()
                .decode(job.at("/outputs/%s/data".formatted(name)).asText());
        assertThat(bytes).hasSize(4);
        return bytes[0];
    }

    /** The first operator behind which so little crosses that a result carries it. */
    private static int cut(Graph graph) {
        for (int cut = 1; cut < graph.operators().size(); cut++) {
            int bytes = graph.crossing(cut).stream()
                    .mapToInt(id -> graph.tensors().get(id).bytes())
                    .sum();
            if (bytes <= Limits.INLINE_TENSOR_BYTES_MAX) {
                return cut;
            }
        }
        throw new AssertionError("no cut with at most %d bytes".formatted(Limits.INLINE_TENSOR_BYTES_MAX));
    }

    private static void twoStretchesGiveTheBytesOfOneNetwork(Api api) throws Exception {
        Graph graph = ModelReader.read(GlyphModels.bytes("w1.0-int8"), "glyphs").integerCore();
        int cut = cut(graph);
        int operators = graph.operators().size();
        String stretch = """
                {"id":"%s","kind":"segment","model":"glyphs","version":"1.0.0","variant":"w1.0-int8","device":"%s/cpu0",
                 "from":%d,"to":%d,"inputs":["%s"]}""";
        for (long seed = 50; seed < 55; seed++) {
            JsonNode job = await(
                    api,
                    api.post(
                                    GRAPHS,
                                    "{\"name\":\"cut\",\"deadlineMs\":30000,\"inputs\":{\"a\":%s},\"outputs\":[\"tail\",\"whole\"],\"tasks\":[%s,%s,%s]}"
                                            .formatted(
                                                    input(image(seed)),
                                                    stretch.formatted("head", "one", 0, cut, "input:a"),
                                                    stretch.formatted("tail", "two", cut, operators, "task:head"),
                                                    "{\"id\":\"whole\",\"kind\":\"model\",\"model\":\"glyphs\",\"inputs\":[\"input:a\"]}"))
                            .expect(202)
                            .body()
                            .get("job")
                            .asText());
            assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("succeeded");
            assertThat(job.at("/outputs/tail/data")).isEqualTo(job.at("/outputs/whole/data"));
            assertThat(job.at("/tasks/0/inference/node").asText()).isEqualTo("one");
            assertThat(job.at("/tasks/1/inference/node").asText()).isEqualTo("two");
            String plan = "/api/v1/plans/" + job.get("job").asText();
            JsonNode planned = api.get(plan).expect(200).body();
            assertThat(planned.get("kind").asText()).isEqualTo("graph-job");
            assertThat(planned.at("/tasks/1/task").asText()).isEqualTo("tail");
            assertThat(planned.at("/tasks/1/device").asText()).isEqualTo("two/cpu0");
            assertThat(planned.at("/tasks/1/from").asInt()).isEqualTo(cut);
            assertThat(planned.at("/tasks/1/plannedMs").asDouble()).isPositive();
            assertThat(planned.at("/tasks/1/observedMs").isNumber()).isTrue();
            assertThat(api.get(plan + "/why/tail")
                            .expect(200)
                            .body()
                            .at("/why/chosen")
                            .asText())
                    .isEqualTo("two/cpu0");
            assertThat(api.get(plan + "/why/body")
                            .expect(404)
                            .body()
                            .get("detail")
                            .asText())
                    .contains("there are head, tail, whole");
        }
    }

    private static void aYamlFileWithAnUploadIsSubmittedAndDrawn(Api api, Processes.Controller controller, Path folder)
            throws Exception {
        byte[] image = image(70);
        Path input = Files.write(folder.resolve("image.bin"), image);
        Path yaml = Files.writeString(folder.resolve("seen.yaml"), """
                # One image, one class.
                name: seen
                inputs:
                  a: {shape: [1, 32, 32, 1]}
                tasks:
                  - {id: m, kind: model, model: glyphs, inputs: ["input:a"]}
                  - {id: c, kind: transform, transform: argmax, inputs: ["task:m"]}
                outputs: [c]
                """);
        String token = api.post("/api/v1/tokens", "{\"name\":\"cli\",\"role\":\"operator\"}")
                .expect(201)
                .body()
                .get("token")
                .asText();
        try (Processes.Cli submitted = new Processes.Cli(
                folder.resolve("submit.log"),
                "job",
                "submit",
                "--graph",
                yaml.toString(),
                "--input",
                "a=" + input,
                "--deadline-ms",
                "30000",
                "--wait",
                "--url",
                controller.url(),
                "--token",
                token)) {
            assertThat(submitted.awaitExit(LIMIT)).as(submitted.output()).isZero();
        }
        JsonNode job = api.get(GRAPHS).expect(200).body().at("/items/0");
        assertThat(job.get("name").asText()).isEqualTo("seen");
        String id = job.get("job").asText();
        assertThat(output(api.get(GRAPHS + "/" + id).expect(200).body(), "c")).isEqualTo(classOf(image));
        Path svg = folder.resolve("seen.svg");
        try (Processes.Cli drawn = new Processes.Cli(
                folder.resolve("gantt.log"),
                "job",
                "gantt",
                id,
                "--svg",
                svg.toString(),
                "--url",
                controller.url(),
                "--token",
                token)) {
            assertThat(drawn.awaitExit(LIMIT)).as(drawn.output()).isZero();
        }
        assertThat(Files.readString(svg)).startsWith("<svg").contains("planned", "/cpu0", ">controller<");
        JsonNode chart = api.get(GRAPHS + "/" + id + "/gantt").expect(200).body();
        assertThat(chart.get("bars")).hasSize(4);
        api.send("POST", GRAPHS, "a: &x 1".getBytes(StandardCharsets.UTF_8), "application/yaml")
                .expect(422);
        JsonNode put = api.send("POST", "/api/v1/inputs", image, "application/octet-stream")
                .expect(201)
                .body();
        String single = api.post(
                        "/api/v1/jobs",
                        "{\"model\":\"glyphs\",\"deadlineMs\":30000,\"inputDigest\":\"%s\"}"
                                .formatted(put.get("digest").asText()))
                .expect(202)
                .body()
                .get("job")
                .asText();
        new Operator(api).awaitEnded(List.of(single), LIMIT);
        assertThat(new Operator(api).job(single).get("state").asText()).isEqualTo("succeeded");
        api.post("/api/v1/jobs", "{\"model\":\"glyphs\",\"inputDigest\":\"sha256:%s\"}".formatted("0".repeat(64)))
                .expect(404);
    }

    @Test
    void twoInputsAreSeenByBoardsAndVotedOn(@TempDir Path folder) throws Exception {
        Processes.Controller controller = new Processes.Controller(folder, Map.of());
        controller.start();
        Operator operator = Operator.signIn(controller);
        String enrolment = operator.enrolmentToken(2);
        Processes.Agent one = new Processes.Agent(folder, "one", controller, enrolment, "--node", "one").start();
        Processes.Agent two = new Processes.Agent(folder, "two", controller, enrolment, "--node", "two").start();
        try {
            operator.awaitOnline(List.of("one", "two"));
            operator.publishGlyphs("1.0.0", 20, "w1.0-int8");
            operator.awaitSucceeded(operator.rollOut("1.0.0"));
            Api api = operator.api();
            Set<String> nodes = new HashSet<>();
            for (long seed = 0; seed < 10; seed++) {
                byte[] left = image(seed);
                byte[] right = image(seed + 100);
                JsonNode job = await(
                        api,
                        api.post(GRAPHS, twoEyes(left, right, 30_000))
                                .expect(202)
                                .body()
                                .get("job")
                                .asText());
                assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("succeeded");
                assertThat(output(job, "lc")).isEqualTo(classOf(left));
                assertThat(output(job, "rc")).isEqualTo(classOf(right));
                assertThat(output(job, "vote")).isEqualTo(Math.min(classOf(left), classOf(right)));
                job.get("tasks")
                        .forEach(task -> nodes.add(task.at("/inference/node").asText()));
                assertThat(job.at("/tasks/0/inference/why/chosen").asText()).isNotEmpty();
            }
            assertThat(nodes).contains("one", "two");

            twoStretchesGiveTheBytesOfOneNetwork(api);
            aYamlFileWithAnUploadIsSubmittedAndDrawn(api, controller, folder);

            JsonNode refused = api.post(
                            GRAPHS, twoEyes(image(1), image(2), 30_000).replace("\"argmax\"", "\"window\""))
                    .expect(422)
                    .body();
            assertThat(refused.get("detail").asText()).contains("length");
            api.post(GRAPHS, twoEyes(image(1), image(2), 30_000).replace("\"glyphs\"", "\"no-such\""))
                    .expect(404);
            String id = api.get(GRAPHS).expect(200).body().at("/items/0/job").asText();
            api.post(GRAPHS + "/" + id + "/cancel", "{}").expect(409);
            api.get(GRAPHS + "/g-none").expect(404);
        } finally {
            one.close();
            two.close();
            controller.close();
        }
    }
}
