package io.fleetwright.tests.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.tests.integration.Api;
import io.fleetwright.tests.integration.Operator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a caller of the REST API reaches without a token, with a wrong one, with another tenant's, and with too much. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestAccessTest {
    /** The addresses that are open on purpose; anything else that answers without a token is a hole. */
    private static final Set<String> OPEN = Set.of(
            "/api/v1/setup",
            "/api/v1/token-exchange",
            "/api/v1/sign-in",
            "/v2/health/live",
            "/v2/health/ready",
            "/install/agent.tar.gz",
            "/install/agent.tar.gz.sha256");

    private static final int BODY_BYTES_MAX = 64 * 1024 * 1024;
    private static final byte[] EMPTY_OBJECT = "{}".getBytes(StandardCharsets.UTF_8);

    private SecuredFleet fleet;
    private Api api;
    private Api other;
    private String rollout;
    private String job;
    private String token;
    private String enrolmentToken;
    private String webhook;

    /** One operation of the OpenAPI document. */
    private record Operation(String method, String path, String type) {}

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = new SecuredFleet(folder);
        fleet.alice.connect();
        fleet.mallory.connect();
        api = fleet.operator.api();
        other = fleet.otherOperator.api();
        fleet.operator.awaitOnline(List.of("alice"));
        fleet.otherOperator.awaitOnline(List.of("mallory"));
        fleet.operator.publishGlyphs("1.0.0", 20, "w0.5-int8");
        rollout = fleet.operator.rollOut("1.0.0");
        fleet.operator.awaitSucceeded(rollout);
        job = fleet.operator.submit("alice/cpu0", Duration.ofSeconds(20));
        fleet.operator.awaitEnded(List.of(job), SecuredFleet.LIMIT);
        token = id(api.post("/api/v1/tokens", "{\"name\":\"kept\",\"role\":\"viewer\"}"));
        enrolmentToken = id(api.post("/api/v1/enrolment-tokens", "{}"));
        webhook = id(api.post("/api/v1/webhooks", "{\"url\":\"https://hooks.example/\"}"));
    }

    @AfterAll
    void stop() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
    }

    @AfterEach
    void theControllerSaysNothingOfABug() throws Exception {
        assertThat(api.get("/v2/health/ready").status()).isEqualTo(200);
        assertThat(fleet.controller.output()).doesNotContain("http.failed", "edge.failed", "OutOfMemoryError");
    }

    @Test
    void everyOperationNeedsAToken() throws Exception {
        List<Operation> operations = operations();
        assertThat(operations).as("operations of the OpenAPI document").hasSizeGreaterThan(20);
        for (Operation operation : operations) {
            for (String token : new String[] {null, "", "fwt_forged", "nonsense", "fwe1.AAAA.BBBB"}) {
                assertThat(send(api.as(token), operation, "x").status())
                        .as("%s %s with token '%s'", operation.method, operation.path, token)
                        .isEqualTo(401);
            }
        }
    }

    @Test
    void aTokenIsTakenFromItsHeaderOnly() throws Exception {
        Api open = api.as(null);
        for (String path : List.of(
                "/api/v1/nodes?token=fwt_other-tenant-token-for-tests",
                "/api/v1/nodes?access_token=fwt_other-tenant-token-for-tests",
                "/api/v1/setup/../nodes",
                "/api/v1/setup/%2e%2e/nodes",
                "/api/v1/setup/",
                "/api/v1/setup;x=y",
                "/v2/health/ready/../../../api/v1/nodes",
                "//api/v1/nodes",
                "/api/v1//nodes",
                "/api/v1/nodes/")) {
            assertThat(open.get(path).status()).as(path).isIn(400, 401, 404, 405);
        }
    }

    @Test
    void anotherTenantsResourcesDoNotExist() throws Exception {
        Map<String, String> ids = Map.of(
                "node", "alice",
                "model", "glyphs",
                "version", "1.0.0",
                "variant", "w0.5-int8");
        int resources = 0;
        for (Operation operation : operations()) {
            if (!operation.path.contains("{")) {
                continue;
            }
            String id = idOf(operation.path);
            String concrete = operation.path;
            for (Map.Entry<String, String> known : ids.entrySet()) {
                concrete = concrete.replace("{" + known.getKey() + "}", known.getValue());
            }
            concrete = concrete.replaceAll("\\{[^}]+}", id);
            Api.Answer answer = other.send(operation.method, concrete, body(operation, concrete), operation.type);
            assertThat(answer.status())
                    .as("%s %s as another tenant: %s", operation.method, concrete, answer.body())
                    .isIn(404, 422);
            assertThat(answer.body().toString()).doesNotContain(rollout.equals(id) ? "targets" : "deadlineAt");
            resources++;
        }
        assertThat(resources).as("operations on one resource").isGreaterThan(8);
        for (String path : List.of(
                "/api/v1/nodes/alice",
                "/api/v1/models/glyphs",
                "/api/v1/rollouts/" + rollout,
                "/api/v1/jobs/" + job,
                "/api/v1/telemetry/metrics?node=alice",
                "/api/v1/telemetry/series?node=alice&metric=inference.latency",
                "/v2/models/glyphs")) {
            assertThat(api.get(path).status()).as("%s as its own tenant", path).isEqualTo(200);
            assertThat(other.get(path).status())
                    .as("%s as another tenant", path)
                    .isEqualTo(404);
        }
        for (String list : List.of("models", "rollouts", "jobs")) {
            assertThat(other.get("/api/v1/" + list).expect(200).body().get("items"))
                    .as(list)
                    .isEmpty();
        }
        for (JsonNode node : other.get("/api/v1/nodes").expect(200).body().get("items")) {
            assertThat(node.get("node").asText()).isEqualTo("mallory");
        }
        assertThat(other.get("/api/v1/audit").expect(200).body().toString()).doesNotContain("alice", rollout);
        assertThat(other.post("/api/v1/jobs", Operator.newJob("alice/cpu0", Duration.ofSeconds(5)))
                        .status())
                .isEqualTo(404);
        assertThat(fleet.operator.rollout(rollout).get("state").asText()).isEqualTo("succeeded");
        assertThat(fleet.operator.job(job).get("state").asText()).isEqualTo("succeeded");
    }

    @Test
    void aBodyBeyondItsBoundIsRefusedAndTheControllerGoesOn() throws Exception {
        byte[] tooLarge = new byte[BODY_BYTES_MAX + 1];
        assertThat(api.announce(
                                "PUT",
                                "/api/v1/models/glyphs/versions/1.0.0/variants/huge",
                                tooLarge,
                                "application/octet-stream")
                        .status())
                .isEqualTo(413);
        assertThat(api.announce("POST", "/api/v1/jobs", tooLarge, "application/json")
                        .status())
                .isEqualTo(413);
        byte[] large = new byte[8 * 1024 * 1024];
        assertThat(api.put("/api/v1/models/glyphs/versions/1.0.0/variants/large", large)
                        .status())
                .isEqualTo(422);
        String input = "A".repeat(4 * 1024 * 1024);
        assertThat(api.post("/api/v1/jobs", "{\"model\":\"glyphs\",\"input\":\"%s\"}".formatted(input))
                        .status())
                .isEqualTo(422);
        assertThat(api.get("/api/v1/models/glyphs").expect(200).body().toString())
                .doesNotContain("\"huge\"", "\"large\"");
    }

    @Test
    void hostileDocumentsAreRefusedAndNeverABug() throws Exception {
        Map<String, String> documents = new LinkedHashMap<>();
        documents.put("deep nesting", "[".repeat(100_000));
        documents.put("deep nesting, closed", "{\"inputs\":" + "[".repeat(5000) + "]".repeat(5000) + "}");
        documents.put("a huge number", "{\"model\":\"m\",\"deadlineMs\":" + "9".repeat(5000) + "}");
        documents.put("a NUL", "{\"model\":\"a\\u0000b\",\"version\":\"a\\u0000b\",\"input\":\"\"}");
        documents.put("half a surrogate", "{\"model\":\"\\ud800\",\"version\":\"\\ud800\",\"input\":\"\"}");
        documents.put("wrong types", "{\"model\":[1],\"version\":{},\"inputs\":3,\"uses\":\"x\",\"input\":7}");
        documents.put("a long name", "{\"model\":\"%s\",\"version\":\"x\"}".formatted("m".repeat(100_000)));
        documents.put("null", "null");
        documents.put("nothing", "");
        documents.put("not UTF-8", "{\"model\":\"\u00ff\u00fe\"}");
        for (Operation operation : operations()) {
            if (operation.method.equals("GET") || !operation.type.equals("application/json")) {
                continue;
            }
            String path = operation.path.replaceAll("\\{[^}]+}", "x");
            for (Map.Entry<String, String> document : documents.entrySet()) {
                int status = api.send(
                                operation.method,
                                path,
                                document.getValue().getBytes(StandardCharsets.ISO_8859_1),
                                "application/json")
                        .status();
                assertThat(status)
                        .as("%s %s with %s", operation.method, path, document.getKey())
                        .isBetween(200, 499);
            }
        }
    }

    @Test
    void hostileAddressesAreRefusedAndNeverABug() throws Exception {
        for (Operation operation : operations()) {
            if (!operation.path.contains("{")) {
                continue;
            }
            for (String part : List.of("%00", "%2e%2e", "%ff%fe", "a%00b", "%f0%9f%92%a9", "x".repeat(1500), "%25s")) {
                String path = operation.path.replaceAll("\\{[^}]+}", part);
                // Some of these answers end the connection, so each request has one of its own.
                int status = api.at(fleet.controller.url())
                        .send(operation.method, path, body(operation, path), operation.type)
                        .status();
                assertThat(status)
                        .as("%s %s with %s", operation.method, operation.path, part.length() < 200 ? part : "much")
                        .isBetween(400, 499);
            }
        }
        for (int length : new int[] {5000, 100_000}) {
            assertThat(api.at(fleet.controller.url())
                            .get("/api/v1/nodes/" + "x".repeat(length))
                            .status())
                    .as("an address of %d characters", length)
                    .isIn(414, 431);
        }
    }

    private static String id(Api.Answer made) {
        return made.expect(201).body().get("id").asText();
    }

    /** The first tenant's own of what the address is about. */
    private String idOf(String path) {
        if (path.contains("/enrolment-tokens/")) {
            return enrolmentToken;
        }
        if (path.contains("/webhooks/")) {
            return webhook;
        }
        return path.contains("/tokens/") ? token : path.contains("rollout") ? rollout : job;
    }

    @Test
    void whatATokenIsNotMadeForIsForbiddenAndNamed() throws Exception {
        Map<String, String> lacks = new LinkedHashMap<>();
        lacks.put("{\"name\":\"v\",\"role\":\"viewer\"}", "the role operator");
        lacks.put("{\"name\":\"a\",\"role\":\"approver\"}", "the role operator");
        lacks.put(
                "{\"name\":\"m\",\"role\":\"operator\",\"scopes\":[\"read\",\"models:write\"]}",
                "the scope rollouts:write");
        for (Map.Entry<String, String> lack : lacks.entrySet()) {
            String text = api.post("/api/v1/tokens", lack.getKey())
                    .expect(201)
                    .body()
                    .get("token")
                    .asText();
            Api limited = api.as(text);
            assertThat(limited.get("/api/v1/nodes").status()).isEqualTo(200);
            Api.Answer refused = limited.post("/api/v1/rollouts", "{}");
            assertThat(refused.status()).as(lack.getKey()).isEqualTo(403);
            assertThat(refused.body().get("detail").asText()).contains(lack.getValue());
            assertThat(limited.get("/api/v1/tokens").status()).isEqualTo(403);
            assertThat(limited.post("/api/v1/nodes/alice/revoke", "").status()).isEqualTo(403);
        }
        assertThat(api.get("/api/v1/tokens").expect(200).body().toString()).doesNotContain("fwt_");
        assertThat(api.send(
                                "POST",
                                "/api/v1/token-exchange",
                                "{\"idToken\":\"a.b.c\"}".getBytes(StandardCharsets.UTF_8),
                                "application/json")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void whoMayReadMayListTheRepositoryAndWhoMayRollOutMayLoadAndUnload() throws Exception {
        api.post("/api/v1/models", "{\"model\":\"idle\"}").expect(201);
        for (String role : List.of("{\"name\":\"iv\",\"role\":\"viewer\"}", """
                {"name":"im","role":"operator","scopes":["read","models:write","jobs:write"]}""")) {
            Api limited = api.as(api.post("/api/v1/tokens", role)
                    .expect(201)
                    .body()
                    .get("token")
                    .asText());
            JsonNode entry = limited.post("/v2/repository/index", "{\"ready\":true}")
                    .expect(200)
                    .body()
                    .get(0);
            assertThat(entry.get("name").asText()).isEqualTo("glyphs");
            assertThat(entry.get("state").asText()).isEqualTo("READY");
            limited.post("/v2/repository/models/glyphs/load", "{}").expect(403);
            limited.post("/v2/repository/models/idle/unload", "{}").expect(403);
        }
        assertThat(other.post("/v2/repository/index", "{}").expect(200).body()).isEmpty();
        other.post("/v2/repository/models/glyphs/load", "{}").expect(404);
        other.post("/v2/repository/models/glyphs/unload", "{}").expect(404);

        String load =
                "{\"parameters\":{\"version\":\"1.0.0\",\"allow_unapproved\":true,\"query\":\"%s\",\"wait_ms\":%d}}";
        Map<String, Integer> refused = Map.of(
                "{}",
                409,
                "{\"parameters\":{\"version\":\"1.0.0\"}}",
                409,
                "{\"parameters\":{\"version\":\"9\",\"allow_unapproved\":true}}",
                404,
                load.formatted("node==nobody", 0),
                422,
                load.formatted("colour==red", 0),
                422,
                load.formatted("", 60_001),
                422,
                load.formatted("", -1),
                422);
        for (Map.Entry<String, Integer> one : refused.entrySet()) {
            api.post("/v2/repository/models/glyphs/load", one.getKey()).expect(one.getValue());
        }
        api.post("/v2/repository/models/glyphs/unload", "{\"parameters\":3}").expect(422);
        assertThat(api.post("/v2/repository/models/idle/unload", "{}")
                        .expect(200)
                        .body()
                        .get("devices")
                        .asInt())
                .isZero();
        assertThat(api.get("/api/v1/audit").expect(200).body().get("items"))
                .filteredOn(entry -> entry.get("action").asText().equals("model.unloaded"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.get("what").asText()).isEqualTo("idle from 0 devices"));
    }

    @Test
    void thatADeviceBecameSlowerIsForReadersOfItsTenantAlone() throws Exception {
        for (int n = 0; n < 12; n++) {
            runOnAlice();
        }
        Api viewer = api.as(api.post("/api/v1/tokens", "{\"name\":\"reads\",\"role\":\"viewer\"}")
                .expect(201)
                .body()
                .get("token")
                .asText());
        String digest = nodeOf(viewer).at("/devices/0/slots/0/digest").asText();
        assertThat(drifts(viewer)).as("while it takes what it took").isEmpty();

        fleet.alice.takes(2_000);
        for (int n = 0; n < 12 && drifts(viewer).isEmpty(); n++) {
            runOnAlice();
        }
        assertThat(drifts(viewer)).singleElement().satisfies(drift -> {
            assertThat(drift.get("digest").asText()).isEqualTo(digest);
            assertThat(drift.get("ratio").asDouble()).isBetween(1.9, 2.1);
            assertThat(Instant.parse(drift.get("at").asText())).isBeforeOrEqualTo(Instant.now());
        });
        JsonNode listed =
                viewer.get("/api/v1/devices?q=node==alice").expect(200).body();
        assertThat(listed.at("/items/0/drifts")).isEqualTo(nodeOf(viewer).at("/devices/0/drifts"));
        assertThat(api.get("/api/v1/audit").expect(200).body().get("items"))
                .filteredOn(entry -> entry.get("action").asText().equals("device.drifted"))
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.get("who").asText()).isEqualTo("controller");
                    assertThat(entry.get("what").asText())
                            .matches("default/alice/cpu0 takes [12]\\.\\d\\d times what it took for " + digest);
                });
        assertThat(other.get("/api/v1/nodes/alice").status()).isEqualTo(404);
        assertThat(other.get("/api/v1/devices").expect(200).body().toString()).doesNotContain("alice");
        assertThat(other.get("/api/v1/audit").expect(200).body().toString()).doesNotContain("device.drifted");
        assertThat(api.as(null).get("/api/v1/nodes/alice").status()).isEqualTo(401);
    }

    private void runOnAlice() throws Exception {
        if (!fleet.alice.peer().isConnected()) {
            // A machine that stood still for longer than the broker waits; other tests see to who may be connected.
            fleet.alice.connect();
        }
        fleet.assertOnline(fleet.alice);
        String submitted = fleet.operator.submit("alice/cpu0", Duration.ofSeconds(20));
        JsonNode ended = fleet.operator
                .awaitEnded(List.of(submitted), SecuredFleet.LIMIT)
                .getFirst();
        assertThat(ended.get("state").asText()).as(ended.toString()).isEqualTo("succeeded");
    }

    private static JsonNode nodeOf(Api reader) throws Exception {
        return reader.get("/api/v1/nodes/alice").expect(200).body();
    }

    private static JsonNode drifts(Api reader) throws Exception {
        return nodeOf(reader).at("/devices/0/drifts");
    }

    @Test
    void aRevokedTokenIsRefusedAtOnce() throws Exception {
        Api.Answer made = api.post("/api/v1/tokens", "{\"name\":\"gone\",\"role\":\"viewer\"}");
        Api gone = api.as(made.body().get("token").asText());
        assertThat(gone.get("/api/v1/nodes").status()).isEqualTo(200);
        assertThat(api.send("DELETE", "/api/v1/tokens/" + id(made), null, "application/json")
                        .status())
                .isEqualTo(204);
        assertThat(gone.get("/api/v1/nodes").status()).isEqualTo(401);
    }

    @Test
    void anOpenStreamOfEventsEndsWithItsToken() throws Exception {
        Api.Answer made = api.post("/api/v1/tokens", "{\"name\":\"listener\",\"role\":\"viewer\"}");
        HttpRequest request = HttpRequest.newBuilder(URI.create(fleet.controller.url() + "/api/v1/events"))
                .header("Authorization", "Bearer " + made.body().get("token").asText())
                .build();
        try (HttpClient client = HttpClient.newHttpClient();
                InputStream in = client.send(request, HttpResponse.BodyHandlers.ofInputStream())
                        .body()) {
            assertThat(in.read()).isPositive();
            assertThat(api.send("DELETE", "/api/v1/tokens/" + id(made), null, "application/json")
                            .status())
                    .isEqualTo(204);
            // At its next keep-alive.
            String rest = CompletableFuture.supplyAsync(() -> everythingOf(in)).get(40, TimeUnit.SECONDS);
            assertThat(rest).doesNotContain("over");
        }
    }

    private static String everythingOf(InputStream in) {
        try {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void whoCanWriteToTheDataFolderGetsAFreshSetupToken() throws Exception {
        String before = fleet.controller.setupToken();
        java.nio.file.Files.createFile(fleet.controller.data().resolve("reset-admin"));
        io.fleetwright.testkit.Await.until(
                "a fresh token",
                SecuredFleet.LIMIT,
                () -> !fleet.controller.setupToken().equals(before));
        String text = api.as(null)
                .post("/api/v1/setup", "{\"setupToken\":\"%s\"}".formatted(fleet.controller.setupToken()))
                .expect(200)
                .body()
                .get("token")
                .asText();
        assertThat(api.as(text)
                        .get("/api/v1/whoami")
                        .expect(200)
                        .body()
                        .get("role")
                        .asText())
                .isEqualTo("admin");
    }

    @Test
    void anotherTenantBeginsWithAnAdministratorOfItsOwn() throws Exception {
        java.nio.file.Path asked = fleet.controller.data().resolve("reset-admin");
        String before = fleet.controller.setupToken();
        ask(asked, "No Tenant");
        assertThat(fleet.controller.setupToken()).isEqualTo(before);
        ask(asked, "third\n");
        Api admin = api.as(api.as(null)
                .post("/api/v1/setup", "{\"setupToken\":\"%s\"}".formatted(fleet.controller.setupToken()))
                .expect(200)
                .body()
                .get("token")
                .asText());
        assertThat(admin.get("/api/v1/whoami").body().get("tenant").asText()).isEqualTo("third");
        assertThat(admin.get("/api/v1/nodes").expect(200).body().get("items")).isEmpty();
        assertThat(admin.get("/api/v1/nodes/alice").status()).isEqualTo(404);
        assertThat(admin.get("/api/v1/audit")
                        .expect(200)
                        .body()
                        .get("items")
                        .get(0)
                        .get("action")
                        .asText())
                .isEqualTo("setup-token.created");
        assertThat(admin.post("/api/v1/enrolment-tokens", "{\"uses\":1,\"minutes\":5}")
                        .status())
                .isEqualTo(201);
    }

    private static void ask(java.nio.file.Path asked, String tenant) throws Exception {
        java.nio.file.Path whole = java.nio.file.Files.writeString(asked.resolveSibling("reset-admin.new"), tenant);
        java.nio.file.Files.move(whole, asked, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        io.fleetwright.testkit.Await.until("an answer", SecuredFleet.LIMIT, () -> !java.nio.file.Files.exists(asked));
    }

    private static byte @Nullable [] body(Operation operation, String path) {
        if (operation.method.equals("GET")) {
            return null;
        }
        return path.endsWith("/infer")
                ? "{\"inputs\":[{\"name\":\"input\",\"shape\":[1],\"datatype\":\"INT8\",\"data\":[1]}]}"
                        .getBytes(StandardCharsets.UTF_8)
                : path.endsWith("/versions")
                        ? "{\"version\":\"9.9.9\"}".getBytes(StandardCharsets.UTF_8)
                        : EMPTY_OBJECT;
    }

    private static Api.Answer send(Api api, Operation operation, String part) throws Exception {
        String path = operation.path.replaceAll("\\{[^}]+}", part);
        return api.send(operation.method, path, body(operation, path), operation.type);
    }

    /** Every operation that is not open, so that one that is added tomorrow is tested without a change here. */
    private List<Operation> operations() throws Exception {
        JsonNode paths =
                api.as(null).get("/openapi?format=json").expect(200).body().get("paths");
        List<Operation> operations = new ArrayList<>();
        List<String> open = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : paths.properties()) {
            if (OPEN.contains(path.getKey())) {
                open.add(path.getKey());
                continue;
            }
            for (String method : List.of("get", "put", "post", "delete", "options", "head", "patch", "trace")) {
                JsonNode operation = path.getValue().get(method);
                if (operation != null) {
                    JsonNode content = operation.path("requestBody").path("content");
                    String type =
                            content.has("application/octet-stream") ? "application/octet-stream" : "application/json";
                    operations.add(new Operation(method.toUpperCase(Locale.ROOT), path.getKey(), type));
                }
            }
        }
        assertThat(open).as("open addresses").containsExactlyInAnyOrderElementsOf(OPEN);
        return operations;
    }
}
