package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.onnx.QuantizedOnnxWriter;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.Delta;
import io.fleetwright.zoo.data.Samples;
import io.fleetwright.zoo.glyphs.GlyphDataSet;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a fleet does from the outside, the same over every database. One controller, one real board and one process of
 * emulated boards serve all tests of a class; the test that kills the controller comes last.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class FleetContract {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<String> DEVICES = List.of("board/cpu0", "drone/gap9", "mcu/stm32l4r5");
    private static final String OTHER_TENANT_TOKEN = "fwt_other-tenant-token-for-tests";

    private Processes.Controller controller;
    private Processes.Agent board;
    private Processes.Agent emulated;
    private Api api;

    /** Settings that choose the database. */
    abstract Map<String, String> database(Path controllerData) throws IOException;

    /** A connection to the database while the controller is not running. */
    abstract Connection connect(Path controllerData) throws SQLException;

    @BeforeAll
    void startFleet(@TempDir Path folder) throws Exception {
        controller = new Processes.Controller(folder, database(folder.resolve("data")));
        controller.start();
        String setup = controller.setupToken();
        Api open = new Api(controller.url(), null);
        String token = open.post("/api/v1/setup", "{\"setupToken\":\"%s\"}".formatted(setup))
                .expect(200)
                .body()
                .get("token")
                .asText();
        assertThat(open.post("/api/v1/setup", "{\"setupToken\":\"%s\"}".formatted(setup))
                        .status())
                .as("a setup token works once")
                .isEqualTo(401);
        controller.stop();
        try (Connection database = connect(controller.data())) {
            Tenants.addAdmin(database, "other", OTHER_TENANT_TOKEN);
        }
        controller.start();
        api = new Api(controller.url(), token);

        String enrolment = api.post("/api/v1/enrolment-tokens", "{\"uses\":3,\"minutes\":10}")
                .expect(201)
                .body()
                .get("token")
                .asText();
        board = new Processes.Agent(
                        folder,
                        "board",
                        controller,
                        enrolment,
                        "--node",
                        "board",
                        "--devices",
                        "cpu0=cpu",
                        "--sensor",
                        "camera=synthetic:7")
                .start();
        emulated = new Processes.Agent(
                        folder,
                        "emulated",
                        controller,
                        enrolment,
                        "--emulate",
                        "drone=gap9",
                        "--emulate",
                        "mcu=stm32l4r5")
                .start();
        Await.until("three nodes online", LIMIT, () -> online() == 3);
    }

    @AfterAll
    void stopFleet() throws Exception {
        for (AutoCloseable process : new AutoCloseable[] {emulated, board, controller}) {
            if (process != null) {
                process.close();
            }
        }
    }

    @Test
    @Order(1)
    void publishesMeasuresRollsOutAndRunsTheSameBytesEverywhere() throws Exception {
        api.post("/api/v1/models", "{\"model\":\"glyphs\"}").expect(201);
        api.post("/api/v1/models/glyphs/versions", "{\"version\":\"1.0.0\"}").expect(201);
        Samples unseen = GlyphDataSet.test(4711);
        String version = "/api/v1/models/glyphs/versions/1.0.0";
        api.put(version + "/evaluation-set", EvaluationSetCodec.encode(unseen.evaluationSet(200)))
                .expect(204);
        for (String variant : List.of("w1.0-int8", "w0.5-int8")) {
            JsonNode card = api.put(version + "/variants/" + variant, GlyphModels.bytes(variant))
                    .expect(201)
                    .body();
            assertThat(card.get("accuracy").get("n").asInt()).isEqualTo(200);
            assertThat(card.get("accuracy").get("fraction").asDouble()).isGreaterThan(0.9);
        }

        String rollout = rollOut("{\"model\":\"glyphs\",\"version\":\"1.0.0\",\"waves\":[34,100],\"maxLatencyMs\":10}");
        Map<String, String> variants = new HashMap<>();
        for (JsonNode target : api.get("/api/v1/rollouts/" + rollout).body().get("targets")) {
            variants.put(
                    target.get("node").asText() + "/" + target.get("device").asText(),
                    target.get("variant").asText());
        }
        assertThat(variants)
                .as("the slow microcontroller gets the small variant")
                .containsEntry("board/cpu0", "w1.0-int8")
                .containsEntry("drone/gap9", "w1.0-int8")
                .containsEntry("mcu/stm32l4r5", "w0.5-int8");

        byte[] input = new byte[1024];
        byte[] pixels = new byte[1024];
        unseen.draw(0, pixels, 0);
        for (int i = 0; i < input.length; i++) {
            input[i] = (byte) (pixels[i] - 128);
        }
        for (String device : DEVICES) {
            JsonNode answer = infer(input, device).expect(200).body();
            byte[] expected = new byte[10];
            Interpreter.create(
                            ModelReader.read(GlyphModels.bytes(variants.getOrDefault(device, "none")), device),
                            Rounding.DOUBLE)
                    .run(input, 0, expected, 0);
            byte[] output = new byte[10];
            for (int i = 0; i < output.length; i++) {
                output[i] =
                        (byte) answer.get("outputs").get(0).get("data").get(i).asInt();
            }
            assertThat(output).as(device).isEqualTo(expected);
            JsonNode parameters = answer.get("parameters");
            assertThat(parameters.get("modelled").asBoolean()).isEqualTo(!device.equals("board/cpu0"));
            assertThat(parameters.get("latency_ms").asDouble()).isPositive();
            assertThat(parameters.get("variant").asText()).isEqualTo(variants.get(device));
        }
        assertThat(infer(input, "mcu/stm32l4r5")
                        .body()
                        .get("parameters")
                        .get("energy_method")
                        .asText())
                .isEqualTo("model");
    }

    @Test
    @Order(2)
    void telemetryArrivesWithItsUnitAndItsMark() throws Exception {
        Await.until("latency samples of the drone", LIMIT, () -> {
            JsonNode series = api.get(
                            "/api/v1/telemetry/series?node=drone&device=gap9&metric=inference.latency&minutes=10")
                    .expect(200)
                    .body();
            return !series.get("points").isEmpty()
                    && series.get("unit").asText().equals("ms")
                    && series.get("modelled").asBoolean();
        });
    }

    @Test
    @Order(2)
    void devicesAreMeantByLabelsAndGroupsAndADryRunMakesNothing() throws Exception {
        api.send(
                        "PATCH",
                        "/api/v1/nodes/mcu",
                        "{\"labels\":{\"site\":\"north\"}}".getBytes(StandardCharsets.UTF_8),
                        "application/json")
                .expect(200);
        assertThat(names("nodes", "label.site==north", "node")).containsExactly("mcu");
        assertThat(names("devices", "class==nano-drone,label.site==north", "device"))
                .containsExactlyInAnyOrder("gap9", "stm32l4r5");
        assertThat(names("devices", "model==glyphs;variant==w0.5-*", "device")).containsExactly("stm32l4r5");
        assertThat(api.get("/api/v1/devices?limit=200&q=model==glyphs;variant==w0.5-*")
                        .expect(200)
                        .body()
                        .get("items"))
                .as("a semicolon that was not encoded is part of the query")
                .hasSize(1);
        api.send(
                        "PUT",
                        "/api/v1/groups/edge",
                        "{\"q\":\"class!=cpu\"}".getBytes(StandardCharsets.UTF_8),
                        "application/json")
                .expect(200);
        assertThat(api.get("/api/v1/groups/edge").body().get("devices").asInt()).isEqualTo(2);
        assertThat(api.get("/api/v1/nodes?q=" + encoded("colour==red"))
                        .expect(422)
                        .body()
                        .get("detail")
                        .asText())
                .startsWith("q, column 1: (colour) must be node");

        int before = api.get("/api/v1/rollouts").body().get("items").size();
        JsonNode dry = api.post(
                        "/api/v1/rollouts?dryRun=true",
                        "{\"model\":\"glyphs\",\"version\":\"1.0.0\",\"allowUnapproved\":true,"
                                + "\"selector\":{\"q\":\"group==edge\"},\"waves\":[50,100],\"maxLatencyMs\":10}")
                .expect(200)
                .body();
        assertThat(dry.get("matched").asInt()).isEqualTo(2);
        assertThat(dry.get("waves")).hasSize(2);
        assertThat(dry.get("expectedSeconds").asDouble()).isPositive();
        Map<String, String> variants = new HashMap<>();
        for (JsonNode device : dry.get("devices")) {
            variants.put(device.get("device").asText(), device.get("variant").asText());
            assertThat(device.get("reason").asText()).startsWith("chosen; w").contains("-int8: ");
        }
        assertThat(variants).containsExactlyInAnyOrderEntriesOf(Map.of("gap9", "w1.0-int8", "stm32l4r5", "w0.5-int8"));
        assertThat(dry.get("bytes").asLong()).as("both run them already").isZero();
        assertThat(api.get("/api/v1/rollouts").body().get("items")).hasSize(before);
        api.send("DELETE", "/api/v1/groups/edge", null, "application/json").expect(204);
    }

    private List<String> names(String list, String q, String field) throws IOException, InterruptedException {
        List<String> names = new ArrayList<>();
        api.get("/api/v1/%s?q=%s".formatted(list, encoded(q)))
                .expect(200)
                .body()
                .get("items")
                .forEach(item -> names.add(item.get(field).asText()));
        return names;
    }

    private static String encoded(String q) {
        return URLEncoder.encode(q, StandardCharsets.UTF_8);
    }

    @Test
    @Order(3)
    void aStreamAnswersFramesIsBegunOnceUnderOneKeyAndEndsWhenItIsStopped() throws Exception {
        String body = """
                {"model":"glyphs","source":"board/cpu0","sensor":"camera","periodMs":300,"deadlineMs":%d,"notify":"board"}""";
        Api.Answer begun =
                api.keyed("stream-1", "/api/v1/streams", body.formatted(900)).expect(201);
        String id = begun.body().get("stream").asText();
        assertThat(api.keyed("stream-1", "/api/v1/streams", body.formatted(900))
                        .expect(201)
                        .body())
                .isEqualTo(begun.body());
        api.keyed("stream-1", "/api/v1/streams", body.formatted(800)).expect(422);
        assertThat(api.get("/api/v1/streams?q=node==board").expect(200).body().get("items"))
                .hasSize(1);

        String stream = "/api/v1/streams/" + id;
        Await.until(
                "frames that were answered in time",
                LIMIT,
                () -> api.get(stream).expect(200).body().get("met").asLong() >= 20);
        JsonNode stopped = api.post(stream + "/stop", "{}").expect(200).body();
        assertThat(stopped.get("state").asText()).isEqualTo("stopped");
        JsonNode windows = api.get(stream + "/windows").expect(200).body().get("items");
        long frames = 0;
        for (JsonNode window : windows) {
            frames += window.get("met").asLong();
        }
        assertThat(frames).isGreaterThanOrEqualTo(20);
        assertThat(api.get(stream + "/why")
                        .expect(200)
                        .body()
                        .at("/plans/0/why/candidates")
                        .toString())
                .contains("alone");
        JsonNode again = api.post(stream + "/stop", "{}").expect(200).body();
        assertThat(again.get("endedAt")).isEqualTo(stopped.get("endedAt"));
    }

    @Test
    @Order(3)
    void aStreamKeepsItsTransformsAndAnswersWithTheClass() throws Exception {
        String body = """
                {"model":"glyphs","source":"board/cpu0","sensor":"camera","periodMs":300,"deadlineMs":900,
                 "frame":{"shape":[40,48,1]},"before":[{"transform":"resize","parameters":{"height":%d,"width":32}},
                 {"transform":"normalise"}],"after":[{"transform":"argmax"}]}""";
        assertThat(api.post("/api/v1/streams", body.formatted(31))
                        .expect(422)
                        .body()
                        .toString())
                .contains("int8[31,32,1]", "int8[1,32,32,1]");
        String stream = "/api/v1/streams/"
                + api.post("/api/v1/streams", body.formatted(32))
                        .expect(201)
                        .body()
                        .get("stream")
                        .asText();
        Await.until(
                "windows with answers",
                LIMIT,
                () -> api.get(stream).expect(200).body().get("met").asLong() >= 10);
        JsonNode kept = api.post(stream + "/stop", "{}").expect(200).body();
        assertThat(kept.get("frame").toString()).isEqualTo("{\"type\":\"int8\",\"shape\":[40,48,1]}");
        assertThat(kept.get("before").toString())
                .isEqualTo(
                        "[{\"transform\":\"resize\",\"parameters\":{\"height\":32,\"width\":32,\"method\":\"bilinear\"}},"
                                + "{\"transform\":\"normalise\",\"parameters\":{\"offset\":0,\"multiplier\":1,\"divisor\":1,\"zeroPoint\":0}}]");
        assertThat(kept.get("after").toString()).isEqualTo("[{\"transform\":\"argmax\",\"parameters\":{}}]");
        assertThat(kept.at("/newest/before/frames").asLong())
                .isEqualTo(kept.at("/newest/latency/frames").asLong())
                .isPositive();
        for (JsonNode window : api.get(stream + "/windows").expect(200).body().get("items")) {
            for (JsonNode outcome : window.get("outcomes")) {
                assertThat(outcome.at("/form/type").asText()).isEqualTo("int32");
                assertThat(Base64.getDecoder().decode(outcome.get("output").asText()))
                        .hasSize(4);
            }
        }
    }

    @Test
    @Order(3)
    void aModelThatCannotRunIsRefusedWithItsReasonAndNothingIsStored() throws Exception {
        String version = "/api/v1/models/glyphs/versions/1.0.0";
        byte[] good = GlyphModels.bytes("w1.0-int8");
        byte[] wrongMagic = good.clone();
        wrongMagic[4] = 'X';
        Map<String, byte[]> bad = new HashMap<>();
        bad.put("text", "not a model at all".getBytes(StandardCharsets.UTF_8));
        bad.put("truncated", Arrays.copyOf(good, good.length / 2));
        bad.put("magic", wrongMagic);
        JsonNode before = api.get("/api/v1/models/glyphs").body();
        for (Map.Entry<String, byte[]> one : bad.entrySet()) {
            Api.Answer answer = api.put(version + "/variants/" + one.getKey(), one.getValue())
                    .expect(422);
            assertThat(answer.body().get("detail").asText())
                    .as("names the file")
                    .contains("glyphs/1.0.0/" + one.getKey());
        }
        assertThat(api.get("/api/v1/models/glyphs").body()).isEqualTo(before);
        assertThat(api.put(version + "/variants/w1.0-int8", GlyphModels.bytes("w0.5-int8"))
                        .status())
                .as("a variant never changes its bytes")
                .isEqualTo(409);
    }

    @Test
    @Order(4)
    void anUnsupportedOperatorIsNamed() throws Exception {
        String relu = Files.readString(
                SharedData.require("onnx-node-tests/test_relu/model.onnx"), StandardCharsets.ISO_8859_1);
        assertThat(relu).contains("Relu");
        byte[] model = relu.replace("Relu", "Sinh").getBytes(StandardCharsets.ISO_8859_1);
        Api.Answer answer = api.put("/api/v1/models/glyphs/versions/1.0.0/variants/sinh", model)
                .expect(422);
        assertThat(answer.body().get("detail").asText()).contains("Sinh");
    }

    @Test
    @Order(5)
    void aFloatNetworkBecomesAFamilyThatIsApprovedChosenFromAndDownloaded() throws Exception {
        api.post("/api/v1/models/glyphs/versions", "{\"version\":\"2.0.0\"}").expect(201);
        String version = "/api/v1/models/glyphs/versions/2.0.0";
        byte[] source = GlyphModels.bytes("w0.5-float");
        api.put(version + "/source", source).expect(204);
        api.put(
                        version + "/evaluation-set",
                        EvaluationSetCodec.encode(GlyphDataSet.test(4712).evaluationSet(200)))
                .expect(204);
        assertThat(api.post(version + "/promote", "{\"to\":\"approved\"}")
                        .expect(409)
                        .body()
                        .get("detail")
                        .asText())
                .contains("not evaluated");
        api.put(
                        version + "/calibration-set",
                        EvaluationSetCodec.encode(GlyphDataSet.test(4713).evaluationSet(16)))
                .expect(204);
        for (String scheme : List.of("int8", "int4-g32")) {
            JsonNode card = api.post(version + "/variants", "{\"scheme\":\"%s\"}".formatted(scheme))
                    .expect(201)
                    .body();
            assertThat(card.get("accuracy").get("fraction").asDouble())
                    .as(scheme)
                    .isGreaterThan(0.85);
            assertThat(card.get("agreement").get("n").asInt()).isEqualTo(200);
            assertThat(card.get("robustness").get("n").asInt()).isEqualTo(200);
        }
        assertThat(api.post(version + "/promote", "{\"to\":\"approved\"}")
                        .expect(200)
                        .body()
                        .get("state")
                        .asText())
                .isEqualTo("approved");
        api.put(version + "/variants/late", GlyphModels.bytes("w0.5-int8")).expect(409);
        for (String scheme : List.of("int8", "int4-g32")) {
            String cuts = "%s/variants/%s/cuts".formatted(version, scheme);
            Await.until(
                    "the cuts of %s are measured".formatted(scheme),
                    LIMIT,
                    () -> api.get(cuts).expect(200).body().get("state").asText().equals("measured"));
            JsonNode measured = api.get(cuts).body();
            assertThat(measured.get("inputs").asInt()).isEqualTo(200);
            assertThat(measured.get("cuts")).isNotEmpty().allSatisfy(cut -> {
                assertThat(cut.get("loss").asDouble())
                        .isEqualTo((cut.get("lost").asInt() - cut.get("gained").asInt()) / 200.0)
                        .isBetween(
                                cut.get("low95").asDouble(), cut.get("high95").asDouble());
            });
        }
        api.get(version + "/variants/late/cuts").expect(404);

        JsonNode answer = api.post(
                        "/api/v1/models/glyphs/select",
                        "{\"version\":\"2.0.0\",\"selector\":{\"devices\":[\"mcu/stm32l4r5\"]},\"minAccuracy\":0.85}")
                .expect(200)
                .body();
        JsonNode device = answer.get("devices").get(0);
        assertThat(answer.get("matched").asInt()).isEqualTo(1);
        assertThat(device.get("chosen").asText()).isIn("int8", "int4-g32");
        assertThat(device.get("variants")).hasSize(2);

        String digest = device.get("digest").asText();
        byte[] whole = api.bytes("/api/v1/artifacts/" + digest, null);
        assertThat(Digest.of(whole).value()).isEqualTo(digest);
        assertThat(api.bytes("/api/v1/artifacts/" + digest, "bytes=100-299"))
                .isEqualTo(Arrays.copyOfRange(whole, 100, 300));
        assertThat(api.as(OTHER_TENANT_TOKEN).get("/api/v1/artifacts/" + digest).status())
                .isEqualTo(404);

        JsonNode lineage = api.get(version + "/lineage").expect(200).body();
        assertThat(lineage.get("sourceDigest").asText())
                .isEqualTo(Digest.of(source).value());
        assertThat(lineage.get("variants").get(0).get("recipe").get("steps")).isNotEmpty();
        assertThat(lineage.get("stages")).hasSize(2);
        byte[] packed = api.bytes(version + "/variants/int4-g32/export?format=package", null);
        assertThat(PackageCodec.isPackage(packed)).isTrue();
        assertThat(packed.length).isLessThan(whole.length);
        byte[] qcdq =
                QuantizedOnnxWriter.qcdq(PackageCodec.decode(packed).model().int8());
        assertThat(api.bytes(version + "/variants/int4-g32/export?format=qcdq", null))
                .isEqualTo(qcdq);
    }

    @Test
    @Order(6)
    void anotherTenantSeesNothingOfThisOne() throws Exception {
        Api other = api.as(OTHER_TENANT_TOKEN);
        assertThat(other.get("/api/v1/whoami").expect(200).body().get("tenant").asText())
                .isEqualTo("other");
        String rollout = api.get("/api/v1/rollouts")
                .body()
                .get("items")
                .get(0)
                .get("rollout")
                .asText();
        String job =
                api.get("/api/v1/jobs").body().get("items").get(0).get("job").asText();
        for (String path : List.of(
                "/api/v1/nodes/board",
                "/api/v1/models/glyphs",
                "/api/v1/rollouts/" + rollout,
                "/api/v1/jobs/" + job,
                "/api/v1/telemetry/metrics?node=board",
                "/v2/models/glyphs")) {
            assertThat(other.get(path).status()).as(path).isEqualTo(404);
        }
        for (String list : List.of("nodes", "devices", "models", "rollouts", "jobs")) {
            assertThat(other.get("/api/v1/" + list).expect(200).body().get("items"))
                    .as(list)
                    .isEmpty();
        }
        assertThat(other.post("/api/v1/jobs/" + job + "/cancel", "{}").status()).isEqualTo(404);
        assertThat(other.post("/api/v1/rollouts/" + rollout + "/abort", "{}").status())
                .isEqualTo(404);
    }

    @Test
    @Order(7)
    void badRequestsNameWhatIsWrong() throws Exception {
        String zeros = "0,".repeat(1023) + "0";
        assertThat(api.post(
                                "/v2/models/glyphs/infer",
                                "{\"inputs\":[{\"name\":\"input\",\"shape\":[1,3],\"datatype\":\"INT8\",\"data\":[1,2,3]}]}")
                        .expect(422)
                        .body()
                        .get("detail")
                        .asText())
                .contains("3 bytes")
                .contains("1024");
        assertThat(api.post(
                                "/v2/models/glyphs/infer",
                                "{\"inputs\":[{\"name\":\"input\",\"shape\":[1,32,32,1],\"datatype\":\"INT8\",\"data\":[%s,300]}]}"
                                        .formatted(zeros))
                        .expect(422)
                        .body()
                        .get("detail")
                        .asText())
                .contains("300");
        assertThat(api.post(
                                "/api/v1/rollouts",
                                "{\"model\":\"glyphs\",\"version\":\"1.0.0\",\"allowUnapproved\":true,\"waves\":[50,20]}")
                        .expect(422)
                        .body()
                        .get("detail")
                        .asText())
                .contains("waves");
        api.post("/api/v1/rollouts", "{\"model\":\"nothing\",\"version\":\"1\"}")
                .expect(404);
        api.post(
                        "/v2/models/nothing/infer",
                        "{\"inputs\":[{\"name\":\"input\",\"shape\":[1],\"datatype\":\"INT8\",\"data\":[1]}]}")
                .expect(404);
        api.get("/api/v1/nodes?limit=9999").expect(422);
        api.post("/api/v1/models", "{broken").expect(400);
    }

    @Test
    @Order(8)
    void aTensorGoesAndComesAsBytesBehindTheJson() throws Exception {
        byte[] input = new byte[1024];
        new SplittableRandom(5).nextBytes(input);
        JsonNode plain =
                infer(input, "board/cpu0").expect(200).body().get("outputs").get(0);
        assertThat(api.get("/v2").expect(200).body().get("extensions").toString())
                .contains("binary_tensor_data");
        String version = "/v2/models/glyphs/versions/1.0.0";
        assertThat(api.get(version).expect(200).body().get("versions").toString())
                .isEqualTo("[\"1.0.0\"]");
        api.get(version + "/ready").expect(200);
        for (String missing : List.of("", "/ready")) {
            api.get("/v2/models/glyphs/versions/9.9.9" + missing).expect(404);
        }
        String asked = "{\"id\":\"a\",\"inputs\":[{\"name\":\"input\",\"shape\":[1,32,32,1],\"datatype\":\"INT8\","
                + "\"parameters\":{\"binary_data_size\":%d}}],\"parameters\":{\"deadline_ms\":20000,\"device\":\"board/cpu0\"%s}}";
        for (String path : List.of("/v2/models/glyphs/infer", version + "/infer")) {
            Api.Mixed json = api.mixed(path, asked.formatted(1024, ""), input);
            assertThat(json.status()).as(json.json().toString()).isEqualTo(200);
            assertThat(json.json().get("outputs").get(0)).isEqualTo(plain);
            assertThat(json.behind()).isEmpty();

            Api.Mixed bytes = api.mixed(path, asked.formatted(1024, ",\"binary_data_output\":true"), input);
            JsonNode output = bytes.json().get("outputs").get(0);
            assertThat(output.has("data")).isFalse();
            assertThat(output.get("parameters").get("binary_data_size").asInt()).isEqualTo(bytes.behind().length);
            assertThat(bytes.json().get("id").asText()).isEqualTo("a");
            for (int i = 0; i < bytes.behind().length; i++) {
                assertThat((int) bytes.behind()[i])
                        .isEqualTo(plain.get("data").get(i).asInt());
            }
        }
        assertThat(api.mixed("/v2/models/glyphs/infer", "", input).status()).isEqualTo(200);
        assertThat(api.mixed("/v2/models/glyphs/infer", asked.formatted(1000, ""), input)
                        .json()
                        .get("detail")
                        .asText())
                .contains("binary_data_size is 1000", "1024 bytes");
        assertThat(api.mixed(
                                "/v2/models/glyphs/infer",
                                asked.formatted(1024, ",\"energy_budget_mj\":0.000000001"),
                                input)
                        .json()
                        .get("detail")
                        .asText())
                .contains("energy budget of model glyphs");
        assertThat(api.mixed("/v2/models/glyphs/infer", asked.formatted(1024, ",\"accuracy_floor\":1.0"), input)
                        .json()
                        .get("detail")
                        .asText())
                .isEqualTo("no variant of model glyphs was measured to reach accuracy floor 1.0");
        Api.Mixed high = api.mixed(
                "/v2/models/glyphs/infer", asked.formatted(1024, ",\"priority\":9,\"anything_else\":{}"), input);
        assertThat(high.json().get("outputs").get(0)).isEqualTo(plain);
        String job = high.json().get("parameters").get("job").asText();
        assertThat(api.get("/api/v1/jobs/" + job)
                        .expect(200)
                        .body()
                        .get("priority")
                        .asInt())
                .isEqualTo(9);
        assertThat(api.post("/api/v1/jobs", "{\"model\":\"glyphs\",\"energyBudgetMJ\":1}")
                        .expect(422)
                        .body()
                        .get("detail")
                        .asText())
                .contains("energyBudgetMJ");
        assertThat(api.mixed("/v2/models/glyphs/versions/9.9.9/infer", asked.formatted(1024, ""), input)
                        .status())
                .isEqualTo(404);
        assertThat(api.post(
                                "/v2/models/glyphs/infer",
                                "{\"inputs\":[{\"shape\":[1],\"datatype\":\"INT8\",\"data\":[1]}],\"outputs\":[{\"name\":\"other\"}]}")
                        .expect(422)
                        .body()
                        .get("detail")
                        .asText())
                .contains("outputs must name one of");
        api.post("/v2/models/glyphs/infer", "{broken").expect(400);
    }

    @Test
    @Order(10)
    void aSecondVersionIsADeltaAwayFromTheFirstWhichMayBeDeletedWhenNobodyRunsIt() throws Exception {
        api.post("/api/v1/models", "{\"model\":\"twins\"}").expect(201);
        String versions = "/api/v1/models/twins/versions";
        byte[] first = GlyphModels.bytes("w1.0-int8");
        byte[] second = first.clone();
        second[second.length / 2]++;
        api.post(versions, "{\"version\":\"1.0.0\"}").expect(201);
        api.put(versions + "/1.0.0/variants/int8", first).expect(201);
        api.post(versions, "{\"version\":\"1.1.0\"}").expect(201);
        JsonNode card =
                api.put(versions + "/1.1.0/variants/int8", second).expect(201).body();
        assertThat(card.get("storedBytes").asInt()).isBetween(1, second.length / 2);
        JsonNode stated = card.get("delta");
        assertThat(stated.get("from").asText()).isEqualTo(Digest.of(first).value());
        assertThat(stated.get("fraction").asDouble()).isLessThan(0.01);

        String path = "/api/v1/artifacts/%s/delta?from=%s".formatted(Digest.of(second), Digest.of(first));
        byte[] delta = api.bytes(path, null);
        assertThat(delta).hasSize(stated.get("bytes").asInt());
        assertThat(Delta.apply(first, delta, second.length)).isEqualTo(second);
        assertThat(api.bytes(path, "bytes=4-35")).isEqualTo(Arrays.copyOfRange(delta, 4, 36));
        assertThat(api.as(OTHER_TENANT_TOKEN).get(path).status()).isEqualTo(404);
        api.get("/api/v1/artifacts/%s/delta".formatted(Digest.of(second))).expect(422);

        api.send("DELETE", versions + "/1.0.0", null, "application/json").expect(204);
        api.send("DELETE", versions + "/1.0.0", null, "application/json").expect(404);
        assertThat(api.get(versions).expect(200).body().get("items")).hasSize(1);
        assertThat(api.bytes(path, null)).as("the base of a delta stays").isEqualTo(delta);
        api.send("DELETE", "/api/v1/models/glyphs/versions/1.0.0", null, "application/json")
                .expect(409);
    }

    @Test
    @Order(9)
    void aModelIsLoadedByTheRepositoryExtensionTakenOffEveryDeviceAndLoadedAgain() throws Exception {
        api.post("/api/v1/models", "{\"model\":\"letters\"}").expect(201);
        api.post("/v2/repository/models/letters/load", "").expect(409);
        for (String version : List.of("1.0.0", "2.0.0")) {
            publishLetters(version, version.equals("1.0.0") ? "w0.5-int8" : "w1.0-int8");
        }
        JsonNode loaded = api.send("POST", "/v2/repository/models/letters/load", null, "application/json")
                .expect(200)
                .body();
        assertThat(loaded.get("state").asText()).isEqualTo("succeeded");
        assertThat(api.get("/api/v1/rollouts/" + loaded.get("rollout").asText())
                        .expect(200)
                        .body()
                        .get("version")
                        .asText())
                .as("the newest approved one")
                .isEqualTo("2.0.0");
        assertThat(repository("{}"))
                .containsEntry("letters 2.0.0", "READY active on 3 devices")
                .containsEntry("letters 1.0.0", "UNAVAILABLE on no device");
        assertThat(repository("{\"ready\":true}")).containsKeys("letters 2.0.0").doesNotContainKeys("letters 1.0.0");
        assertThat(inferLetters("board/cpu0", 20_000)
                        .expect(200)
                        .body()
                        .get("model_version")
                        .asText())
                .isEqualTo("2.0.0");

        emulated.stop();
        Await.until("the emulated nodes have gone", LIMIT, () -> online() == 1);
        assertThat(api.post("/v2/repository/models/letters/unload", "{\"parameters\":{\"unload_dependents\":true}}")
                        .expect(200)
                        .body()
                        .get("devices")
                        .asInt())
                .as("those that are away included")
                .isEqualTo(3);
        assertThat(repository(null)).containsEntry("letters 2.0.0", "UNAVAILABLE on no device");
        Await.until(
                "the board's slot is empty",
                LIMIT,
                () -> letters("board", "state").equals("empty"));
        JsonNode refused = inferLetters("board/cpu0", 500).expect(504).body();
        assertThat(refused.get("detail").asText()).contains("no-device-can-run-it");
        assertThat(infer(new byte[1024], "board/cpu0").status())
                .as("another model stays")
                .isEqualTo(200);

        aLoadThatDoesNotEndAndOneThatIsAborted();

        emulated.start();
        Await.until("three nodes online", LIMIT, () -> online() == 3);
        Await.until(
                "the drone's slot is empty as well",
                LIMIT,
                () -> letters("drone", "state").equals("empty"));
        assertThat(api.post("/v2/repository/models/letters/unload", "")
                        .expect(200)
                        .body()
                        .get("devices")
                        .asInt())
                .as("of a model that is on none")
                .isZero();

        api.post(
                        "/v2/repository/models/letters/load",
                        "{\"parameters\":{\"version\":\"1.0.0\",\"query\":\"node=in=(board,drone)\"}}")
                .expect(200);
        assertThat(repository("{\"ready\":true}"))
                .as("an older release is loaded where a newer one was")
                .containsEntry("letters 1.0.0", "READY active on 2 devices");
        for (String device : List.of("board/cpu0", "drone/gap9")) {
            assertThat(inferLetters(device, 20_000)
                            .expect(200)
                            .body()
                            .get("model_version")
                            .asText())
                    .isEqualTo("1.0.0");
        }
        assertThat(letters("mcu", "state")).isEqualTo("empty");
        assertThat(api.get("/api/v1/audit").expect(200).body().toString())
                .contains("model.unloaded", "letters from 3 devices", "letters from 0 devices", "letters 1.0.0");
    }

    /** While the drone is away. */
    private void aLoadThatDoesNotEndAndOneThatIsAborted() throws Exception {
        String toDrone = "{\"parameters\":{\"query\":\"node==drone\",\"wait_ms\":%d}}";
        JsonNode open = api.post("/v2/repository/models/letters/load", toDrone.formatted(1))
                .expect(202)
                .body();
        assertThat(open.get("state").asText()).isEqualTo("running");
        String first = open.get("rollout").asText();
        assertThat(api.post("/v2/repository/models/letters/load", toDrone.formatted(0))
                        .expect(409)
                        .body()
                        .get("detail")
                        .asText())
                .contains(first);
        assertThat(api.post("/v2/repository/models/letters/unload", "")
                        .expect(409)
                        .body()
                        .get("detail")
                        .asText())
                .contains(first);
        abort(first);

        CompletableFuture<Api.Answer> waiting = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                waiting.complete(api.post("/v2/repository/models/letters/load", toDrone.formatted(50_000)));
            } catch (IOException | InterruptedException failure) {
                waiting.completeExceptionally(failure);
            }
        });
        List<String> begun = new ArrayList<>();
        Await.until("a rollout that somebody waits for", LIMIT, () -> {
            JsonNode newest = api.get("/api/v1/rollouts").expect(200).body().at("/items/0");
            if (!newest.get("rollout").asText().equals(first)) {
                begun.add(newest.get("rollout").asText());
            }
            return !begun.isEmpty();
        });
        abort(begun.getFirst());
        JsonNode ended =
                waiting.get(LIMIT.toSeconds(), TimeUnit.SECONDS).expect(503).body();
        assertThat(ended.get("type").asText()).isEqualTo("urn:fleetwright:problem:rollout-aborted");
        assertThat(ended.get("detail").asText()).contains(begun.getFirst(), "by-operator");
    }

    private void abort(String rollout) throws Exception {
        api.post("/api/v1/rollouts/%s/abort".formatted(rollout), "").expect(200);
        Await.until(
                "the rollout has ended",
                LIMIT,
                () -> api.get("/api/v1/rollouts/" + rollout)
                        .expect(200)
                        .body()
                        .get("state")
                        .asText()
                        .equals("aborted"));
    }

    private void publishLetters(String version, String variant) throws IOException, InterruptedException {
        String versions = "/api/v1/models/letters/versions";
        api.post(versions, "{\"version\":\"%s\"}".formatted(version)).expect(201);
        api.put(
                        "%s/%s/evaluation-set".formatted(versions, version),
                        EvaluationSetCodec.encode(GlyphDataSet.test(4714).evaluationSet(20)))
                .expect(204);
        api.put("%s/%s/variants/%s".formatted(versions, version, variant), GlyphModels.bytes(variant))
                .expect(201);
        api.post("%s/%s/promote".formatted(versions, version), "{\"to\":\"approved\"}")
                .expect(200);
    }

    /** State and reason by name and version. */
    private Map<String, String> repository(@Nullable String body) throws IOException, InterruptedException {
        Map<String, String> index = new HashMap<>();
        api.send(
                        "POST",
                        "/v2/repository/index",
                        body == null ? null : body.getBytes(StandardCharsets.UTF_8),
                        "application/json")
                .expect(200)
                .body()
                .forEach(entry -> index.put(
                        entry.get("name").asText() + " " + entry.get("version").asText(),
                        entry.get("state").asText() + " " + entry.get("reason").asText()));
        return index;
    }

    /** What a node says of its slot of the letters. */
    private String letters(String node, String field) throws IOException, InterruptedException {
        for (JsonNode slot : api.get("/api/v1/nodes/" + node).expect(200).body().at("/devices/0/slots")) {
            if (slot.get("slot").asText().equals("letters")) {
                return slot.get(field).asText();
            }
        }
        return "absent";
    }

    private Api.Answer inferLetters(String device, int deadlineMs) throws IOException, InterruptedException {
        return infer("letters", new byte[1024], device, deadlineMs);
    }

    @Test
    @Order(11)
    void aKilledControllerLosesNothingThatItAcknowledgedAndJobsEndOnce() throws Exception {
        byte[] input = new byte[1024];
        List<String> acknowledged = new ArrayList<>();
        AtomicBoolean stop = new AtomicBoolean();
        Thread load = Thread.ofVirtual().start(() -> {
            String body = "{\"model\":\"glyphs\",\"deadlineMs\":60000,\"input\":\"%s\"}"
                    .formatted(java.util.Base64.getEncoder().encodeToString(input));
            while (!stop.get()) {
                try {
                    Api.Answer answer = api.post("/api/v1/jobs", body);
                    if (answer.status() == 202) {
                        synchronized (acknowledged) {
                            acknowledged.add(answer.body().get("job").asText());
                        }
                    }
                } catch (IOException killed) {
                    Thread.onSpinWait(); // Not acknowledged, so nothing is owed.
                } catch (InterruptedException end) {
                    return;
                }
            }
        });
        Await.until("thirty jobs accepted", LIMIT, () -> {
            synchronized (acknowledged) {
                return acknowledged.size() >= 30;
            }
        });
        long samplesBefore = points("board", "cpu0");
        controller.kill();
        stop.set(true);
        load.join(LIMIT);
        controller.start();
        Await.until("three nodes online again", LIMIT, () -> online() == 3);
        List<String> owed;
        synchronized (acknowledged) {
            owed = List.copyOf(acknowledged);
        }
        Await.until("every accepted job has ended", LIMIT, () -> {
            for (String job : owed) {
                String state = api.get("/api/v1/jobs/" + job)
                        .expect(200)
                        .body()
                        .get("state")
                        .asText();
                if (state.equals("queued") || state.equals("running")) {
                    return false;
                }
                assertThat(state).as(job).isEqualTo("succeeded");
            }
            return true;
        });
        assertThat(points("board", "cpu0"))
                .as("samples that were acknowledged before the kill")
                .isGreaterThanOrEqualTo(samplesBefore);
        assertThat(infer(input, "board/cpu0").status()).isEqualTo(200);
    }

    /** Nodes follow a new key of each role, and then take a list that only the new keys vouch for. */
    @Test
    @Order(12)
    void nodesFollowEveryRoleToANewKey() throws Exception {
        JsonNode before = api.get("/api/v1/trust").expect(200).body();
        assertThat(before.get("root").asInt()).isEqualTo(1);
        assertThat(before.get("lines").get(0).get("line").asText()).isEqualTo("glyphs");
        api.post("/api/v1/trust/rotate", "{\"role\":\"king\"}").expect(422);
        int root = 1;
        for (JsonNode role : before.get("roles")) {
            String word = role.get("role").asText();
            JsonNode after = api.post("/api/v1/trust/rotate", "{\"role\":\"%s\"}".formatted(word))
                    .expect(200)
                    .body();
            assertThat(after.get("root").asInt()).isEqualTo(++root);
            rollOut("{\"model\":\"glyphs\",\"version\":\"1.0.0\",\"variants\":[\"w%s-int8\"]}"
                    .formatted(root % 2 == 0 ? "0.5" : "1.0"));
        }
    }

    /** Starts a rollout and waits until it has succeeded; its id. */
    private String rollOut(String body) throws Exception {
        String rollout = api.post("/api/v1/rollouts", body.replaceFirst("\\{", "{\"allowUnapproved\":true,"))
                .expect(201)
                .body()
                .get("rollout")
                .asText();
        Await.until("rollout succeeded", LIMIT, () -> {
            JsonNode state = api.get("/api/v1/rollouts/" + rollout).expect(200).body();
            assertThat(state.get("state").asText())
                    .as(state.toString() + board.log() + emulated.log())
                    .isIn("running", "succeeded");
            return state.get("state").asText().equals("succeeded");
        });
        return rollout;
    }

    private long points(String node, String device) throws IOException, InterruptedException {
        return api.get("/api/v1/telemetry/series?node=%s&device=%s&metric=inference.latency&minutes=60"
                        .formatted(node, device))
                .expect(200)
                .body()
                .get("points")
                .size();
    }

    private Api.Answer infer(byte[] input, String device) throws IOException, InterruptedException {
        return infer("glyphs", input, device, 20_000);
    }

    private Api.Answer infer(String model, byte[] input, String device, int deadlineMs)
            throws IOException, InterruptedException {
        StringBuilder data = new StringBuilder();
        for (byte value : input) {
            data.append(data.isEmpty() ? "" : ",").append(value);
        }
        return api.post(
                "/v2/models/%s/infer".formatted(model),
                "{\"inputs\":[{\"name\":\"input\",\"shape\":[1,32,32,1],\"datatype\":\"INT8\",\"data\":[%s]}],\"parameters\":{\"deadline_ms\":%d,\"device\":\"%s\"}}"
                        .formatted(data, deadlineMs, device));
    }

    private int online() throws IOException, InterruptedException {
        int online = 0;
        for (JsonNode node : api.get("/api/v1/nodes").expect(200).body().get("items")) {
            online += node.get("status").asText().equals("online") ? 1 : 0;
        }
        return online;
    }
}
