package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.Await;
import io.fleetwright.zoo.glyphs.GlyphModels;
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
