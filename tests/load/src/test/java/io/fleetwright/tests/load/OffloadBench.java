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
import java.util.SplittableRandom;

/**
 * {@code ./fleetwright bench offload}: the person detector on an emulated microcontroller alone, and shared with a nano-drone over
 * emulated links, planned and seen. Exit 0 when every request was answered, 1 when not, 2 for a wrong command line.
 */
public final class OffloadBench {
    private static final String USAGE = """
            usage: fleetwright bench offload [--requests N] [--seed N] [--json]
            Starts a controller and three agents of its own, and for each link has N requests (default 40) in turn answered by the
            source alone and by two boards. Times are the controller's, from sending the orders to the answer.
            """;
    private static final int REQUESTS = 40;
    /** Cuts are prepared and kernels are warm after so many. */
    private static final int WARM_UP = 15;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** One link and the fewest bits of what travels on it. */
    private record Scenario(int kbit, int bits) {}

    private static final List<Scenario> SCENARIOS = List.of(
            new Scenario(1000, 8),
            new Scenario(1000, 4),
            new Scenario(2000, 8),
            new Scenario(8000, 8),
            new Scenario(20_000, 8));

    private OffloadBench() {}

    public static void main(String[] arguments) throws Exception {
        BenchOptions options = BenchOptions.read("offload", USAGE, arguments, "requests", "seed");
        int requests = (int) options.number("requests", REQUESTS);
        if (requests < 1 || requests > 10_000) {
            System.err.println("fleetwright: requests (%d) must be from 1 to 10000".formatted(requests));
            System.exit(2);
        }
        long seed = options.number("seed", 1);
        System.exit(BenchOptions.inFolder(folder -> run(folder, requests, seed, options.isJson())));
    }

    private static int run(Path folder, int requests, long seed, boolean json) throws Exception {
        ArrayNode rows = JSON.createArrayNode();
        try (OffloadFleet fleet = new OffloadFleet(folder, "1000,4", true)) {
            int kbit = 1000;
            for (Scenario scenario : SCENARIOS) {
                if (scenario.kbit != kbit) {
                    kbit = scenario.kbit;
                    fleet.link(kbit + ",4");
                }
                rows.add(row(fleet, scenario, requests, new SplittableRandom(seed)));
            }
        }
        boolean answered = true;
        for (JsonNode row : rows) {
            answered &= row.path("failed").asInt() == 0 && row.path("shared").asInt() > 0;
        }
        if (json) {
            System.out.println(JSON.createObjectNode().set("scenarios", rows));
        } else {
            System.out.println(
                    "kbit/s  bits  after   shared   planned ms   seen p50 ms   p90 ms   over plan   alone p50 ms");
            for (JsonNode row : rows) {
                System.out.printf(
                        "%6d  %4d  %5d  %3d/%3d  %11.2f  %12.1f  %7.1f  %9.1f %%  %13.1f%n",
                        row.path("kbitPerSecond").asInt(),
                        row.path("bits").asInt(),
                        row.path("after").asInt(),
                        row.path("shared").asInt(),
                        row.path("requests").asInt(),
                        row.path("plannedMs").asDouble(),
                        row.path("seenP50Ms").asDouble(),
                        row.path("seenP90Ms").asDouble(),
                        row.path("overPlan").asDouble() * 100,
                        row.path("aloneP50Ms").asDouble());
            }
        }
        return answered ? 0 : 1;
    }

    private static ObjectNode row(OffloadFleet fleet, Scenario scenario, int requests, SplittableRandom random)
            throws Exception {
        List<Double> alone = new ArrayList<>();
        List<Double> seen = new ArrayList<>();
        JsonNode last = JSON.createObjectNode();
        int failed = 0;
        for (int request = -WARM_UP; request < requests; request++) {
            byte[] input = new byte[OffloadFleet.INPUT_BYTES];
            random.nextBytes(input);
            JsonNode whole = fleet.run(input, null);
            JsonNode job = fleet.run(input, scenario.bits);
            if (request < 0) {
                continue;
            }
            if (!whole.path("state").asText().equals("succeeded")
                    || !job.path("state").asText().equals("succeeded")) {
                failed++;
                continue;
            }
            alone.add(millis(whole));
            if (job.path("shared").isObject()) {
                last = job.path("shared");
                seen.add(last.path("observedMs").asDouble());
            }
        }
        double planned = last.path("plannedMs").asDouble();
        ObjectNode row = JSON.createObjectNode()
                .put("kbitPerSecond", scenario.kbit)
                .put("bits", last.path("bits").asInt(scenario.bits))
                .put("after", last.path("after").asInt(-1))
                .put("requests", requests)
                .put("failed", failed)
                .put("shared", seen.size())
                .put("plannedMs", planned);
        double p50 = percentile(seen, 0.5);
        return row.put("seenP50Ms", p50)
                .put("seenP90Ms", percentile(seen, 0.9))
                .put("overPlan", planned > 0 ? p50 / planned - 1 : 0)
                .put("aloneP50Ms", percentile(alone, 0.5));
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
