package io.fleetwright.tests.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.tests.integration.OffloadFleet;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ./fleetwright bench offload}: the person detector on an emulated microcontroller alone, and shared with a nano-drone over
 * emulated links, planned and seen. Exit 0 when every request was answered, 1 when not, 2 for a wrong command line.
 */
public final class OffloadBench {
    private static final String USAGE = """
            usage: fleetwright bench offload [--requests N | --tensors N] [--warm-up N] [--processors N] [--json]
            Starts a controller and two agents of its own, and for each link has N frames (default 40) of a sensor answered, by
            the source alone where the link is too slow and by two boards elsewhere. For each link the source is started anew;
            the frames of its warm-up (default 200) do not count, since compilers share the processor with all boards. What a frame took is told by the boards' own
            clocks, from having the frame to having the answer; the controller's view, from the request to the stored answer,
            is beside it. All processes share one machine, so their clocks are the same. With --processors 1 this machine's
            processor may take over too, an agent of its own whose operators are timed.
            With --tensors it sends N tensors of each of five lengths from one node to another instead, by the broker and directly.
            """;
    private static final int REQUESTS = 40;
    /** Cuts are prepared and most of what runs for a frame is compiled after so many. */
    private static final int WARM_UP = 200;

    private static final int FRAMES_MAX = 10_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** One link and the fewest bits of what travels on it. */
    private record Scenario(int kbit, int bits) {}

    private static final List<Scenario> SCENARIOS = List.of(
            new Scenario(50, 8),
            new Scenario(1000, 8),
            new Scenario(1000, 4),
            new Scenario(2000, 8),
            new Scenario(8000, 8),
            new Scenario(20_000, 8));

    private OffloadBench() {}

    public static void main(String[] arguments) throws Exception {
        BenchOptions options =
                BenchOptions.read("offload", USAGE, arguments, "requests", "tensors", "warm-up", "processors");
        int requests = options.number("requests", REQUESTS, 1, FRAMES_MAX);
        int tensors = options.number("tensors", 0, 0, FRAMES_MAX);
        int warmUp = options.number("warm-up", WARM_UP, 0, FRAMES_MAX);
        boolean processor = options.number("processors", 0, 0, 1) == 1;
        if (tensors > 0) {
            System.exit(BenchOptions.inFolder(folder -> TensorBench.run(folder, tensors, options.isJson())));
        }
        System.exit(BenchOptions.inFolder(folder -> run(folder, warmUp, requests, processor, options.isJson())));
    }

    private static int run(Path folder, int warmUp, int requests, boolean processor, boolean json) throws Exception {
        ArrayNode rows = JSON.createArrayNode();
        try (OffloadFleet fleet = processor
                ? OffloadFleet.withDroneAndProcessor(folder, "1000,4")
                : OffloadFleet.withDrone(folder, "1000,4")) {
            int kbit = 1000; // As the fleet was started.
            for (Scenario scenario : SCENARIOS) {
                if (scenario.kbit != kbit) {
                    kbit = scenario.kbit;
                    fleet.link(kbit + ",4");
                }
                rows.add(row(fleet, scenario, warmUp, requests));
            }
        }
        boolean answered = true;
        for (JsonNode row : rows) {
            answered &= row.path("failed").asInt() == 0;
        }
        if (json) {
            System.out.println(JSON.createObjectNode().set("scenarios", rows));
        } else {
            System.out.println(
                    "kbit/s  bits  after   shared  planned ms  took p50 ms    p90 ms  over plan  controller p50 ms");
            for (JsonNode row : rows) {
                System.out.printf(
                        "%6d  %4d  %5d  %3d/%3d  %10.2f  %11.2f  %8.2f  %7.1f %%  %17.1f%n",
                        row.path("kbitPerSecond").asInt(),
                        row.path("bits").asInt(),
                        row.path("after").asInt(),
                        row.path("shared").asInt(),
                        row.path("requests").asInt(),
                        row.path("plannedMs").asDouble(),
                        row.path("tookP50Ms").asDouble(),
                        row.path("tookP90Ms").asDouble(),
                        row.path("overPlan").asDouble() * 100,
                        row.path("controllerP50Ms").asDouble());
            }
        }
        return answered ? 0 : 1;
    }

    /** One link: what most of the frames' jobs were, alone or shared, counts; the others are told by their number. */
    private static ObjectNode row(OffloadFleet fleet, Scenario scenario, int warmUp, int requests) throws Exception {
        List<JsonNode> shared = new ArrayList<>();
        List<JsonNode> alone = new ArrayList<>();
        int failed = 0;
        for (int request = -warmUp; request < requests; request++) {
            JsonNode job = fleet.runFrame(scenario.bits);
            if (request < 0) {
                continue;
            }
            if (!job.path("state").asText().equals("succeeded")
                    || !job.path("executedMs").isNumber()) {
                failed++;
            } else if (job.path("shared").isObject()) {
                shared.add(job);
            } else {
                alone.add(job);
            }
        }
        boolean together = shared.size() >= alone.size();
        List<JsonNode> jobs = together ? shared : alone;
        List<Double> took =
                jobs.stream().map(job -> job.path("executedMs").asDouble()).toList();
        List<Double> planned = jobs.stream().map(OffloadBench::plannedMillis).toList();
        List<Double> over = new ArrayList<>();
        for (int i = 0; i < jobs.size(); i++) {
            over.add(took.get(i) / planned.get(i) - 1);
        }
        JsonNode last =
                jobs.isEmpty() ? JSON.createObjectNode() : jobs.getLast().path("shared");
        return JSON.createObjectNode()
                .put("kbitPerSecond", scenario.kbit)
                .put("bits", last.path("bits").asInt(scenario.bits))
                .put("after", last.path("after").asInt(-1))
                .put("requests", requests)
                .put("failed", failed)
                .put("shared", shared.size())
                .put("plannedMs", percentile(planned, 0.5))
                .put("tookP50Ms", percentile(took, 0.5))
                .put("tookP90Ms", percentile(took, 0.9))
                .put("overPlan", percentile(over, 0.5))
                .put(
                        "controllerP50Ms",
                        percentile(jobs.stream().map(OffloadBench::millis).toList(), 0.5));
    }

    private static double plannedMillis(JsonNode job) {
        JsonNode shared = job.path("shared");
        return shared.isObject()
                ? shared.path("plannedMs").asDouble()
                : job.at("/why/candidates/0/executionMs").asDouble();
    }

    private static double millis(JsonNode job) {
        return Duration.between(
                        Instant.parse(job.path("createdAt").asText()),
                        Instant.parse(job.path("finishedAt").asText()))
                .toMillis();
    }

    private static double percentile(List<Double> values, double share) {
        if (values.isEmpty()) {
            return 0;
        }
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    }
}
