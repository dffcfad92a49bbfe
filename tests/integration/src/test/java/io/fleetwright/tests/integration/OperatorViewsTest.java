package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.testkit.Await;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What an operator and a script ask of a whole fleet, over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OperatorViewsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int WRITES = 20;
    private static final String OTHER_TENANT_TOKEN = "fwt_other-tenant-of-the-views";

    private Path folder = Path.of("");
    private Processes.Controller controller = new Processes.Controller(folder, Map.of());
    private Operator operator = new Operator(new Api("", null));
    private Api viewer = new Api("", null);
    private Api other = new Api("", null);

    @BeforeAll
    void start(@TempDir Path itsFolder) throws Exception {
        folder = itsFolder;
        controller = new Processes.Controller(folder, Map.of());
        controller.start();
        String setup = controller.setupToken();
        controller.stop();
        try (Connection database =
                DriverManager.getConnection("jdbc:h2:file:" + controller.data().resolve("database/fleetwright"))) {
            Tenants.addAdmin(database, "other", OTHER_TENANT_TOKEN);
        }
        controller.start();
        Api open = new Api(controller.url(), null);
        operator = new Operator(open.as(open.post("/api/v1/setup", "{\"setupToken\":\"%s\"}".formatted(setup))
                .expect(200)
                .body()
                .get("token")
                .asText()));
        viewer = open.as(operator.api()
                .post("/api/v1/tokens", "{\"name\":\"wall\",\"role\":\"viewer\"}")
                .expect(201)
                .body()
                .get("token")
                .asText());
        other = open.as(OTHER_TENANT_TOKEN);
    }

    @AfterAll
    void stop() {
        controller.close();
    }

    private WireNode node(String name) throws Exception {
        return new WireNode(WireNode.enrol(controller, operator.enrolmentToken(1), name, folder), "000000000000000a")
                .connect();
    }

    /** To one device, so that those of other tests may be away. */
    private String rollOutTo(String version, String device) throws Exception {
        String id = operator.api()
                .post(
                        "/api/v1/rollouts",
                        "{\"model\":\"glyphs\",\"version\":\"%s\",\"allowUnapproved\":true,\"selector\":{\"devices\":[\"%s\"]}}"
                                .formatted(version, device))
                .expect(201)
                .body()
                .get("rollout")
                .asText();
        operator.awaitSucceeded(id);
        return id;
    }

    private static List<String> alerts(Api api, String ask) throws Exception {
        return api.get("/api/v1/alerts" + ask).expect(200).body().findValuesAsText("alert");
    }

    @Test
    void anAlertIsThereForEveryReaderOfTheTenantWhileItsNodeIsAwayAndPagesGoOn() throws Exception {
        WireNode first = node("away-1");
        WireNode second = node("away-2");
        try {
            Await.until(
                    "both are online",
                    LIMIT,
                    () -> operator.statusOf("away-1").equals("online")
                            && operator.statusOf("away-2").equals("online"));
            assertThat(alerts(viewer, "?q=node==away-*")).isEmpty();
            first.close();
            second.close();
            Await.until(
                    "both are told of",
                    LIMIT,
                    () -> alerts(viewer, "?q=node==away-*").size() == 2);
            JsonNode page = viewer.get("/api/v1/alerts?q=node==away-*&limit=1")
                    .expect(200)
                    .body();
            JsonNode alert = page.get("items").get(0);
            assertThat(alert.get("subject").get("id").asText()).isEqualTo("away-1");
            assertThat(alert.get("node").asText()).isEqualTo("away-1");
            assertThat(page.get("counts").get(alert.get("severity").asText()).asInt())
                    .isEqualTo(2);
            assertThat(page.get("more").asBoolean()).isFalse();
            assertThat(alerts(
                            viewer,
                            "?q=node==away-*&limit=1&cursor=" + page.get("next").asText()))
                    .singleElement()
                    .asString()
                    .endsWith(":away-2");
            assertThat(alerts(other, "")).isEmpty();
            Await.until(
                    "the metric counts them",
                    LIMIT,
                    () -> new String(viewer.bytes("/q/metrics", null), StandardCharsets.UTF_8)
                            .lines()
                            .anyMatch(line -> line.startsWith("fleetwright_alerts{severity=\"%s\""
                                            .formatted(alert.get("severity").asText()))
                                    && Double.parseDouble(line.substring(line.lastIndexOf(' '))) >= 2));
            first.connect();
            Await.until(
                    "one is well again",
                    LIMIT,
                    () -> alerts(viewer, "?q=node==away-*").size() == 1);
        } finally {
            first.close();
            second.close();
        }
        for (String bad : List.of("?severity=mild", "?limit=0", "?cursor=nothing", "?q=what==1")) {
            assertThat(viewer.get("/api/v1/alerts" + bad).status()).as(bad).isEqualTo(422);
        }
        assertThat(viewer.as(null).get("/api/v1/alerts").status()).isEqualTo(401);
    }

    @Test
    void whatInferencesTookIsToldByGroupAndWhatNobodyKnowsIsCounted() throws Exception {
        try (WireNode _ = node("meter")) {
            Await.until("it is online", LIMIT, () -> operator.statusOf("meter").equals("online"));
            operator.publishGlyphs("1.0.0", 20, "w0.5-int8");
            rollOutTo("1.0.0", "meter/cpu0");
            operator.awaitEnded(
                    List.of(operator.submit("meter/cpu0", LIMIT), operator.submit("meter/cpu0", LIMIT)), LIMIT);
            for (Map.Entry<String, String> group : Map.of(
                            "device", "meter/cpu0", "node", "meter", "class", "cpu", "model", "glyphs")
                    .entrySet()) {
                JsonNode answer = viewer.get("/api/v1/energy?minutes=10&group=" + group.getKey())
                        .expect(200)
                        .body();
                assertThat(answer.get("runs").asInt()).isEqualTo(2);
                assertThat(answer.get("unknown").asInt()).isEqualTo(2);
                assertThat(answer.get("totals")).isEmpty();
                JsonNode only = answer.get("items").get(0);
                assertThat(only.get("group").asText()).isEqualTo(group.getValue());
                assertThat(only.get("unknownShare").asDouble()).isEqualTo(1);
                assertThat(only.get("figures")).isEmpty();
            }
            assertThat(other.get("/api/v1/energy").expect(200).body().get("items"))
                    .isEmpty();
            String now = viewer.get("/api/v1/energy").body().get("to").asText();
            assertThat(viewer.get("/api/v1/energy?from=" + now)
                            .expect(200)
                            .body()
                            .get("runs")
                            .asInt())
                    .isZero();
        }
        for (String bad : List.of(
                "?group=planet",
                "?minutes=0",
                "?minutes=10081",
                "?from=yesterday",
                "?to=2026-01-01T00:00:00Z",
                "?minutes=5&from=2026-01-01T00:00:00Z",
                "?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
                "?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z")) {
            assertThat(viewer.get("/api/v1/energy" + bad).status()).as(bad).isEqualTo(422);
        }
    }

    @Test
    void twoWritersWhoSayWhatTheyHaveReadLoseNothingOfEachOther() throws Exception {
        try (WireNode _ = node("labelled")) {
            Callable<Boolean> writer = () -> {
                for (int turn = 0; turn < WRITES; turn++) {
                    boolean written = false;
                    while (!written) {
                        Api.Headed read = operator.api().headed("GET", "/api/v1/nodes/labelled", null);
                        int count = read.body().path("labels").path("count").asInt();
                        Api.Headed answer = operator.api()
                                .headed(
                                        "PATCH",
                                        "/api/v1/nodes/labelled",
                                        "{\"labels\":{\"count\":\"%d\"}}".formatted(count + 1),
                                        "If-Match",
                                        read.tag());
                        assertThat(answer.status()).isIn(200, 412);
                        written = answer.status() == 200;
                    }
                }
                return true;
            };
            try (ExecutorService writers = Executors.newFixedThreadPool(2)) {
                for (Future<Boolean> one : writers.invokeAll(List.of(writer, writer))) {
                    assertThat(one.get(60, TimeUnit.SECONDS)).isTrue();
                }
            }
            Api.Headed after = viewer.headed("GET", "/api/v1/nodes/labelled", null);
            assertThat(after.body().get("labels").get("count").asInt()).isEqualTo(2 * WRITES);
            assertThat(after.tag())
                    .as("labels alone make the tag")
                    .isEqualTo(
                            viewer.headed("GET", "/api/v1/nodes/labelled", null).tag());
            Api.Headed stale = operator.api()
                    .headed(
                            "PATCH",
                            "/api/v1/nodes/labelled",
                            "{\"labels\":{\"count\":null}}",
                            "If-Match",
                            "\"00000000000000000000000000000000\"");
            assertThat(stale.status()).isEqualTo(412);
            assertThat(stale.body().get("type").asText()).isEqualTo("urn:fleetwright:problem:precondition-failed");
            assertThat(stale.body().get("detail").asText())
                    .isEqualTo("node labelled is another now: labels {\"count\":\"%d\"}, ETag %s"
                            .formatted(2 * WRITES, after.tag()));
            assertThat(operator.api()
                            .headed("PATCH", "/api/v1/nodes/labelled", "{\"labels\":{}}", "If-Match", "nonsense")
                            .status())
                    .isEqualTo(422);
            assertThat(operator.api()
                            .headed("PATCH", "/api/v1/nodes/labelled", "{\"labels\":{\"count\":null}}")
                            .status())
                    .as("who says nothing writes as before")
                    .isEqualTo(200);
        }
    }

    @Test
    void aGroupIsMadeOnceChangedAsReadAndDeletedAsRead() throws Exception {
        Api api = operator.api();
        String path = "/api/v1/groups/lab";
        Api.Headed made = api.headed("PUT", path, "{\"q\":\"class==cpu\"}", "If-None-Match", "*");
        assertThat(made.status()).isEqualTo(200);
        assertThat(api.headed("PUT", path, "{\"q\":\"class==gpu\"}", "If-None-Match", "*")
                        .status())
                .isEqualTo(412);
        assertThat(made.tag()).isEqualTo(viewer.headed("GET", path, null).tag());
        Api.Headed changed = api.headed("PUT", path, "{\"q\":\"class==gpu\"}", "If-Match", made.tag());
        assertThat(changed.status()).isEqualTo(200);
        assertThat(changed.tag()).isNotEqualTo(made.tag());
        Api.Headed late = api.headed("DELETE", path, null, "If-Match", made.tag());
        assertThat(late.status()).isEqualTo(412);
        assertThat(late.body().get("detail").asText())
                .isEqualTo("group lab is another now: class==gpu, ETag " + changed.tag());
        assertThat(api.headed("DELETE", path, null, "If-Match", changed.tag()).status())
                .isEqualTo(204);
        assertThat(api.headed("PUT", path, "{\"q\":\"class==gpu\"}", "If-Match", "*")
                        .status())
                .isEqualTo(412);
    }

    @Test
    void aRolloutTakesACommandForTheStateThatWasRead() throws Exception {
        Api api = operator.api();
        api.post("/api/v1/models", "{\"model\":\"letters\"}").expect(201);
        api.post("/api/v1/models/letters/versions", "{\"version\":\"1.0.0\"}").expect(201);
        api.put("/api/v1/models/letters/versions/1.0.0/variants/w0.5-int8", GlyphModels.bytes("w0.5-int8"))
                .expect(201);
        String path = "/api/v1/rollouts/"
                + api.post(
                                "/api/v1/rollouts",
                                "{\"model\":\"letters\",\"version\":\"1.0.0\",\"allowUnapproved\":true,\"allowEmpty\":true,\"selector\":{\"q\":\"node==nobody\"},\"policy\":{\"startAt\":\"2099-01-01T00:00:00Z\"}}")
                        .expect(201)
                        .body()
                        .get("rollout")
                        .asText();
        Api.Headed before = viewer.headed("GET", path, null);
        assertThat(api.headed("POST", path + "/abort", "{}", "If-Match", "\"another\"")
                        .status())
                .isEqualTo(412);
        Api.Headed aborted = api.headed("POST", path + "/abort", "{}", "If-Match", before.tag());
        assertThat(aborted.status()).as(aborted.body().toString()).isEqualTo(200);
        assertThat(aborted.tag()).isNotEqualTo(before.tag());
        Api.Headed late = api.headed("POST", path + "/retry", "{}", "If-Match", before.tag());
        assertThat(late.status()).isEqualTo(412);
        assertThat(late.body().get("detail").asText()).contains("is another now: aborted at wave 1");
    }

    @Test
    void whoPrefersToWaitHasTheEndedJobAndAnyOperationIsFollowedInOneForm() throws Exception {
        try (WireNode node = node("waiter")) {
            Await.until("it is online", LIMIT, () -> operator.statusOf("waiter").equals("online"));
            operator.publishGlyphs("3.0.0", 20, "w0.5-int8");
            String rollout = rollOutTo("3.0.0", "waiter/cpu0");
            assertThat(viewer.headed("GET", "/api/v1/operations/" + rollout, null)
                            .body())
                    .isEqualTo(Api.JSON.readTree(
                            "{\"operation\":\"%s\",\"kind\":\"rollout\",\"state\":\"succeeded\",\"done\":true,\"href\":\"/api/v1/rollouts/%s\"}"
                                    .formatted(rollout, rollout)));
            Api api = operator.api();
            String body = Operator.newJob("waiter/cpu0", LIMIT);

            Api.Headed ended = api.headed("POST", "/api/v1/jobs", body, "Prefer", "wait=50");
            assertThat(ended.status()).as(ended.body().toString()).isEqualTo(200);
            assertThat(ended.body().get("state").asText()).isEqualTo("succeeded");
            assertThat(ended.applied()).isEqualTo("wait=50");
            assertThat(ended.location())
                    .endsWith("/api/v1/operations/" + ended.body().get("job").asText());

            Api.Headed begun = api.headed("POST", "/api/v1/jobs", body);
            assertThat(begun.status()).isEqualTo(202);
            assertThat(begun.applied()).isEmpty();
            Api.Headed followed = viewer.headed(
                    "GET", "/api/v1/operations/" + begun.body().get("job").asText(), null, "Prefer", "wait=50");
            assertThat(followed.body().get("done").asBoolean()).isTrue();

            String[] key = {"Prefer", "wait=50", "Idempotency-Key", "once"};
            Api.Headed first = api.headed("POST", "/api/v1/jobs", body, key);
            Api.Headed again = api.headed("POST", "/api/v1/jobs", body, key);
            assertThat(again.status()).isEqualTo(first.status()).isEqualTo(200);
            assertThat(again.body().get("job")).isEqualTo(first.body().get("job"));

            node.answersWork(false);
            Api.Headed open = api.headed("POST", "/api/v1/jobs", body, "Prefer", "wait=1");
            assertThat(open.status()).isEqualTo(202);
            String id = open.body().get("job").asText();
            assertThat(open.body().get("state").asText()).isIn("queued", "running");
            assertThat(viewer.headed("GET", "/api/v1/operations/" + id, null)
                            .body()
                            .get("done")
                            .asBoolean())
                    .isFalse();
            assertThat(other.headed("GET", "/api/v1/operations/" + id, null, "Prefer", "wait=50")
                            .status())
                    .isEqualTo(404);
            api.post("/api/v1/jobs/" + id + "/cancel", "{}").expect(200);
            JsonNode cancelled = viewer.headed("GET", "/api/v1/operations/" + id, null, "Prefer", "wait=50")
                    .body();
            assertThat(cancelled.get("state").asText()).isEqualTo("cancelled");
            assertThat(cancelled.get("error").get("reason").asText()).isNotEmpty();
        }
    }

    @Test
    void anInferenceThatFindsNoRoomIsRefusedAndIsNoJob() throws Exception {
        try (WireNode node = node("busy")) {
            Await.until("it is online", LIMIT, () -> operator.statusOf("busy").equals("online"));
            operator.publishGlyphs("3.5.0", 20, "w0.5-int8");
            rollOutTo("3.5.0", "busy/cpu0");
            Api api = operator.api();
            api.headed("POST", "/api/v1/jobs", Operator.newJob("busy/cpu0", LIMIT), "Prefer", "wait=50");
            node.answersWork(false);
            List<String> before = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                before.add(operator.submit("busy/cpu0", LIMIT));
            }
            String problem = api.post(
                            "/v2/models/glyphs/infer",
                            "{\"inputs\":[{\"name\":\"in\",\"shape\":[1,%d],\"datatype\":\"INT8\",\"data\":[%s]}],\"parameters\":{\"device\":\"busy/cpu0\",\"deadline_ms\":4000}}"
                                    .formatted(
                                            Operator.INPUT_BYTES,
                                            String.join(",", Collections.nCopies(Operator.INPUT_BYTES, "0"))))
                    .expect(429)
                    .body()
                    .get("detail")
                    .asText();
            assertThat(problem).isEqualTo("no device has had room for an inference of model glyphs in 3000 ms");
            assertThat(api.get("/api/v1/jobs?limit=1")
                            .expect(200)
                            .body()
                            .at("/items/0/job")
                            .asText())
                    .isEqualTo(before.getLast());
            for (String id : before) {
                api.post("/api/v1/jobs/" + id + "/cancel", "{}").expect(200);
            }
        }
    }

    @Test
    void anArtifactThatTheReaderHasIsNotSentAgain() throws Exception {
        Api api = operator.api();
        api.post("/api/v1/models", "{\"model\":\"kept\"}").expect(201);
        api.post("/api/v1/models/kept/versions", "{\"version\":\"1.0.0\"}").expect(201);
        String digest = api.put("/api/v1/models/kept/versions/1.0.0/variants/w0.5-int8", GlyphModels.bytes("w0.5-int8"))
                .expect(201)
                .body()
                .get("digest")
                .asText();
        String path = "/api/v1/artifacts/" + digest;
        Api.Headed whole = viewer.headed("GET", path, null);
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.tag()).isEqualTo('"' + digest + '"');
        assertThat(viewer.headed("GET", path, null, "If-None-Match", whole.tag())
                        .status())
                .isEqualTo(304);
        assertThat(viewer.headed("GET", path, null, "If-None-Match", "\"other\"")
                        .status())
                .isEqualTo(200);
        assertThat(other.headed("GET", path, null, "If-None-Match", whole.tag()).status())
                .isEqualTo(404);

        String set = "/api/v1/models/kept/versions/1.0.0/calibration-set";
        byte[] first = {1, 2, 3, 4};
        byte[] second = {5, 6, 7, 8};
        assertThat(api.bytesPut(set, first, "If-None-Match", "*").status()).isEqualTo(204);
        assertThat(api.bytesPut(set, second, "If-None-Match", "*").status()).isEqualTo(412);
        String there = api.get("/api/v1/models/kept")
                .body()
                .get("versions")
                .get(0)
                .get("calibrationDigest")
                .asText();
        Api.Headed replaced = api.bytesPut(set, second, "If-Match", '"' + there + '"');
        assertThat(replaced.status()).isEqualTo(204);
        assertThat(api.bytesPut(set, first, "If-Match", '"' + there + '"')
                        .body()
                        .get("detail")
                        .asText())
                .contains(replaced.tag());
    }
}
