package io.fleetwright.tests.integration;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A microcontroller that has the inputs, a nano-drone that may take over, and this machine's processor, one process each; all run the
 * person detector under its published name, so that emulated boards take the published times.
 */
public final class OffloadFleet implements AutoCloseable {
    public static final String MODEL = "vww-mobilenetv1-0.25-96";
    public static final String SOURCE = "mcu/stm32l4r5";
    public static final int INPUT_BYTES = 96 * 96 * 3;
    /** Sensor of the source's node; frames of {@link #SENSOR_SEED}. */
    public static final String SENSOR = "camera";

    public static final long SENSOR_SEED = 7;

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Board DRONE = new Board("drone", List.of("--emulate", "drone=gap9"));
    private static final Board PROCESSOR = new Board("board", List.of("--node", "board", "--time-operators", "0"));

    private final Path folder;
    private final boolean fullSpeed;
    private final Processes.Controller controller;
    private final String enrolment;
    private final Operator operator;
    private final Map<String, Processes.Agent> helpers = new LinkedHashMap<>();
    private Processes.Agent source;

    /**
     * A board beside the source, with one device.
     *
     * @param arguments of its agent, besides the usual ones
     */
    public record Board(String node, List<String> arguments) {
        public Board {
            arguments = List.copyOf(arguments);
        }

        /** One that stands for a published device, on an emulated link. */
        public static Board emulated(String node, String profile, String link) {
            return new Board(node, List.of("--emulate", node + "=" + profile, "--link", node + "=" + link));
        }
    }

    /** A nano-drone and this machine's processor beside the source, on its link alone. */
    public OffloadFleet(Path folder, String link, boolean fullSpeed) throws Exception {
        this(folder, link, fullSpeed, List.of(DRONE, PROCESSOR));
    }

    /** The two boards of the published example, at full speed: what other boards there are would take the drone's place. */
    public static OffloadFleet withDrone(Path folder, String link) throws Exception {
        return new OffloadFleet(folder, link, true, List.of(DRONE));
    }

    /** They and this machine's processor, at full speed: nothing is emulated of that one, its operators are timed. */
    public static OffloadFleet withDroneAndProcessor(Path folder, String link) throws Exception {
        return new OffloadFleet(folder, link, true, List.of(DRONE, PROCESSOR));
    }

    /** Starts everything and rolls the network out. */
    public OffloadFleet(Path folder, String link, boolean fullSpeed, List<Board> boards) throws Exception {
        this.folder = folder;
        this.fullSpeed = fullSpeed;
        controller = new Processes.Controller(folder, Map.of());
        if (fullSpeed) {
            controller.atFullSpeed();
        }
        controller.start();
        operator = Operator.signIn(controller);
        enrolment = operator.enrolmentToken(10);
        source = source(link);
        for (Board board : boards) {
            helpers.put(
                    board.node,
                    agent(board.node, board.arguments.toArray(String[]::new)).start());
        }
        operator.awaitOnline(nodes());
        Api api = operator.api();
        api.post("/api/v1/models", "{\"model\":\"%s\"}".formatted(MODEL)).expect(201);
        String version = "/api/v1/models/%s/versions".formatted(MODEL);
        api.post(version, "{\"version\":\"1.0.0\"}").expect(201);
        api.put(version + "/1.0.0/variants/int8", network()).expect(201);
        rollOut();
    }

    private void rollOut() throws IOException, InterruptedException {
        operator.awaitSucceeded(operator.api()
                .post(
                        "/api/v1/rollouts",
                        "{\"model\":\"%s\",\"version\":\"1.0.0\",\"allowUnapproved\":true}".formatted(MODEL))
                .expect(201)
                .body()
                .get("rollout")
                .asText());
    }

    private Processes.Agent droneAgent() throws IOException {
        return agent("drone", "--emulate", "drone=gap9").start();
    }

    /** Another nano-drone, in a process of its own, that runs the network. */
    public Processes.Agent joinDrone(String name) throws Exception {
        Processes.Agent agent = agent(name, "--emulate", name + "=gap9").start();
        helpers.put(name, agent);
        operator.awaitOnline(nodes());
        rollOut();
        return agent;
    }

    /** Starts the drone again after it was killed. */
    public void startDrone() throws Exception {
        helpers.put("drone", droneAgent());
        operator.awaitOnline(nodes());
    }

    /** Begins a stream of the source's sensor. */
    public JsonNode stream(int periodMillis, int deadlineMillis) throws IOException, InterruptedException {
        return operator.api()
                .post(
                        "/api/v1/streams",
                        "{\"model\":\"%s\",\"source\":\"%s\",\"sensor\":\"%s\",\"periodMs\":%d,\"deadlineMs\":%d}"
                                .formatted(MODEL, SOURCE, SENSOR, periodMillis, deadlineMillis))
                .expect(201)
                .body();
    }

    /** The stream as it is now. */
    public JsonNode stream(String id) throws IOException, InterruptedException {
        return operator.api().get("/api/v1/streams/" + id).expect(200).body();
    }

    /** Ends the stream. */
    public JsonNode stopStream(String id) throws IOException, InterruptedException {
        return operator.api()
                .post("/api/v1/streams/%s/stop".formatted(id), "{}")
                .expect(200)
                .body();
    }

    /** All windows of a stream in the order of their frames. */
    public List<JsonNode> windows(String id) throws IOException, InterruptedException {
        List<JsonNode> windows = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = operator.api()
                    .get("/api/v1/streams/%s/windows?limit=200%s".formatted(id, cursor))
                    .expect(200)
                    .body();
            page.get("items").forEach(windows::add);
            cursor = page.hasNonNull("next")
                    ? "&cursor=" + URLEncoder.encode(page.get("next").asText(), StandardCharsets.UTF_8)
                    : "";
        } while (!cursor.isEmpty());
        windows.sort(
                Comparator.comparingLong((JsonNode window) -> window.get("from").asLong())
                        .thenComparingLong(window -> window.get("to").asLong()));
        return windows;
    }

    /** The network's file. */
    public static byte[] network() throws IOException {
        return Files.readAllBytes(SharedData.require("models/mlperf-tiny/vww_mbv1.tflite"));
    }

    private Processes.Agent source(String link) throws IOException {
        return agent(
                        "mcu",
                        "--emulate",
                        "mcu=stm32l4r5",
                        "--link",
                        "mcu=" + link,
                        "--sensor",
                        "mcu/%s=synthetic:%d".formatted(SENSOR, SENSOR_SEED))
                .start();
    }

    private Processes.Agent agent(String name, String... arguments) {
        Processes.Agent agent = new Processes.Agent(folder, name, controller, enrolment, arguments);
        return fullSpeed ? agent.atFullSpeed() : agent;
    }

    /** Starts the source again, on another link. */
    public void link(String link) throws Exception {
        source.stop();
        operator.awaitOnline(List.copyOf(helpers.keySet()));
        source = source(link);
        operator.awaitOnline(nodes());
    }

    private List<String> nodes() {
        List<String> nodes = new ArrayList<>(helpers.keySet());
        nodes.add("mcu");
        return nodes;
    }

    /** Ends a board's process without a goodbye. */
    public void kill(String node) throws InterruptedException {
        Objects.requireNonNull(helpers.get(node)).kill();
    }

    public Operator operator() {
        return operator;
    }

    /**
     * Has an input of the source accepted.
     *
     * @param bits fewest bits of what leaves it; absent when nothing may
     */
    public String submit(byte[] input, @Nullable Integer bits) throws IOException, InterruptedException {
        String where = bits == null
                ? "\"device\":\"%s\"".formatted(SOURCE)
                : "\"source\":\"%s\",\"bits\":%d".formatted(SOURCE, bits);
        return operator.api()
                .post(
                        "/api/v1/jobs",
                        "{\"model\":\"%s\",\"deadlineMs\":20000,\"input\":\"%s\",%s}"
                                .formatted(MODEL, Base64.getEncoder().encodeToString(input), where))
                .expect(202)
                .body()
                .get("job")
                .asText();
    }

    /** The job as it is when it has ended. */
    public JsonNode run(byte[] input, @Nullable Integer bits) throws IOException, InterruptedException {
        return operator.awaitEnded(List.of(submit(input, bits)), LIMIT).getFirst();
    }

    /** The job of the sensor's next frame when it has ended; another device may take over. */
    public JsonNode runFrame(int bits) throws IOException, InterruptedException {
        String job = operator.api()
                .post(
                        "/api/v1/jobs",
                        "{\"model\":\"%s\",\"deadlineMs\":20000,\"source\":\"%s\",\"sensor\":\"%s\",\"bits\":%d}"
                                .formatted(MODEL, SOURCE, SENSOR, bits))
                .expect(202)
                .body()
                .get("job")
                .asText();
        return operator.awaitEnded(List.of(job), LIMIT).getFirst();
    }

    /** The sensor's next frame, answered with the outputs, by way of the inference protocol. */
    public JsonNode inferFrame(int bits) throws IOException, InterruptedException {
        return operator.api()
                .post(
                        "/v2/models/" + MODEL + "/infer",
                        "{\"parameters\":{\"deadline_ms\":20000,\"source\":\"%s\",\"sensor\":\"%s\",\"bits\":%d}}"
                                .formatted(SOURCE, SENSOR, bits))
                .expect(200)
                .body();
    }

    /** One request that is answered with its outputs, by way of the inference protocol. */
    public JsonNode infer(byte[] input, int bits) throws IOException, InterruptedException {
        StringBuilder data = new StringBuilder();
        for (byte value : input) {
            data.append(data.isEmpty() ? "" : ",").append(value);
        }
        return operator.api()
                .post("/v2/models/" + MODEL + "/infer", """
                        {"inputs":[{"name":"input","shape":[1,96,96,3],"datatype":"INT8","data":[%s]}],
                         "parameters":{"deadline_ms":20000,"source":"%s","bits":%d}}""".formatted(data, SOURCE, bits))
                .expect(200)
                .body();
    }

    @Override
    public void close() {
        source.close();
        helpers.values().forEach(Processes.Agent::close);
        controller.close();
    }
}
