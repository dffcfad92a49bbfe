package io.fleetwright.zoo;

import io.fleetwright.zoo.glyphs.GlyphTraining;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Command line of the zoo: {@code train glyphs --seed N --out DIR [--epochs N] [--threads N]}. */
public final class ZooMain {
    private static final String USAGE =
            """
            usage: train glyphs --seed N --out DIR [--epochs N] [--threads N]
              --seed     decides training images and first weights
              --out      directory for the files; made when it is not there
              --epochs   passes of %d fresh batches each; default %d
              --threads  workers; changes the time taken, never the files; default: the cores, at most 4""".formatted(GlyphTraining.Effort.STEPS_PER_EPOCH, GlyphTraining.Effort.EPOCHS);
    private static final Set<String> OPTIONS = Set.of("--seed", "--out", "--epochs", "--threads");
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;
    private static final int EPOCHS_MAX = 1000;
    private static final int THREADS_MAX = 64;

    private ZooMain() {}

    /** The arguments do not say what to do; the message says which one and what is allowed. */
    private static final class UsageException extends Exception {
        private static final long serialVersionUID = 1;

        UsageException(String message) {
            super(message);
        }
    }

    private record Request(long seed, Path directory, GlyphTraining.Effort effort) {}

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
            GlyphTraining.run(request.seed, request.effort, request.directory, progress);
            out.println("glyphs: files written to %s".formatted(request.directory));
            return OK;
        } catch (IOException failure) {
            err.println("cannot write to %s: %s".formatted(request.directory, failure));
            return FAILED;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            err.println("interrupted, nothing written");
            return FAILED;
        }
    }

    private static Request parse(String[] arguments) throws UsageException {
        if (arguments.length < 2 || !arguments[0].equals("train") || !arguments[1].equals("glyphs")) {
            throw new UsageException("the command must be 'train glyphs'");
        }
        Map<String, String> values = new HashMap<>();
        for (int i = 2; i < arguments.length; i += 2) {
            String option = arguments[i];
            if (!OPTIONS.contains(option)) {
                throw new UsageException("unknown option '%s'".formatted(option));
            }
            if (i + 1 == arguments.length) {
                throw new UsageException("%s needs a value".formatted(option));
            }
            if (values.put(option, arguments[i + 1]) != null) {
                throw new UsageException("%s is given twice".formatted(option));
            }
        }
        long seed = number(values, "--seed", null, Long.MIN_VALUE, Long.MAX_VALUE);
        String directory = values.get("--out");
        if (directory == null) {
            throw new UsageException("--out is missing");
        }
        int cores = Math.min(Runtime.getRuntime().availableProcessors(), 4);
        int threads = (int) number(values, "--threads", cores, 1, THREADS_MAX);
        int epochs = (int) number(values, "--epochs", GlyphTraining.Effort.EPOCHS, 1, EPOCHS_MAX);
        return new Request(
                seed,
                Path.of(directory),
                new GlyphTraining.Effort(
                        epochs, GlyphTraining.Effort.STEPS_PER_EPOCH, GlyphTraining.Effort.TEST_IMAGES, threads));
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
