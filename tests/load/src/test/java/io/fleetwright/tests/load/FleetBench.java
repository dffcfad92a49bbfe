package io.fleetwright.tests.load;

import java.nio.file.Path;
import java.time.Duration;

/** {@code ./fleetwright bench fleet}: a rollout to many connected nodes. Exit 0, 1 when it failed, 2 for a wrong command line. */
public final class FleetBench {
    private static final String USAGE = """
            usage: fleetwright bench fleet [--nodes N] [--limit SECONDS] [--seed N] [--json]
            Starts a controller of its own, enrols and connects N nodes (default 500, at most 10000) with certificates of
            their own, and rolls a version out to all of them at once: how long until each was told, each report was
            stored, and the rollout had succeeded. Nothing of it may take longer than the limit (default 600 s).
            """;

    private FleetBench() {}

    public static void main(String[] arguments) throws Exception {
        BenchOptions options = BenchOptions.read("fleet", USAGE, arguments, "nodes", "limit", "seed");
        FleetLoad.Plan plan = options.make(() -> new FleetLoad.Plan(
                (int) options.number("nodes", 500),
                Duration.ofSeconds(options.number("limit", 600)),
                options.number("seed", System.nanoTime())));
        System.exit(BenchOptions.inFolder(folder -> run(plan, folder, options.isJson())));
    }

    private static int run(FleetLoad.Plan plan, Path folder, boolean json) throws Exception {
        FleetLoad.Outcome outcome = new FleetLoad(plan, folder).run();
        System.out.println(json ? outcome.json() : outcome.text());
        return outcome.end().get("state").asText().equals("succeeded") ? 0 : 1;
    }
}
