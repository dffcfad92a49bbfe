package io.fleetwright.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Api;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.trust.Digest;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real agents under their own load, and gates that decide by what these say of the new version. */
class GatedRolloutTest {
    private static final int AGENTS = 4;
    private static final int FIRST_WAVE = 2;
    /** What a version on trial is given, the start that switched to it included. */
    private static final int TRIAL_STARTS = 3;

    private static final Duration BACK_LIMIT = Duration.ofSeconds(60);
    /** A window is told every five seconds; two of the wave's agents have to give the samples. */
    private static final Duration GATE_LIMIT = Duration.ofMinutes(2);

    private static final String POLICY = "{\"waves\":[{\"count\":%d},{\"percent\":100}]}".formatted(FIRST_WAVE);
    private static final String GATES =
            "{\"shadowPercent\":50,\"metrics\":[{\"metric\":\"latency-p95\",\"minSamples\":50},"
                    + "{\"metric\":\"agreement\",\"minSamples\":50}]}";

    private static final String GOOD = Digest.of(GlyphModels.bytes("w0.5-int8")).value();
    /** Twice the channels take several times as long on the same board, and it answers otherwise. */
    private static final String WORSE =
            Digest.of(GlyphModels.bytes("w1.0-int8")).value();

    @TempDir
    Path folder;

    private final TreeMap<String, Processes.Agent> agents = new TreeMap<>();
    private long breachMillis;

    @Test
    void aWorseVersionIsStoppedAndTakenBackEverywhereAndOneThatIsNoWorsePasses() throws Exception {
        try (FaultyFleet fleet = new FaultyFleet(folder)) {
            try {
                String worse = stopAndTakeBack(fleet);
                passTheSameGates(fleet);
                fleet.controller.stop();
                assertNothingStartedAfterTheBreach(fleet, worse);
            } finally {
                agents.values().forEach(Processes.Agent::close);
            }
        }
    }

    @Test
    void aBoardThatBecomesTooHotStopsTheRolloutAtOnce() throws Exception {
        Path zone = Files.createDirectories(folder.resolve("sys/class/thermal/thermal_zone0"));
        Files.writeString(zone.resolve("temp"), "41000");
        String held = "{\"metrics\":[{\"metric\":\"temperature\",\"limit\":60},"
                + "{\"metric\":\"latency-p95\",\"relative\":50,\"minSamples\":1000000}]}";
        try (FaultyFleet fleet = new FaultyFleet(folder)) {
            try {
                Operator operator = fleet.operator;
                for (String node : List.of("edge-1", "edge-2", "edge-3")) {
                    start(
                            fleet,
                            node,
                            "--load",
                            "glyphs=5,1",
                            "--sys",
                            folder.resolve("sys").toString());
                }
                operator.awaitOnline(agents.keySet());
                operator.awaitSucceeded(operator.rollOut("1.0.0"));
                operator.publishGlyphs("2.0.0", 20, "w1.0-int8");
                String rollout = createGated(operator, "2.0.0", held);
                Await.until(
                        "two devices run the new version",
                        FaultyFleet.LIMIT,
                        () -> running(operator, WORSE).size() == FIRST_WAVE);
                assertThat(operator.rollout(rollout).get("state").asText()).isEqualTo("running");
                Files.writeString(zone.resolve("temp"), "75500");
                awaitStopped(operator, rollout);
                assertThat(operator.rollout(rollout).get("detail").asText())
                        .contains("temperature")
                        .contains("75.5 degrees, at most 60.0");
                Await.until(
                        "all run the last good version",
                        BACK_LIMIT,
                        () -> Set.copyOf(running(operator, GOOD)).equals(agents.keySet()));
            } finally {
                agents.values().forEach(Processes.Agent::close);
            }
        }
    }

    @Test
    void aVersionThatTheAgentDiesOfIsGivenUpByTheAgentAndTheRolloutHearsOfIt() throws Exception {
        String held = "{\"metrics\":[{\"metric\":\"crash-loop\",\"limit\":100},"
                + "{\"metric\":\"latency-p95\",\"relative\":50,\"minSamples\":1000000}]}";
        try (FaultyFleet fleet = new FaultyFleet(folder)) {
            try {
                Operator operator = fleet.operator;
                start(fleet, "edge-1", "--load", "glyphs=1,1");
                operator.awaitOnline(agents.keySet());
                operator.awaitSucceeded(operator.rollOut("1.0.0"));
                operator.publishGlyphs("2.0.0", 20, "w1.0-int8");
                String rollout = createGated(operator, "2.0.0", held);
                Await.until(
                        "the device said that it runs the version",
                        FaultyFleet.LIMIT,
                        () -> target(operator, rollout).get("state").asText().equals("succeeded"));
                Processes.Agent board = agent("edge-1");
                for (long starts = 2; starts <= 1 + TRIAL_STARTS; starts++) {
                    board.kill();
                    board.start();
                    long wanted = starts;
                    Await.until(
                            () -> "the agent is back; it says: " + board.log(),
                            FaultyFleet.LIMIT,
                            () -> FaultyFleet.lines(board, "agent.started") == wanted);
                }
                assertThat(board.output()).contains("slot.fell_back").contains("reason=crash-loop");
                Await.until(
                        "the rollout has ended",
                        FaultyFleet.LIMIT,
                        () -> operator.rollout(rollout).get("state").asText().equals("rolled-back"));
                assertThat(operator.rollout(rollout).get("reason").asText()).isEqualTo("failure-threshold");
                assertThat(target(operator, rollout).get("failure").asText()).isEqualTo("fell-back");
                assertThat(running(operator, GOOD)).containsExactly("edge-1");
            } finally {
                agents.values().forEach(Processes.Agent::close);
            }
        }
    }

    private static JsonNode target(Operator operator, String rollout) throws IOException, InterruptedException {
        return operator.rollout(rollout).get("targets").get(0);
    }

    private void start(FaultyFleet fleet, String node, String... arguments) throws Exception {
        agents.put(node, fleet.agent(node, fleet.controller.edgeUrl(), arguments));
        agent(node).start();
    }

    private Processes.Agent agent(String node) {
        return Objects.requireNonNull(agents.get(node), node);
    }

    private static void awaitStopped(Operator operator, String rollout) throws Exception {
        Await.until(
                "the gates stop the rollout",
                GATE_LIMIT,
                () -> !operator.rollout(rollout).get("state").asText().equals("running"));
        JsonNode breached = operator.rollout(rollout);
        assertThat(breached.get("reason").asText()).as(breached.toString()).isEqualTo("gate-breach");
    }

    private String stopAndTakeBack(FaultyFleet fleet) throws Exception {
        Operator operator = fleet.operator;
        for (int n = 1; n <= AGENTS; n++) {
            start(fleet, "edge-" + n, "--devices", "mcu=stm32l4r5", "--load", "glyphs=20," + n);
        }
        operator.awaitOnline(agents.keySet());
        operator.awaitSucceeded(operator.rollOut("1.0.0"));
        operator.publishGlyphs("2.0.0", 20, "w1.0-int8");

        String rollout = createGated(operator, "2.0.0", GATES);
        Await.until(
                "two devices run the new version",
                FaultyFleet.LIMIT,
                () -> running(operator, WORSE).size() == FIRST_WAVE);
        List<String> touched = running(operator, WORSE);
        List<String> others =
                agents.keySet().stream().filter(node -> !touched.contains(node)).toList();
        String killed = touched.getLast();
        String away = others.getLast();
        agent(killed).kill();
        agent(away).stop();

        awaitStopped(operator, rollout);
        JsonNode breached = operator.rollout(rollout);
        breachMillis = breach(operator, rollout);
        Await.until(
                "the device that is online runs the last good version again",
                BACK_LIMIT,
                () -> running(operator, GOOD).contains(touched.getFirst()));
        long backMillis = System.currentTimeMillis() - breachMillis;
        System.out.printf(
                "GatedRolloutTest breach to online devices back: %d ms (%s)%n",
                backMillis, breached.get("detail").asText());
        assertThat(backMillis).isLessThan(BACK_LIMIT.toMillis());

        long installed = installs(killed, WORSE);
        agent(killed).start();
        agent(away).start();
        Await.until(
                () -> "all run the last good version; the one that came back says: "
                        + agent(killed).log(),
                FaultyFleet.LIMIT,
                () -> Set.copyOf(running(operator, GOOD)).equals(agents.keySet()));
        assertThat(installs(killed, WORSE)).as("installed again").isEqualTo(installed);
        Await.until(
                "the rollout has ended",
                FaultyFleet.LIMIT,
                () -> operator.rollout(rollout).get("state").asText().equals("rolled-back"));
        for (String node : others) {
            assertNeverHadIt(agent(node));
        }
        return rollout;
    }

    private void passTheSameGates(FaultyFleet fleet) throws Exception {
        Operator operator = fleet.operator;
        byte[] renamed = renamed(GlyphModels.bytes("w0.5-int8"));
        operator.publish("3.0.0", 20, "w0.5-renamed", renamed);
        String rollout = createGated(operator, "3.0.0", GATES);
        Await.until(
                () -> "the good version has ended: %s, gates %s"
                        .formatted(told(operator, rollout, ""), told(operator, rollout, "/gates")),
                GATE_LIMIT,
                () -> !operator.rollout(rollout).get("state").asText().equals("running"));
        assertThat(operator.rollout(rollout).get("state").asText())
                .as(operator.rollout(rollout).toString())
                .isEqualTo("succeeded");
        assertThat(running(operator, Digest.of(renamed).value())).containsExactlyElementsOf(agents.keySet());
    }

    /** What the controller says of a rollout, for whom a failed test puzzles. */
    private static String told(Operator operator, String rollout, String part) {
        try {
            return operator.api()
                    .get("/api/v1/rollouts/" + rollout + part)
                    .body()
                    .toString();
        } catch (IOException | InterruptedException unknown) {
            return unknown.toString();
        }
    }

    /** Refused until the running version has told enough to be compared with. */
    private static String createGated(Operator operator, String version, String gates) {
        String body = "{\"model\":\"glyphs\",\"version\":\"%s\",\"allowUnapproved\":true,\"policy\":%s,\"gates\":%s}"
                .formatted(version, POLICY, gates);
        List<JsonNode> answers = new ArrayList<>();
        Await.until(() -> "the rollout is taken: " + answers, FaultyFleet.LIMIT, () -> {
            Api.Answer answer = operator.api().post("/api/v1/rollouts", body);
            answers.clear();
            answers.add(answer.body());
            return answer.status() == 201;
        });
        return answers.getFirst().get("rollout").asText();
    }

    /** Nodes whose slot runs this, by their own word. */
    private static List<String> running(Operator operator, String digest) throws IOException, InterruptedException {
        List<String> nodes = new ArrayList<>();
        for (JsonNode device : operator.api()
                .get("/api/v1/devices?limit=200")
                .expect(200)
                .body()
                .get("items")) {
            for (JsonNode slot : device.get("slots")) {
                if (slot.get("slot").asText().equals("glyphs")
                        && slot.path("digest").asText().equals(digest)) {
                    nodes.add(device.get("node").asText());
                }
            }
        }
        nodes.sort(null);
        return nodes;
    }

    /** When the audit log says that the rollout turned back, and why. */
    private static long breach(Operator operator, String rollout) throws IOException, InterruptedException {
        for (JsonNode entry :
                operator.api().get("/api/v1/audit").expect(200).body().get("items")) {
            if (entry.get("action").asText().equals("rollout.rolling-back")
                    && entry.get("what").asText().startsWith(rollout)) {
                assertThat(entry.get("what").asText()).contains("gate-breach");
                return Instant.parse(entry.get("at").asText()).toEpochMilli();
            }
        }
        throw new AssertionError("the audit log does not say that " + rollout + " turned back");
    }

    private long installs(String node, String digest) throws IOException {
        return agent(node)
                .output()
                .lines()
                .filter(line -> line.contains("slot.active") && line.contains("slot=glyphs ") && line.contains(digest))
                .count();
    }

    private static void assertNeverHadIt(Processes.Agent agent) throws Exception {
        assertThat(agent.output()).doesNotContain(WORSE);
        Path state = agent.data().resolve("state");
        assertThat(state.resolve("artifact").resolve(new Digest(WORSE).hex())).doesNotExist();
        Desired desired = Desired.decode(Files.readAllBytes(state.resolve("desired")));
        assertThat(new String(desired.list(), StandardCharsets.UTF_8))
                .contains(GOOD)
                .doesNotContain(WORSE);
    }

    private void assertNothingStartedAfterTheBreach(FaultyFleet fleet, String rollout) throws Exception {
        try (Connection database = fleet.controller.h2();
                PreparedStatement select = database.prepareStatement(
                        "select count(*), max(started_at) from rollout_target where rollout_id = ? and started_at > 0")) {
            select.setString(1, rollout);
            try (ResultSet started = select.executeQuery()) {
                started.next();
                assertThat(started.getInt(1)).as("targets that were dispatched").isEqualTo(FIRST_WAVE);
                System.out.printf(
                        "GatedRolloutTest breach to last dispatch: %d ms%n", started.getLong(2) - breachMillis);
                assertThat(started.getLong(2)).isLessThanOrEqualTo(breachMillis);
            }
        }
    }

    /** The same network in a file with another description, and so with another digest. */
    private static byte[] renamed(byte[] model) {
        String text = new String(model, StandardCharsets.ISO_8859_1);
        assertThat(text).contains("glyphs-w0.5");
        return text.replace("glyphs-w0.5", "glyphs-w0.6").getBytes(StandardCharsets.ISO_8859_1);
    }
}
