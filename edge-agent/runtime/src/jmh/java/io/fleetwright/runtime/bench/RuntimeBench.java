package io.fleetwright.runtime.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code fleetwright bench runtime}: our interpreter against native engines, model by model, interleaved in one run.
 *
 * <p>Exit codes: 0 done, 1 when our outputs are not the golden ones or files are missing, 2 for wrong usage.
 */
final class RuntimeBench {
    private static final double SECONDS_MAX = 3600;
    private static final int THREADS_MAX = 64;

    private final Path root;
    private List<String> models;
    private double seconds = 10;
    private int threads = 1;
    private boolean json;
    private boolean help;

    /** The command line is wrong; the message says how. */
    private static final class WrongUsageException extends Exception {
        private static final long serialVersionUID = 1;

        WrongUsageException(String problem) {
            super(problem);
        }
    }

    private RuntimeBench(Path root) {
        this.root = root;
        this.models = BenchModel.names(root);
    }

    /** Needs the root of the checkout in the system property {@code fleetwright.root}. */
    public static void main(String[] arguments) {
        System.exit(new RuntimeBench(Path.of(System.getProperty("fleetwright.root", "."))).execute(arguments));
    }

    private int execute(String[] arguments) {
        try {
            parse(List.of(arguments));
            if (help) {
                System.out.print(usage());
                return 0;
            }
            return run();
        } catch (WrongUsageException problem) {
            System.err.printf(
                    "fleetwright: %s (try './fleetwright bench runtime --help')%n", problem.getMessage());
            return 2;
        } catch (IOException problem) {
            System.err.printf("fleetwright: a model cannot be read: %s%n", problem.getMessage());
            return 1;
        }
    }

    private String usage() {
        return """
            usage: fleetwright bench runtime [--models A,B] [--seconds N] [--threads N] [--json]
            Times our interpreter in turns with TensorFlow Lite + XNNPACK and ONNX Runtime, and checks every output.
              --models A,B   some of: %s
              --seconds N    time for each model, warm-up included (default 10)
              --threads N    threads of the native engines (default 1); ours has one
              --json         one JSON object on stdout
            """
                .formatted(String.join(" ", models));
    }

    private void parse(List<String> arguments) throws WrongUsageException {
        var rest = arguments.iterator();
        while (rest.hasNext()) {
            String option = rest.next();
            switch (option) {
                case "--json" -> json = true;
                case "--help", "-h" -> help = true;
                case "--models", "--seconds", "--threads" -> {
                    if (!rest.hasNext()) {
                        throw new WrongUsageException("%s needs a value".formatted(option));
                    }
                    value(option, rest.next());
                }
                default -> throw new WrongUsageException("unknown option '%s'".formatted(option));
            }
        }
    }

    private void value(String option, String value) throws WrongUsageException {
        try {
            switch (option) {
                case "--models" -> {
                    var wanted = List.of(value.split(","));
                    for (String model : wanted) {
                        if (!models.contains(model)) {
                            throw new WrongUsageException(
                                    "no model '%s'; there are %s".formatted(model, String.join(" ", models)));
                        }
                    }
                    models = wanted;
                }
                case "--seconds" -> seconds = Double.parseDouble(value);
                default -> threads = Integer.parseInt(value);
            }
        } catch (NumberFormatException _) {
            throw new WrongUsageException("%s (%s) must be a number".formatted(option, value));
        }
        if (!(seconds > 0 && seconds <= SECONDS_MAX)) {
            throw new WrongUsageException(
                    "--seconds (%s) must be above 0 and at most %.0f".formatted(value, SECONDS_MAX));
        }
        if (threads < 1 || threads > THREADS_MAX) {
            throw new WrongUsageException("--threads (%s) must be 1 to %d".formatted(value, THREADS_MAX));
        }
    }

    private int run() throws IOException {
        var machine = Machine.here();
        var table = new TableReport(System.out);
        if (!json) {
            table.head(machine, seconds, threads);
        }
        var results = new ArrayList<ModelResult>();
        for (String name : models) {
            var result = Contest.hold(BenchModel.read(root, name), seconds, threads);
            results.add(result);
            if (!json) {
                table.model(result);
            }
        }
        if (json) {
            System.out.println(JsonReport.of(machine, seconds, threads, results));
        }
        var wrong = results.stream()
                .filter(result -> !result.exact())
                .map(ModelResult::model)
                .toList();
        if (!wrong.isEmpty()) {
            System.err.printf("fleetwright: our outputs are not the golden ones for %s%n", String.join(", ", wrong));
            return 1;
        }
        return 0;
    }
}
