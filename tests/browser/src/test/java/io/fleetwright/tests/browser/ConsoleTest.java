package io.fleetwright.tests.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.tests.integration.Api;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.zoo.glyphs.GlyphDataSet;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Starts a small fleet, runs {@code console.mjs} against it, and turns each of its lines into a test. */
class ConsoleTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int MINUTES_MAX = 4;
    private static final int CHECKS = 23;

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> theConsoleInARealBrowser() throws Exception {
        Path chromium = chromium().orElse(null);
        if (chromium == null) {
            return SharedData.missingTests(
                    "theConsoleInARealBrowser", "no Chromium on this machine (Debian: apt-get install chromium)");
        }
        List<JsonNode> checks = new ArrayList<>();
        try (SignInPage signInPage = new SignInPage();
                Processes.Controller controller = new Processes.Controller(folder, signInPage.settings())) {
            controller.start();
            String setup = controller.setupToken();
            // The person's setup token is for the browser; a second one comes with a second start.
            controller.stop();
            String first = setup;
            controller.start(Map.of(
                    "FLEETWRIGHT_FRESH_SETUP_TOKEN",
                    "true",
                    "FLEETWRIGHT_AGENT_ARCHIVE",
                    SharedData.projectRoot()
                            .resolve("edge-agent/agent/target/agent.tar.gz")
                            .toString()));
            Api open = new Api(controller.url(), null);
            String token = open.post("/api/v1/setup", "{\"setupToken\":\"%s\"}".formatted(first))
                    .expect(200)
                    .body()
                    .get("token")
                    .asText();
            Api api = new Api(controller.url(), token);
            String enrolment = api.post("/api/v1/enrolment-tokens", "{\"uses\":3,\"minutes\":10}")
                    .expect(201)
                    .body()
                    .get("token")
                    .asText();
            try (Processes.Agent board = new Processes.Agent(
                                    folder, "board", controller, enrolment, "--node", "board", "--devices", "cpu0=cpu")
                            .start();
                    Processes.Agent emulated = new Processes.Agent(
                                    folder,
                                    "emulated",
                                    controller,
                                    enrolment,
                                    "--emulate",
                                    "drone=gap9",
                                    "--sensor",
                                    "drone/camera=synthetic:1",
                                    "--emulate",
                                    "mcu=stm32l4r5")
                            .start()) {
                rollOut(api, board, emulated);
                checks.addAll(drive(chromium, controller, token, signInPage));
            }
        }
        assertThat(checks).as("every check of console.mjs ran").hasSizeGreaterThanOrEqualTo(CHECKS);
        return checks.stream()
                .map(check -> dynamicTest(
                        check.get("name").asText(),
                        () -> assertThat(check.get("ok").asBoolean())
                                .as(check.get("detail").asText())
                                .isTrue()));
    }

    private static void rollOut(Api api, Processes.Agent board, Processes.Agent emulated) throws Exception {
        api.post("/api/v1/models", "{\"model\":\"glyphs\"}").expect(201);
        api.post("/api/v1/models/glyphs/versions", "{\"version\":\"1.0.0\"}").expect(201);
        String version = "/api/v1/models/glyphs/versions/1.0.0";
        api.put(
                        version + "/evaluation-set",
                        EvaluationSetCodec.encode(GlyphDataSet.test(99).evaluationSet(100)))
                .expect(204);
        for (String variant : List.of("w1.0-int8", "w0.5-int8")) {
            api.put(version + "/variants/" + variant, GlyphModels.bytes(variant))
                    .expect(201);
        }
        Await.until(
                () -> "three devices; agents say:\n" + board.log() + emulated.log(),
                LIMIT,
                () -> api.get("/api/v1/devices").body().get("items").size() == 3);
        String rollout = api.post(
                        "/api/v1/rollouts", "{\"model\":\"glyphs\",\"version\":\"1.0.0\",\"allowUnapproved\":true}")
                .expect(201)
                .body()
                .get("rollout")
                .asText();
        Await.until(
                "rollout succeeded",
                LIMIT,
                () -> api.get("/api/v1/rollouts/" + rollout)
                        .body()
                        .get("state")
                        .asText()
                        .equals("succeeded"));
    }

    private List<JsonNode> drive(Path chromium, Processes.Controller controller, String token, SignInPage signInPage)
            throws Exception {
        Path module = SharedData.projectRoot().resolve("tests/browser");
        Path shots = Files.createDirectories(module.resolve("target/screenshots"));
        File output = folder.resolve("checks.jsonl").toFile();
        Process process = new ProcessBuilder(
                        "node",
                        "console.mjs",
                        controller.url(),
                        controller.setupToken(),
                        token,
                        shots.toString(),
                        chromium.toString(),
                        signInPage.issuer())
                .directory(module.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(output)
                .start();
        if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError("console.mjs did not end within %d minutes".formatted(MINUTES_MAX));
        }
        assertThat(process.exitValue()).as("exit of console.mjs").isZero();
        List<JsonNode> checks = new ArrayList<>();
        for (String line : Files.readAllLines(output.toPath())) {
            checks.add(Api.JSON.readTree(line));
        }
        return checks;
    }

    private static Optional<Path> chromium() {
        for (String place : List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")) {
            if (Files.isExecutable(Path.of(place))) {
                return Optional.of(Path.of(place));
            }
        }
        return Optional.empty();
    }
}
