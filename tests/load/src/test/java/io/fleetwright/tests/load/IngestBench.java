package io.fleetwright.tests.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

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
    private static final int WRONG_USAGE = 2;

    private IngestBench() {}

    public static void main(String[] arguments) throws Exception {
        int nodes = NODES;
        int seconds = SECONDS;
        long seed = System.nanoTime();
        boolean json = false;
        List<String> left = List.of(arguments);
        try {
            while (!left.isEmpty()) {
                switch (left.getFirst()) {
                    case "--json" -> json = true;
                    case "--help", "-h" -> {
                        System.out.print(USAGE);
                        return;
                    }
                    case "--nodes" -> nodes = Integer.parseInt(left.get(1));
                    case "--seconds" -> seconds = Integer.parseInt(left.get(1));
                    case "--seed" -> seed = Long.parseLong(left.get(1));
                    default -> throw new IllegalArgumentException("unknown option '%s'".formatted(left.getFirst()));
                }
                left = left.subList(left.getFirst().equals("--json") ? 1 : 2, left.size());
            }
            IngestLoad.Plan plan = new IngestLoad.Plan(nodes, Duration.ofSeconds(seconds), seed);
            System.exit(run(plan, json));
        } catch (IllegalArgumentException | IndexOutOfBoundsException wrong) {
            System.err.println("fleetwright: %s (try 'fleetwright bench ingest --help')".formatted(wrong.getMessage()));
            System.exit(WRONG_USAGE);
        }
    }

    private static int run(IngestLoad.Plan plan, boolean json) throws Exception {
        Path folder = Files.createTempDirectory("fleetwright-bench");
        try {
            IngestLoad.Outcome outcome = new IngestLoad(plan, folder).run();
            System.out.println(json ? outcome.json() : outcome.text());
            outcome.problems().forEach(problem -> System.err.println("fleetwright: " + problem));
            return outcome.problems().isEmpty() ? 0 : 1;
        } finally {
            remove(folder);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
