package io.fleetwright.zoo;

import io.fleetwright.zoo.project.Exported;
import io.fleetwright.zoo.project.Figures;
import io.fleetwright.zoo.project.PoseFigures;
import io.fleetwright.zoo.project.Project;
import io.fleetwright.zoo.project.ProjectTraining;
import io.fleetwright.zoo.project.ProjectTraining.Effort;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Command line of the zoo: {@code export NAME --out DIR [--inputs N]}, {@code train NAME --seed N --out DIR [--epochs N] [--threads N]}
 * and {@code measure NAME [--inputs N]}, where {@code all} stands for every name.
 */
public final class ZooMain {
    private static final String ALL = "all";
    private static final String NAMES =
            Project.ALL.stream().map(Project::name).collect(Collectors.joining(", ")) + " or " + ALL;
    private static final String USAGE =
            """
            usage: export NAME --out DIR [--inputs N]
                   train NAME --seed N --out DIR [--epochs N] [--threads N]
                   measure NAME [--inputs N]
              NAME       %s
              --seed     decides training inputs and first weights
              --out      directory for the files; made when it is not there; %s makes one for each name in it
              --epochs   passes of %d fresh batches each; default %d
              --threads  workers; changes the time taken, never the files; default: the cores, at most 4
              --inputs   unseen inputs to measure the networks that come with the product on, or to export; default %d
            export writes the networks that come with the product, unseen labelled inputs and inputs to calibrate with""".formatted(NAMES, ALL, Effort.STEPS_PER_EPOCH, Effort.EPOCHS, Figures.INPUTS);
    private static final Set<String> TRAIN_OPTIONS = Set.of("--seed", "--out", "--epochs", "--threads");
    private static final Set<String> EXPORT_OPTIONS = Set.of("--out", "--inputs");
    private static final Set<String> MEASURE_OPTIONS = Set.of("--inputs");
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;
    private static final int EPOCHS_MAX = 1000;
    private static final int THREADS_MAX = 64;
    private static final int INPUTS_MAX = 100_000;

    private ZooMain() {}

    /** The arguments do not say what to do; the message says which one and what is allowed. */
    private static final class UsageException extends Exception {
        private static final long serialVersionUID = 1;

        UsageException(String message) {
            super(message);
        }
    }

    private sealed interface Request {
        /** Of several projects each has a directory of its own. */
        static Path directory(Path directory, List<Project> projects, Project project) {
            return projects.size() == 1 ? directory : directory.resolve(project.name());
        }

        record Export(List<Project> projects, Path directory, int inputs) implements Request {}

        record Train(List<Project> projects, long seed, Path directory, Effort effort) implements Request {}

        record Measure(List<Project> projects, int inputs) implements Request {}
    }

    public static void main(String[] arguments) {
        boolean watched =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        System.exit(run(arguments, System.out, System.err, watched ? System.err::println : _ -> {}));
    }

    /** Exit code: 0 done, 1 failed, 2 wrong usage. */
    static int run(String[] arguments, PrintStream out, PrintStream err, Consumer<String> progress) {
        if (arguments.length == 1 && arguments[0].equals("--help")) {
            out.println(USAGE);
            return OK;
        }
        Request request;
        try {
            request = parse(arguments);
        } catch (UsageException wrong) {
            err.println(wrong.getMessage());
            err.println(USAGE);
            return WRONG_USAGE;
        }
        try {
            switch (request) {
                case Request.Export export -> export(export, out);
                case Request.Train train -> train(train, out, progress);
                case Request.Measure measure -> measure(measure, out);
            }
            return OK;
        } catch (IOException failure) {
            err.println("cannot write files: %s".formatted(failure));
            return FAILED;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            err.println("interrupted, nothing more written");
            return FAILED;
        }
    }

    private static void export(Request.Export request, PrintStream out) throws IOException {
        for (Project project : request.projects) {
            Path directory = Request.directory(request.directory, request.projects, project);
            for (String file : Exported.write(project, directory, request.inputs)) {
                out.println(directory.resolve(file));
            }
        }
    }

    private static void train(Request.Train request, PrintStream out, Consumer<String> progress)
            throws IOException, InterruptedException {
        for (Project project : request.projects) {
            Path directory = Request.directory(request.directory, request.projects, project);
            ProjectTraining.run(project, request.seed, request.effort, directory, progress);
            out.println("%s: files written to %s".formatted(project.name(), directory));
        }
    }

    private static void measure(Request.Measure request, PrintStream out) {
        out.println(Figures.HEADING);
        for (Project project : request.projects) {
            for (String width : project.widths()) {
                out.println(Figures.of(project, width, request.inputs).row());
            }
        }
        if (request.projects.contains(PoseFigures.PROJECT)) {
            out.println();
            out.println(PoseFigures.HEADING);
            for (String width : PoseFigures.PROJECT.widths()) {
                out.println(PoseFigures.of(width, request.inputs).row());
            }
        }
    }

    private static Request parse(String[] arguments) throws UsageException {
        if (arguments.length < 2) {
            throw new UsageException("the command must be 'export', 'train' or 'measure' and a name");
        }
        return switch (arguments[0]) {
            case "export" -> parseExport(projects(arguments[1]), options(arguments, EXPORT_OPTIONS));
            case "train" -> parseTrain(projects(arguments[1]), options(arguments, TRAIN_OPTIONS));
            case "measure" -> {
                Map<String, String> values = options(arguments, MEASURE_OPTIONS);
                yield new Request.Measure(projects(arguments[1]), inputs(values));
            }
            default ->
                throw new UsageException(
                        "the command '%s' must be 'export', 'train' or 'measure'".formatted(arguments[0]));
        };
    }

    private static List<Project> projects(String name) throws UsageException {
        if (name.equals(ALL)) {
            return Project.ALL;
        }
        return List.of(Project.named(name)
                .orElseThrow(() -> new UsageException("the name '%s' must be %s".formatted(name, NAMES))));
    }

    private static Map<String, String> options(String[] arguments, Set<String> allowed) throws UsageException {
        Map<String, String> values = new HashMap<>();
        for (int i = 2; i < arguments.length; i += 2) {
            String option = arguments[i];
            if (!allowed.contains(option)) {
                throw new UsageException("unknown option '%s'".formatted(option));
            }
            if (i + 1 == arguments.length) {
                throw new UsageException("%s needs a value".formatted(option));
            }
            if (values.put(option, arguments[i + 1]) != null) {
                throw new UsageException("%s is given twice".formatted(option));
            }
        }
        return values;
    }

    private static Request parseExport(List<Project> projects, Map<String, String> values) throws UsageException {
        return new Request.Export(projects, out(values), inputs(values));
    }

    private static int inputs(Map<String, String> values) throws UsageException {
        return (int) number(values, "--inputs", Figures.INPUTS, 1, INPUTS_MAX);
    }

    private static Path out(Map<String, String> values) throws UsageException {
        String directory = values.get("--out");
        if (directory == null) {
            throw new UsageException("--out is missing");
        }
        return Path.of(directory);
    }

    private static Request parseTrain(List<Project> projects, Map<String, String> values) throws UsageException {
        long seed = number(values, "--seed", null, Long.MIN_VALUE, Long.MAX_VALUE);
        Path directory = out(values);
        int cores = Math.min(Runtime.getRuntime().availableProcessors(), 4);
        int threads = (int) number(values, "--threads", cores, 1, THREADS_MAX);
        int epochs = (int) number(values, "--epochs", Effort.EPOCHS, 1, EPOCHS_MAX);
        return new Request.Train(
                projects, seed, directory, new Effort(epochs, Effort.STEPS_PER_EPOCH, Effort.TEST_INPUTS, threads));
    }

    private static long number(
            Map<String, String> values, String option, @Nullable Integer otherwise, long min, long max)
            throws UsageException {
        String text = values.get(option);
        if (text == null && otherwise != null) {
            return otherwise;
        }
        if (text == null) {
            throw new UsageException("%s is missing".formatted(option));
        }
        try {
            long value = Long.parseLong(text);
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            throw new UsageException("%s (%s) must be a whole number".formatted(option, text));
        }
        throw new UsageException("%s (%s) must be in %d..%d".formatted(option, text, min, max));
    }
}
