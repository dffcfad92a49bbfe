package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The demo as people start it: one life of one data folder, from the first start over a killed controller to the second. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DemoTest {
    private static final Duration SUMMARY_LIMIT = Duration.ofMinutes(3);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
    private static final Duration REFUSAL_LIMIT = Duration.ofSeconds(30);
    private static final int EDGE_DISTANCE = 363;
    private static final int MQTT_DISTANCE = 803;
    private static final int REAL_NODES = 2;
    private static final int JOBS_UNDER_WAY = 20;
    private static final Set<String> TERMINAL = Set.of("succeeded", "failed", "expired", "cancelled");
    private static final List<String> CLASSES = List.of("cpu", "gpu", "dsp", "fpga", "npu", "mcu", "nano-drone");
    private static final String SIGN_IN = "one-time admin token: ";
    private static final String INPUT = Base64.getEncoder().encodeToString(new byte[1024]);

    private int port = Ports.free(EDGE_DISTANCE, MQTT_DISTANCE);
    private String url = "http://127.0.0.1:" + port;
    private final Set<String> nodes = new TreeSet<>();
    private final Set<String> devices = new TreeSet<>();
    private final Set<String> submitted = new ConcurrentSkipListSet<>();
    private Path folder;
    private Processes.Cli demo;
    private Api api = new Api(url, null);

    @BeforeAll
    void startDemo(@TempDir Path temporary) throws IOException {
        folder = temporary;
        demo = start("first", "--nodes", String.valueOf(REAL_NODES));
    }

    @AfterAll
    void stopDemo() {
        if (demo != null) {
            demo.close();
        }
    }

    @Test
    @Order(1)
    void showsEveryDeviceClassMeasuredOrModelledAndHowToSignIn() throws Exception {
        demo.awaitOutput(SIGN_IN, SUMMARY_LIMIT);
        String output = demo.output();

        List<String> classes = new ArrayList<>();
        for (List<String> row : rows(output)) {
            nodes.add(row.get(0));
            devices.add(row.get(0) + "/" + row.get(1));
            classes.add(row.get(2));
            assertThat(row.get(6)).as("latency of %s", row).matches("[0-9]+\\.[0-9]{3} ms");
            assertThat(row.get(7))
                    .as("mark of %s", row)
                    .isEqualTo(row.get(0).startsWith("board-") ? "modelled" : "measured");
        }
        assertThat(classes).containsAll(CLASSES).hasSize(CLASSES.size() + REAL_NODES);
        for (String variant : List.of("w1.0-int8", "w0.5-int8")) {
            assertThat(output)
                    .containsPattern("glyphs 1\\.0\\.0 %s: 9[0-9]\\.[0-9]{2} %% of n=1000 \\(95 %% interval "
                            .formatted(Pattern.quote(variant)));
        }
        assertThat(output).contains("%d nodes enrolled and online".formatted(nodes.size()));
        assertThat(output).contains("Console  " + url + "/");
    }

    @Test
    @Order(2)
    void thePrintedTokenSignsInOnce() throws Exception {
        Matcher token = Pattern.compile(Pattern.quote(SIGN_IN) + "(\\S+)").matcher(demo.output());
        assertThat(token.find()).isTrue();
        String body = "{\"setupToken\":\"%s\"}".formatted(token.group(1));
        Api open = new Api(url, null);
        api = open.as(
                open.post("/api/v1/setup", body).expect(200).body().get("token").asText());
        assertThat(open.post("/api/v1/setup", body).status())
                .as("the second time")
                .isEqualTo(401);
        assertThat(statuses()).containsOnlyKeys(nodes).containsValue("online").doesNotContainValue("offline");
    }

    @Test
    @Order(3)
    void aKilledControllerIsStartedAgainAndEveryJobEndsOnce() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        Thread load = Thread.ofVirtual().start(() -> submitUntil(stop));
        Await.until("jobs are under way", LIMIT, () -> submitted.size() >= JOBS_UNDER_WAY);
        Map<String, JsonNode> before = jobs();
        ProcessHandle controller = controller();
        controller.destroyForcibly();
        controller.onExit().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        stop.set(true);
        load.join(LIMIT);
        Set<String> owed = new TreeSet<>(before.keySet());
        owed.addAll(submitted);

        demo.awaitOutput("controller ended (exit code 137), starting it again", LIMIT);
        Await.until(
                "the controller answers again",
                LIMIT,
                () -> api.get("/v2/health/ready").status() == 200);
        assertThat(controller().pid()).isNotEqualTo(controller.pid());
        Await.until("every node is online again", LIMIT, () -> {
            Map<String, String> statuses = statuses();
            return statuses.keySet().equals(nodes)
                    && Set.copyOf(statuses.values()).equals(Set.of("online"));
        });
        Await.until(
                "every job from before the kill has ended",
                LIMIT,
                () -> ended(jobs()).keySet().containsAll(owed));
        Map<String, JsonNode> after = jobs();
        assertThat(after).as("what had ended stays as it was").containsAllEntriesOf(ended(before));
        for (String device : devices) {
            String job = submit(device);
            Await.until(
                    "a new job succeeds on " + device,
                    LIMIT,
                    () -> isSucceeded(api.get("/api/v1/jobs/" + job).expect(200).body()));
        }
        Await.until(
                "the demo goes on by itself",
                LIMIT,
                () -> jobs().entrySet().stream()
                        .anyMatch(job -> !after.containsKey(job.getKey())
                                && !submitted.contains(job.getKey())
                                && isSucceeded(job.getValue())));

        Map<String, JsonNode> last = jobs();
        assertThat(last).as("nothing ends twice").containsAllEntriesOf(ended(after));
        assertThat(last.entrySet())
                .filteredOn(job -> submitted.contains(job.getKey()))
                .as("what was accepted")
                .hasSameSizeAs(submitted)
                .allMatch(job -> isSucceeded(job.getValue()));
    }

    @Test
    @Order(4)
    void nothingIsLeftRunningAfterASignal() throws Exception {
        List<ProcessHandle> started = demo.descendants();
        assertThat(started).as("controller, real agents, emulated boards").hasSize(REAL_NODES + 2);
        assertThat(running()).as("with the demo itself").hasSize(started.size() + 1);
        demo.terminate();
        Await.until(
                "demo and children are gone",
                STOP_LIMIT,
                () -> !demo.isRunning() && started.stream().noneMatch(ProcessHandle::isAlive));
        assertThat(running()).isEmpty();
    }

    @Test
    @Order(5)
    void aSecondStartOnOtherPortsGoesOnWithTheSameFleet() throws Exception {
        port = Ports.free(EDGE_DISTANCE, MQTT_DISTANCE);
        url = "http://127.0.0.1:" + port;
        api = api.at(url);
        try (Processes.Cli second = start("second", "--nodes", String.valueOf(REAL_NODES), "--once")) {
            second.awaitOutput("%d nodes enrolled and online".formatted(nodes.size()), SUMMARY_LIMIT);
            assertThat(statuses()).as("the same nodes, each once").containsOnlyKeys(nodes);
            assertThat(second.awaitExit(SUMMARY_LIMIT)).as(second.output()).isZero();
            Set<String> places = new TreeSet<>();
            rows(second.output()).forEach(row -> places.add(row.get(0) + "/" + row.get(1)));
            assertThat(places).isEqualTo(devices);
            assertThat(second.output()).contains("w1.0-int8 (published before)");
        }
        assertThat(running()).isEmpty();
    }

    @Test
    @Order(6)
    void aBusyPortIsNamedAndNothingStarts() throws Exception {
        for (int busy : new int[] {port, port + EDGE_DISTANCE, port + MQTT_DISTANCE}) {
            try (ServerSocket _ = new ServerSocket(busy, 1, InetAddress.getLoopbackAddress());
                    Processes.Cli refused = start("busy-" + busy)) {
                assertThat(refused.awaitExit(REFUSAL_LIMIT)).isEqualTo(1);
                assertThat(refused.output().lines())
                        .singleElement()
                        .asString()
                        .startsWith("fleetwright: port %d ".formatted(busy))
                        .contains("--port");
            }
            assertThat(running()).isEmpty();
        }
    }

    private Processes.Cli start(String name, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("demo", "--data", data(), "--seed", "4711"));
        arguments.addAll(List.of("--port", String.valueOf(port)));
        arguments.addAll(List.of(more));
        return new Processes.Cli(folder.resolve(name + ".log"), arguments.toArray(String[]::new));
    }

    private String data() {
        return folder.resolve("demo").toString();
    }

    /** The cells of the summary's table: node, device, class, variant, requests, correct, latency, mark, ... */
    private static List<List<String>> rows(String output) {
        return output.lines()
                .dropWhile(line -> !line.startsWith("node  "))
                .skip(1)
                .takeWhile(line -> !line.startsWith("modelled: "))
                .map(line -> List.of(line.strip().split(" {2,}")))
                .toList();
    }

    private ProcessHandle controller() {
        return demo.descendants().stream()
                .filter(one -> one.info().commandLine().orElse("").contains("quarkus-run.jar"))
                .findFirst()
                .orElseThrow();
    }

    /** Whatever runs on this test's data folder. */
    private List<String> running() {
        return ProcessHandle.allProcesses()
                .map(one -> one.info().commandLine().orElse(""))
                .filter(command -> command.contains(data()))
                .toList();
    }

    private Map<String, String> statuses() throws IOException, InterruptedException {
        Map<String, String> statuses = new TreeMap<>();
        for (JsonNode node : all("/api/v1/nodes", "node").values()) {
            statuses.put(node.get("node").asText(), node.get("status").asText());
        }
        return statuses;
    }

    private Map<String, JsonNode> jobs() throws IOException, InterruptedException {
        return all("/api/v1/jobs", "job");
    }

    /** Every item of a list by its key, which no two of them share. */
    private Map<String, JsonNode> all(String path, String key) throws IOException, InterruptedException {
        Map<String, JsonNode> items = new TreeMap<>();
        String cursor = "";
        do {
            JsonNode page = api.get(path + "?limit=200" + cursor).expect(200).body();
            for (JsonNode item : page.get("items")) {
                assertThat(items.put(item.get(key).asText(), item)).as(path).isNull();
            }
            cursor = page.path("next").isTextual()
                    ? "&cursor=" + page.get("next").asText()
                    : "";
        } while (!cursor.isEmpty());
        return items;
    }

    private static Map<String, JsonNode> ended(Map<String, JsonNode> jobs) {
        Map<String, JsonNode> ended = new TreeMap<>(jobs);
        ended.values().removeIf(job -> !TERMINAL.contains(job.get("state").asText()));
        return ended;
    }

    private static boolean isSucceeded(JsonNode job) {
        return job.get("state").asText().equals("succeeded");
    }

    /** Until told to stop; what the killed controller did not accept is owed to nobody. */
    private void submitUntil(AtomicBoolean stop) {
        while (!stop.get()) {
            try {
                submit(null);
            } catch (IOException killed) {
                return;
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private String submit(@Nullable String device) throws IOException, InterruptedException {
        String where = device == null ? "" : ",\"device\":\"%s\"".formatted(device);
        String job = api.post(
                        "/api/v1/jobs",
                        "{\"model\":\"glyphs\",\"deadlineMs\":120000,\"input\":\"%s\"%s}".formatted(INPUT, where))
                .expect(202)
                .body()
                .get("job")
                .asText();
        submitted.add(job);
        return job;
    }
}
