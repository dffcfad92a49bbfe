package io.fleetwright.tests.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.OffloadFleet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * {@code ./fleetwright bench stream}: a stream of the person detector on an emulated microcontroller, alone and with a nano-drone whose
 * process is killed again and again. Exit 0 when every drop was seen and planned anew, 1 when not, 2 for a wrong command line.
 */
public final class StreamBench {
    private static final String USAGE = """
            usage: fleetwright bench stream [--drops N] [--frames N] [--json]
            Starts a controller and three agents of its own. A stream of a frame every 200 ms with a deadline of 400 ms runs on the
            microcontroller alone, for so many frames (default 50), then with the nano-drone on a link of 1 Mbit/s. The drone's process
            is killed and started again so many times (default 3). Missed frames are counted by the source; the time to plan anew is
            the controller's, from what it heard to the orders handed over.
            """;
    private static final int DROPS = 3;
    private static final int FRAMES = 50;
    private static final int PERIOD = 200;
    private static final int DEADLINE = 400;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final OffloadFleet fleet;
    private final String stream;

    private StreamBench(OffloadFleet fleet, String stream) {
        this.fleet = fleet;
        this.stream = stream;
    }

    public static void main(String[] arguments) throws Exception {
        BenchOptions options = BenchOptions.read("stream", USAGE, arguments, "drops", "frames");
        int drops = (int) options.number("drops", DROPS);
        int frames = (int) options.number("frames", FRAMES);
        if (drops < 1 || drops > 1000 || frames < 1 || frames > 100_000) {
            System.err.println("fleetwright: drops (%d) must be from 1 to 1000, frames (%d) from 1 to 100000"
                    .formatted(drops, frames));
            System.exit(2);
        }
        System.exit(BenchOptions.inFolder(folder -> run(folder, drops, frames, options.isJson())));
    }

    private static int run(Path folder, int drops, int frames, boolean json) throws Exception {
        ObjectNode report = JSON.createObjectNode().put("periodMs", PERIOD).put("deadlineMs", DEADLINE);
        try (OffloadFleet fleet = OffloadFleet.withDrone(folder, "1000,4")) {
            fleet.kill("drone");
            var bench = new StreamBench(
                    fleet, fleet.stream(PERIOD, DEADLINE).get("stream").asText());
            ArrayNode rows = JSON.createArrayNode();
            rows.add(bench.phase("alone", "", frames));
            fleet.startDrone();
            rows.add(bench.phase("shared", "drone/", frames));
            ArrayNode lost = JSON.createArrayNode();
            for (int drop = 0; drop < drops; drop++) {
                lost.add(bench.drop());
            }
            fleet.stopStream(bench.stream);
            report.set("phases", rows);
            report.set("drops", lost);
        }
        if (json) {
            System.out.println(report);
        } else {
            print(report);
        }
        return 0;
    }

    /** Waits for a plan with that helper, an empty one for none, and for so many frames under it. */
    private JsonNode await(String helper, int frames) {
        JsonNode[] seen = {JSON.createObjectNode()};
        Await.until(() -> "frames with '%s': %s".formatted(helper, seen[0]), LIMIT, () -> {
            seen[0] = fleet.stream(stream);
            String now = seen[0].at("/plan/helper").asText("");
            JsonNode observed = seen[0].at("/plan/observed");
            return (helper.isEmpty() ? now.isEmpty() : now.startsWith(helper))
                    && observed.path("met").asLong() + observed.path("missed").asLong() >= frames;
        });
        return seen[0];
    }

    /** Frames under one plan. */
    private ObjectNode phase(String name, String helper, int frames) {
        JsonNode plan = await(helper, frames).path("plan");
        JsonNode observed = plan.path("observed");
        JsonNode latency = observed.path(observed.path("measured").isObject() ? "measured" : "modelled");
        return JSON.createObjectNode()
                .put("phase", name)
                .put("plannedMs", plan.path("plannedMs").asDouble())
                .put("p50Ms", latency.path("p50Ms").asDouble())
                .put("p90Ms", latency.path("p90Ms").asDouble())
                .put("met", observed.path("met").asLong())
                .put("missed", observed.path("missed").asLong())
                .put("skipped", observed.path("skipped").asLong())
                .put("fallbacks", observed.path("fallbacks").asLong());
    }

    /** The drone's process dies, and comes back. */
    private ObjectNode drop() throws Exception {
        JsonNode before = await("drone/", 20);
        long epoch = before.at("/plan/epoch").asLong();
        fleet.kill("drone");
        JsonNode after = await("", 20);
        Set<Long> seen = new HashSet<>();
        List<Double> replans = new ArrayList<>();
        JsonNode plans = fleet.operator()
                .api()
                .get("/api/v1/streams/%s/why".formatted(stream))
                .expect(200)
                .body()
                .get("plans");
        long fallbacks = 0;
        for (JsonNode plan : plans) {
            if (plan.get("epoch").asLong() > epoch && seen.add(plan.get("epoch").asLong())) {
                replans.add(plan.path("replanMs").asDouble(Double.NaN));
            }
            fallbacks += plan.get("epoch").asLong() == epoch
                    ? plan.at("/observed/fallbacks").asLong()
                            - before.at("/plan/observed/fallbacks").asLong()
                    : 0;
        }
        long missed = after.get("missed").asLong() - before.get("missed").asLong();
        long skipped = after.get("skipped").asLong() - before.get("skipped").asLong();
        fleet.startDrone();
        return JSON.createObjectNode()
                .put("missed", missed)
                .put("skipped", skipped)
                .put("fallbacks", fallbacks)
                .put("cause", plans.get(0).get("cause").asText())
                .put("plans", replans.size())
                .put(
                        "replanMs",
                        replans.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN));
    }

    private static void print(JsonNode report) {
        System.out.println("phase   planned ms  seen p50 ms  seen p90 ms   met  missed  skipped  fallbacks");
        for (JsonNode row : report.get("phases")) {
            System.out.printf(
                    "%-6s  %10.2f  %11.2f  %11.2f  %4d  %6d  %7d  %9d%n",
                    row.get("phase").asText(),
                    row.get("plannedMs").asDouble(),
                    row.get("p50Ms").asDouble(),
                    row.get("p90Ms").asDouble(),
                    row.get("met").asLong(),
                    row.get("missed").asLong(),
                    row.get("skipped").asLong(),
                    row.get("fallbacks").asLong());
        }
        System.out.println("drop  missed  skipped  fallbacks  re-plan ms  because of");
        int number = 0;
        for (JsonNode row : report.get("drops")) {
            System.out.printf(
                    "%4d  %6d  %7d  %9d  %10.2f  %s%n",
                    ++number,
                    row.get("missed").asLong(),
                    row.get("skipped").asLong(),
                    row.get("fallbacks").asLong(),
                    row.get("replanMs").asDouble(),
                    row.get("cause").asText());
        }
    }
}
