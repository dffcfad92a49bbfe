package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.Ports;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** How callers and boards hear of what jobs came to, over processes of their own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ResultsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** A microcontroller whose published times are far above a millisecond. */
    private static final String SLOW = "mcu/stm32l4r5";

    private final int inferencePort = Ports.free();
    private final HttpClient client = HttpClient.newHttpClient();

    private Path folder = Path.of("");

    private Processes.@Nullable Controller started;
    private Processes.@Nullable Agent board;
    private Processes.@Nullable Agent emulated;
    private @Nullable Operator signedIn;
    private String token = "";

    /** One event of a stream. */
    private record Event(String name, String id, JsonNode data) {}

    @BeforeAll
    void start(@TempDir Path shared) throws Exception {
        folder = shared;
        Processes.Controller controller = new Processes.Controller(folder, Map.of());
        started = controller;
        controller.start();
        Api open = new Api(controller.url(), null);
        token = open.post("/api/v1/setup", "{\"setupToken\":\"%s\"}".formatted(controller.setupToken()))
                .expect(200)
                .body()
                .get("token")
                .asText();
        Operator operator = new Operator(open.as(token));
        signedIn = operator;
        board = new Processes.Agent(
                        folder,
                        "one",
                        controller,
                        operator.enrolmentToken(1),
                        "--node",
                        "one",
                        "--inference-port",
                        Integer.toString(inferencePort))
                .start();
        emulated = new Processes.Agent(
                        folder, "mcu", controller, operator.enrolmentToken(1), "--emulate", "mcu=stm32l4r5")
                .start();
        operator.awaitOnline(List.of("one", "mcu"));
        operator.publishGlyphs("1.0.0", 20, "w1.0-int8");
        operator.awaitSucceeded(operator.rollOut("1.0.0"));
    }

    @AfterAll
    void stop() {
        client.close();
        if (board != null) {
            board.close();
        }
        if (emulated != null) {
            emulated.close();
        }
        if (started != null) {
            started.close();
        }
    }

    private Operator operator() {
        Operator known = signedIn;
        if (known == null) {
            throw new IllegalStateException("nothing was started");
        }
        return known;
    }

    private String url() {
        Processes.Controller known = started;
        if (known == null) {
            throw new IllegalStateException("nothing was started");
        }
        return known.url();
    }

    private String submit(String more) throws Exception {
        return operator()
                .api()
                .post(
                        "/api/v1/jobs",
                        "{\"model\":\"glyphs\",\"deadlineMs\":30000%s,\"input\":\"%s\"}"
                                .formatted(more, Base64.getEncoder().encodeToString(new byte[Operator.INPUT_BYTES])))
                .expect(202)
                .body()
                .get("job")
                .asText();
    }

    /** All events up to the end of the stream, pings left out. */
    private List<Event> events(String path, @Nullable String lastEventId) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path))
                .header("Authorization", "Bearer " + token)
                .header("Accept", "text/event-stream");
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        CompletableFuture<HttpResponse<String>> stream =
                client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        HttpResponse<String> response = stream.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        List<Event> events = new ArrayList<>();
        for (String block : response.body().split("\n\n", -1)) {
            String name = "";
            String id = "";
            String data = "";
            for (String line : block.lines().toList()) {
                String value = line.substring(line.indexOf(':') + 1).strip();
                switch (line.substring(0, Math.max(0, line.indexOf(':')))) {
                    case "event" -> name = value;
                    case "id" -> id = value;
                    case "data" -> data = value;
                    default -> {}
                }
            }
            if (!name.isEmpty() && !name.equals("ping")) {
                events.add(new Event(name, id, Api.JSON.readTree(data)));
            }
        }
        return events;
    }

    @Test
    void aJobsStreamEndsWithItsOutcomeAndAReaderThatComesBackIsNotToldTwice() throws Exception {
        String job = submit("");
        List<Event> events = events("/api/v1/jobs/" + job + "/events", null);
        Event end = events.getLast();
        assertThat(end.name()).isEqualTo("end");
        assertThat(end.data().get("state").asText()).isEqualTo("succeeded");
        assertThat(Base64.getDecoder().decode(end.data().get("output").asText()))
                .hasSize(10);
        assertThat(events.subList(0, events.size() - 1)).allSatisfy(event -> {
            assertThat(event.name()).isEqualTo("state");
            assertThat(event.data().get("state").asText()).isIn("queued", "running");
        });
        assertThat(events("/api/v1/jobs/" + job + "/events", events.getFirst().id()))
                .containsExactly(end);
        assertThat(operator().api().get("/api/v1/jobs/j-none/events").status()).isEqualTo(404);
    }

    @Test
    void aReaderHearsOfStatesWhileTheyLastAndNotOfWhatItHasSeen() throws Exception {
        // Nobody has this network, so the job waits until it is cancelled.
        operator().api().post("/api/v1/models", "{\"model\":\"waits\"}");
        operator()
                .api()
                .post("/api/v1/models/waits/versions", "{\"version\":\"1.0.0\"}")
                .expect(201);
        operator()
                .api()
                .put(
                        "/api/v1/models/waits/versions/1.0.0/variants/int8",
                        io.fleetwright.zoo.glyphs.GlyphModels.bytes("w0.5-int8"))
                .expect(201);
        String job = operator()
                .api()
                .post(
                        "/api/v1/jobs",
                        "{\"model\":\"waits\",\"deadlineMs\":60000,\"input\":\"%s\"}"
                                .formatted(Base64.getEncoder().encodeToString(new byte[Operator.INPUT_BYTES])))
                .expect(202)
                .body()
                .get("job")
                .asText();
        CompletableFuture<List<Event>> first = new CompletableFuture<>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try {
                first.complete(events("/api/v1/jobs/" + job + "/events", null));
            } catch (Exception failure) {
                first.completeExceptionally(failure);
            }
        });
        Await.until(
                "the job says why it waits", LIMIT, () -> operator().job(job).hasNonNull("reason"));
        operator().api().post("/api/v1/jobs/" + job + "/cancel", "{}").expect(200);
        List<Event> events = first.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        reader.join();
        assertThat(events.getLast().data().get("state").asText()).isEqualTo("cancelled");
        assertThat(events).extracting(Event::id).doesNotHaveDuplicates();
    }

    @Test
    void aJobOfSeveralTasksHasAStreamToo() throws Exception {
        String specification = """
                {"name":"one","deadlineMs":30000,"inputs":{"a":{"shape":[1,32,32,1],"data":"%s"}},"outputs":["c"],"tasks":[
                 {"id":"m","kind":"model","model":"glyphs","inputs":["input:a"]},
                 {"id":"c","kind":"transform","transform":"argmax","inputs":["task:m"]}]}""".formatted(Base64.getEncoder().encodeToString(new byte[Operator.INPUT_BYTES]));
        String job = operator()
                .api()
                .post("/api/v1/graph-jobs", specification)
                .expect(202)
                .body()
                .get("job")
                .asText();
        Event end = events("/api/v1/graph-jobs/" + job + "/events", null).getLast();
        assertThat(end.name()).isEqualTo("end");
        assertThat(end.data().at("/outputs/c/type").asText()).isEqualTo("int32");
    }

    @Test
    void aBoardThatIsToNotifyHasTheOutcomeForItsPrograms() throws Exception {
        String job = submit(",\"notify\":\"one\"");
        JsonNode[] told = new JsonNode[1];
        Await.until("the board was told of " + job, LIMIT, () -> {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/outcomes".formatted(inferencePort)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            for (JsonNode outcome : Api.JSON.readTree(answer.body()).get("outcomes")) {
                told[0] = outcome.get("job").asText().equals(job) ? outcome : told[0];
            }
            return told[0] != null;
        });
        assertThat(told[0].get("state").asText()).isEqualTo("succeeded");
        assertThat(told[0].at("/outputs/0/data").asText())
                .isEqualTo(operator().job(job).get("output").asText());
        assertThat(operator()
                        .api()
                        .post(
                                "/api/v1/jobs",
                                "{\"model\":\"glyphs\",\"notify\":\"nobody\",\"input\":\"%s\"}"
                                        .formatted(Base64.getEncoder().encodeToString(new byte[Operator.INPUT_BYTES])))
                        .expect(404)
                        .body()
                        .get("detail")
                        .asText())
                .isEqualTo("there is no node nobody");
    }

    @Test
    void aDeadlineBelowWhatTheBoardTakesIsRefusedByBothInterfaces() throws Exception {
        // What the other board takes must be known: it could take over, and a guess refuses nothing.
        operator().awaitEnded(List.of(submit(",\"device\":\"one/cpu0\"")), LIMIT);
        String input = Base64.getEncoder().encodeToString(new byte[Operator.INPUT_BYTES]);
        JsonNode refused = operator()
                .api()
                .post(
                        "/api/v1/jobs",
                        "{\"model\":\"glyphs\",\"device\":\"%s\",\"deadlineMs\":1,\"input\":\"%s\"}"
                                .formatted(SLOW, input))
                .expect(422)
                .body();
        assertThat(refused.get("type").asText()).isEqualTo("urn:fleetwright:problem:deadline-unreachable");
        assertThat(refused.get("detail").asText()).contains("deadline of 1 ms: model glyphs takes at least");
        String zeros = "0,".repeat(Operator.INPUT_BYTES - 1) + "0";
        JsonNode inference = operator()
                .api()
                .post("/v2/models/glyphs/infer", """
                        {"inputs":[{"name":"x","shape":[1,32,32,1],"datatype":"INT8","data":[%s]}],
                         "parameters":{"deadline_ms":1,"source":"%s"}}""".formatted(zeros, SLOW))
                .expect(422)
                .body();
        assertThat(inference.get("detail").asText()).contains("from " + SLOW + ", alone or shared");
    }

    @Test
    void theCommandLineWaitsByTheStream() throws Exception {
        Path input = folder.resolve("input.bin");
        Files.write(input, new byte[Operator.INPUT_BYTES]);
        try (Processes.Cli submitted = new Processes.Cli(
                folder.resolve("cli.log"),
                "job",
                "submit",
                "glyphs",
                input.toString(),
                "--wait",
                "--url",
                url(),
                "--token",
                token)) {
            assertThat(submitted.awaitExit(LIMIT)).as(submitted.output()).isZero();
            assertThat(submitted.output()).contains("of glyphs: succeeded");
        }
    }

    @Test
    void aJobOfSeveralTasksThatIsSubmittedTwiceUnderOneKeyRunsOnce() throws Exception {
        String specification = """
                {"name":"once","deadlineMs":30000,"inputs":{"a":{"shape":[4],"data":"AQIDBA=="}},"outputs":["c"],"tasks":[
                 {"id":"c","kind":"transform","transform":"argmax","inputs":["input:a"]}]}""";
        HttpResponse<String> first = keyed("/api/v1/graph-jobs", "k-1", specification);
        HttpResponse<String> again = keyed("/api/v1/graph-jobs", "k-1", specification);
        HttpResponse<String> other = keyed("/api/v1/graph-jobs", "k-1", specification.replace("once", "twice"));
        HttpResponse<String> fresh = keyed("/api/v1/graph-jobs", "k-2", specification);
        assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
        assertThat(again.statusCode()).isEqualTo(202);
        assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(other.statusCode()).isEqualTo(422);
        String id = Api.JSON.readTree(first.body()).get("job").asText();
        assertThat(Api.JSON.readTree(fresh.body()).get("job").asText()).isNotEqualTo(id);
        long named = 0;
        for (JsonNode job :
                operator().api().get("/api/v1/graph-jobs").expect(200).body().get("items")) {
            assertThat(job.get("name").asText()).isNotEqualTo("twice");
            named += job.get("name").asText().equals("once") ? 1 : 0;
        }
        assertThat(named).isEqualTo(2);
    }

    @Test
    void aJobOfSeveralTasksThatManySubmitAtOnceUnderOneKeyRunsOnce() throws Exception {
        String specification = """
                {"name":"crowd","deadlineMs":30000,"inputs":{"a":{"shape":[4],"data":"AQIDBA=="}},"outputs":["c"],"tasks":[
                 {"id":"c","kind":"transform","transform":"argmax","inputs":["input:a"]}]}""";
        CyclicBarrier together = new CyclicBarrier(8);
        List<HttpResponse<String>> answers = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> asked = new ArrayList<>();
            for (int caller = 0; caller < together.getParties(); caller++) {
                asked.add(callers.submit(() -> {
                    together.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
                    return keyed("/api/v1/graph-jobs", "k-crowd", specification);
                }));
            }
            for (Future<HttpResponse<String>> one : asked) {
                answers.add(one.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
            }
        }
        HttpResponse<String> after = keyed("/api/v1/graph-jobs", "k-crowd", specification);
        assertThat(after.statusCode()).isEqualTo(202);
        assertThat(after.headers().firstValue("Idempotency-Replayed")).contains("true");
        for (HttpResponse<String> answer : answers) {
            if (answer.statusCode() == 202) {
                assertThat(answer.body()).isEqualTo(after.body());
            } else {
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(409);
                assertThat(answer.body()).contains("in progress");
            }
        }
        List<String> jobs = new ArrayList<>();
        for (JsonNode job :
                operator().api().get("/api/v1/graph-jobs").expect(200).body().get("items")) {
            if (job.get("name").asText().equals("crowd")) {
                jobs.add(job.get("job").asText());
            }
        }
        assertThat(jobs)
                .containsExactly(Api.JSON.readTree(after.body()).get("job").asText());
    }

    private HttpResponse<String> keyed(String path, String key, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(url() + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", key)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
