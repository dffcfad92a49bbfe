package io.fleetwright.tests.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Command line of a benchmark: named numbers, and whether it answers in JSON. */
final class BenchOptions {
    private static final int WRONG_USAGE = 2;

    private final String bench;
    private final Map<String, Long> numbers = new HashMap<>();
    private boolean json;

    private BenchOptions(String bench) {
        this.bench = bench;
    }

    /** Reads the command line; a wrong one, or one that asks for help, ends the process. */
    static BenchOptions read(String bench, String usage, String[] arguments, String... names) {
        BenchOptions options = new BenchOptions(bench);
        List<String> left = List.of(arguments);
        while (!left.isEmpty()) {
            String option = left.getFirst();
            if (option.equals("--help") || option.equals("-h")) {
                System.out.print(usage);
                System.exit(0);
            }
            if (option.equals("--json")) {
                options.json = true;
                left = left.subList(1, left.size());
            } else {
                List<String> rest = left;
                options.make(() -> options.take(option, rest, List.of(names)));
                left = left.subList(2, left.size());
            }
        }
        return options;
    }

    private BenchOptions take(String option, List<String> left, List<String> names) {
        String name = option.startsWith("--") ? option.substring(2) : "";
        if (!names.contains(name)) {
            throw new IllegalArgumentException("unknown option '%s'".formatted(option));
        }
        if (left.size() < 2) {
            throw new IllegalArgumentException("%s needs a number".formatted(option));
        }
        numbers.put(name, Long.parseLong(left.get(1)));
        return this;
    }

    boolean isJson() {
        return json;
    }

    long number(String name, long otherwise) {
        return numbers.getOrDefault(name, otherwise);
    }

    /** One in a range; another one ends the process as a wrong command line. */
    int number(String name, int otherwise, int least, int most) {
        return make(() -> {
            long given = number(name, otherwise);
            if (given < least || given > most) {
                throw new IllegalArgumentException("%s (%d) must be from %d to %d".formatted(name, given, least, most));
            }
            return (int) given;
        });
    }

    /** What {@code value} makes; numbers that it refuses end the process as a wrong command line. */
    <T> T make(Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException wrong) {
            System.err.println(
                    "fleetwright: %s (try 'fleetwright bench %s --help')".formatted(wrong.getMessage(), bench));
            System.exit(WRONG_USAGE);
            throw wrong;
        }
    }

    /** A benchmark in a folder of its own. */
    @FunctionalInterface
    interface InFolder {
        /** Answers the exit code. */
        int run(Path folder) throws Exception;
    }

    /** Runs it in a folder that is gone afterwards. */
    static int inFolder(InFolder bench) throws Exception {
        Path folder = Files.createTempDirectory("fleetwright-bench");
        try {
            return bench.run(folder);
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
