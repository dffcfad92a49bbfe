package io.fleetwright.tests.load;

import java.nio.file.Path;
import java.time.Duration;

/**
 * {@code ./fleetwright bench ingest}: the same run for as long as one likes. Exit 0 when every promise was kept, 1 when
 * not, 2 for a wrong command line.
 */
public final class IngestBench {
    private static final String USAGE = """
            usage: fleetwright bench ingest [--nodes N] [--seconds N] [--seed N] [--json]
            Starts a controller of its own, has N nodes (default 100) send telemetry and answer work over real
            connections for so many seconds (default 30), and checks that each acknowledged sample is stored once.
            """;
    private static final int NODES = 100;
    private static final int SECONDS = 30;

    private IngestBench() {}

    public static void main(String[] arguments) throws Exception {
        BenchOptions options = BenchOptions.read("ingest", USAGE, arguments, "nodes", "seconds", "seed");
        IngestLoad.Plan plan = options.make(() -> new IngestLoad.Plan(
                (int) options.number("nodes", NODES),
                Duration.ofSeconds(options.number("seconds", SECONDS)),
                options.number("seed", System.nanoTime())));
        System.exit(BenchOptions.inFolder(folder -> run(plan, folder, options.isJson())));
    }

    private static int run(IngestLoad.Plan plan, Path folder, boolean json) throws Exception {
        IngestLoad.Outcome outcome = new IngestLoad(plan, folder).run();
        System.out.println(json ? outcome.json() : outcome.text());
        outcome.problems().forEach(problem -> System.err.println("fleetwright: " + problem));
        return outcome.problems().isEmpty() ? 0 : 1;
    }
}
