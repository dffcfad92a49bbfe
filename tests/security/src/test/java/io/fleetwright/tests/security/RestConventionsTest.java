package io.fleetwright.tests.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Api;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What CI relies on: nothing is done twice, nothing is missed unnoticed, and what happened is told and cannot be changed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestConventionsTest {
    private Processes.Controller controller;
    private Api api;
    private String token;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        controller = new Processes.Controller(folder, Map.of());
        controller.start(Map.of("FLEETWRIGHT_WEBHOOK_NETWORKS", "127.0.0.0/8"));
        api = Operator.signIn(controller).api();
        token = api.post("/api/v1/tokens", "{\"name\":\"events\",\"role\":\"admin\"}")
                .expect(201)
                .body()
                .get("token")
                .asText();
    }

    @AfterAll
    void stop() {
        if (controller != null) {
            controller.close();
        }
    }

    private HttpResponse<String> post(String path, String body, String key, String... more) throws Exception {
        List<String> headers = new ArrayList<>(List.of(more));
        headers.addAll(List.of("Content-Type", "application/json", "Idempotency-Key", key));
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create(controller.url() + path))
                            .header("Authorization", "Bearer " + token)
                            .headers(headers.toArray(String[]::new))
                            .timeout(Duration.ofSeconds(20))
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private long created(String what) throws Exception {
        long count = 0;
        for (JsonNode entry : api.get("/api/v1/audit").expect(200).body().get("items")) {
            if (entry.get("what").asText().contains(what)) {
                count++;
            }
        }
        return count;
    }

    @Test
    void theSameKeyAndBodyAreDoneOnce() throws Exception {
        api.post("/api/v1/models", "{\"model\":\"m1\"}").expect(201);
        HttpResponse<String> first = post("/api/v1/models/m1/versions", "{\"version\":\"1.0.0\"}", "k-1");
        long done = created("m1");
        HttpResponse<String> again = post("/api/v1/models/m1/versions", "{\"version\":\"1.0.0\"}", "k-1");
        assertThat(again.statusCode()).isEqualTo(first.statusCode()).isBetween(200, 299);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(created("m1")).isEqualTo(done);
        assertThat(post("/api/v1/models/m1/versions", "{\"version\":\"2.0.0\"}", "k-1")
                        .statusCode())
                .isEqualTo(422);
        assertThat(post("/api/v1/models/m1/versions", "{\"version\":\"1.0.0\"}", "k-2")
                        .statusCode())
                .as("another key is another request, which finds the version there")
                .isNotEqualTo(first.statusCode());
        assertThat(post("/api/v1/tokens", "{\"name\":\"x\",\"role\":\"viewer\"}", "k-3")
                        .statusCode())
                .isEqualTo(422);
        assertThat(post("/api/v1/models/m1/versions", "{}", "a b").statusCode()).isEqualTo(422);
    }

    @Test
    void anotherQueryUnderTheSameKeyIsRefused() throws Exception {
        String body = "{\"name\":\"q\",\"deadlineMs\":30000,\"inputs\":{\"a\":{\"shape\":[4],\"data\":\"AQIDBA==\"}},"
                + "\"outputs\":[\"c\"],\"tasks\":[{\"id\":\"c\",\"kind\":\"transform\",\"transform\":\"argmax\",\"inputs\":[\"input:a\"]}]}";
        HttpResponse<String> first = post("/api/v1/graph-jobs?deadlineMs=20000", body, "k-query");
        assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
        HttpResponse<String> other = post("/api/v1/graph-jobs", body, "k-query");
        assertThat(other.statusCode()).as(other.body()).isEqualTo(422);
        assertThat(other.body()).contains("another body or query");
        HttpResponse<String> again = post("/api/v1/graph-jobs?deadlineMs=20000", body, "k-query");
        assertThat(again.body()).isEqualTo(first.body());
    }

    @Test
    void whatWasRefusedIsTriedAgainUnderItsKey() throws Exception {
        String body = "{\"version\":\"1.0.0\"}";
        assertThat(post("/api/v1/models/later/versions", body, "k-early").statusCode())
                .isEqualTo(404);
        api.post("/api/v1/models", "{\"model\":\"later\"}").expect(201);
        HttpResponse<String> done = post("/api/v1/models/later/versions", body, "k-early");
        assertThat(done.statusCode()).as(done.body()).isEqualTo(201);
        HttpResponse<String> again = post("/api/v1/models/later/versions", body, "k-early");
        assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(again.body()).isEqualTo(done.body());
    }

    @Test
    void whatHasALongAnswerIsDoneOnceToo() throws Exception {
        String body =
                "{\"name\":\"long\",\"deadlineMs\":30000,\"inputs\":{\"a\":{\"shape\":[1,2,2,1],\"data\":\"AQIDBA==\"}},"
                        + "\"outputs\":[\"c\"],\"tasks\":[{\"id\":\"c\",\"kind\":\"transform\",\"transform\":\"resize\","
                        + "\"parameters\":{\"height\":512,\"width\":512},\"inputs\":[\"input:a\"]}]}";
        HttpResponse<String> first = post("/api/v1/graph-jobs", body, "k-long", "Prefer", "wait=15");
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        JsonNode whole = Api.JSON.readTree(first.body());
        assertThat(whole.at("/outputs/c/data").asText()).hasSizeGreaterThan(300_000);
        JsonNode again = Api.JSON.readTree(
                post("/api/v1/graph-jobs", body, "k-long", "Prefer", "wait=15").body());
        assertThat(again.get("job")).isEqualTo(whole.get("job"));
        assertThat(again.get("state").asText()).isEqualTo("succeeded");
        assertThat(again.get("leftOut").toString()).contains("outputs");
        assertThat(api.get("/api/v1/graph-jobs/" + whole.get("job").asText())
                        .expect(200)
                        .body()
                        .get("outputs"))
                .isEqualTo(whole.get("outputs"));
    }

    @Test
    void aNullInAListIsRefusedByItsPlace() throws Exception {
        Map<String, String> wrong = new LinkedHashMap<>();
        wrong.put("{\"model\":\"m\",\"version\":\"1\",\"variants\":[null]}", "variants[0] must not be null");
        wrong.put("{\"model\":\"m\",\"version\":\"1\",\"waves\":[50,null]}", "waves[1] must not be null");
        wrong.put(
                "{\"model\":\"m\",\"version\":\"1\",\"selector\":{\"devices\":[null]}}", "devices[0] must not be null");
        for (Map.Entry<String, String> one : wrong.entrySet()) {
            assertThat(api.post("/api/v1/rollouts", one.getKey())
                            .expect(422)
                            .body()
                            .get("detail")
                            .asText())
                    .isEqualTo(one.getValue());
        }
        assertThat(api.post("/api/v1/tokens", "{\"name\":\"x\",\"role\":\"viewer\",\"scopes\":[null]}")
                        .expect(422)
                        .body()
                        .get("detail")
                        .asText())
                .isEqualTo("scopes[0] must not be null");
        assertThat(api.post("/v2/models/m/infer", "{\"inputs\":[null]}")
                        .expect(422)
                        .body()
                        .get("detail")
                        .asText())
                .isEqualTo("inputs[0] must not be null");
    }

    @Test
    void aBodyOfAnotherFormIsRefusedByTheNameOfItsField() throws Exception {
        Map<String, String> wrong = new LinkedHashMap<>();
        wrong.put("{\"model\":\"m\",\"version\":\"1\",\"selecter\":{}}", "selecter is unknown; known are allowEmpty,");
        wrong.put(
                "{\"model\":\"m\",\"version\":\"1\",\"selector\":{\"clases\":[]}}",
                "selector.clases is unknown; known are classes, devices, q");
        wrong.put("{\"model\":\"m\",\"version\":\"1\",\"waves\":5}", "waves must be a list");
        wrong.put("{\"model\":\"m\",\"version\":\"1\",\"waves\":[{}]}", "waves[0] must be a whole number");
        wrong.put("{\"model\":[],\"version\":\"1\"}", "model must be text");
        wrong.put("{\"model\":\"m\",\"version\":\"1\",\"allowEmpty\":\"perhaps\"}", "allowEmpty must be true or false");
        wrong.put("[1]", "the body must be an object");
        for (Map.Entry<String, String> one : wrong.entrySet()) {
            JsonNode answer =
                    api.post("/api/v1/rollouts", one.getKey()).expect(422).body();
            assertThat(answer.get("detail").asText()).as(one.getKey()).startsWith(one.getValue());
            assertThat(answer.get("type").asText()).isEqualTo("urn:fleetwright:problem:invalid");
        }
        assertThat(api.post("/api/v1/tokens", "{\"name\":\"x\",\"role\":\"viewer\",\"scope\":[\"read\"]}")
                        .expect(422)
                        .body()
                        .get("detail")
                        .asText())
                .startsWith("scope is unknown");
        assertThat(api.post("/api/v1/models", "{\n \"model\": \"m")
                        .expect(400)
                        .body()
                        .get("detail")
                        .asText())
                .startsWith("the request cannot be read: it is no JSON, line 2, column ");
    }

    @Test
    void aReaderThatComesBackHearsWhatItMissed() throws Exception {
        String id = eventsUntil("change", "", null).id();
        String seen = "seen-" + System.nanoTime();
        api.post("/api/v1/models", "{\"model\":\"%s\"}".formatted(seen)).expect(201);
        assertThat(eventsUntil("change", seen, id).data()).contains("\"kind\":\"model\"");
        assertThat(eventsUntil("reset", "", "0123-1").id()).isNotEmpty();
    }

    private record Event(String name, String id, String data) {}

    /** The first event of that name that tells this, past those of other tests; makes something happen after the first of another one. */
    private Event eventsUntil(String name, String part, @org.jspecify.annotations.Nullable String lastEventId)
            throws Exception {
        long end = System.nanoTime() + SecuredFleet.LIMIT.toNanos();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(controller.url() + "/api/v1/events"))
                .header("Authorization", "Bearer " + token)
                .timeout(Duration.ofSeconds(30));
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpClient client = HttpClient.newHttpClient();
        try (InputStream in = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream())
                        .body();
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            String event = "";
            String id = "";
            String data = "";
            boolean done = false;
            for (String line = lines.readLine(); line != null && System.nanoTime() < end; line = lines.readLine()) {
                if (line.startsWith("event:")) {
                    event = line.substring(6).strip();
                } else if (line.startsWith("id:")) {
                    id = line.substring(3).strip();
                } else if (line.startsWith("data:")) {
                    data = line.substring(5).strip();
                } else if (line.isEmpty()) {
                    if (event.equals(name) && data.contains(part)) {
                        return new Event(event, id, data);
                    }
                    if (!done) {
                        done = true;
                        api.post("/api/v1/models", "{\"model\":\"made-%d\"}".formatted(System.nanoTime()))
                                .expect(201);
                    }
                }
            }
            throw new AssertionError("no event " + name);
        } finally {
            client.shutdownNow();
        }
    }

    @Test
    void aWebhookHearsOfWhatItAskedForAndItsSecretIsShownOnce() throws Exception {
        ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            heard.add(exchange.getRequestHeaders().getFirst("Fleetwright-Signature")
                    + new String(exchange.getRequestBody().readNBytes(10_000), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        try {
            JsonNode made = api.post(
                            "/api/v1/webhooks",
                            "{\"url\":\"http://127.0.0.1:%d/\",\"events\":[\"token.*\"]}"
                                    .formatted(receiver.getAddress().getPort()))
                    .expect(201)
                    .body();
            api.post("/api/v1/tokens", "{\"name\":\"heard\",\"role\":\"viewer\"}")
                    .expect(201);
            Await.until(
                    "the webhook hears",
                    SecuredFleet.LIMIT,
                    () -> heard.stream()
                            .anyMatch(message -> message.startsWith("t=") && message.contains("heard viewer")));
            assertThat(api.get("/api/v1/webhooks").expect(200).body().toString())
                    .doesNotContain(made.get("secret").asText());
            assertThat(api.send("DELETE", "/api/v1/webhooks/" + made.get("id").asText(), null, "application/json")
                            .status())
                    .isEqualTo(204);
        } finally {
            receiver.stop(0);
        }
        assertThat(api.post("/api/v1/webhooks", "{\"url\":\"ftp://x/\"}").status())
                .isEqualTo(422);
    }

    @Test
    void theAuditLogIsAChainThatCanBeChecked() throws Exception {
        JsonNode checked = api.get("/api/v1/audit/verify").expect(200).body();
        assertThat(checked.get("intact").asBoolean()).isTrue();
        assertThat(checked.get("entries").asLong()).isPositive();
        assertThat(api.get("/api/v1/audit?limit=1").expect(200).body().get("items"))
                .hasSize(1);
        for (String limit : List.of("0", "201")) {
            assertThat(api.get("/api/v1/audit?limit=" + limit).status()).isEqualTo(422);
        }
        List<String> hashes = new ArrayList<>();
        api.get("/api/v1/audit")
                .expect(200)
                .body()
                .get("items")
                .forEach(entry -> hashes.add(entry.get("hash").asText()));
        assertThat(hashes).doesNotHaveDuplicates().allMatch(hash -> hash.matches("[0-9a-f]{64}"));
    }
}
