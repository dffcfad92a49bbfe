package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.scheduler.online.PairNetwork;
import io.fleetwright.scheduler.online.PairNetworkText;
import io.fleetwright.scheduler.train.EvolutionTrainer;
import io.fleetwright.scheduler.train.TrainingGround;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains the network of policy {@code learned}; the best of the networks that were validated is written. */
@Command(
        name = "scheduler",
        description =
                "Trains the network of policy 'learned' on made-up platforms and jobs. Seed and steps decide it to the"
                        + " last bit; minutes only end it sooner.")
final class TrainSchedulerCommand extends CliCommand {
    private static final int STEPS_MAX = 100_000;
    private static final int THREADS_MAX = 256;
    private static final double MINUTES_MAX = 10_000;
    private static final double NANOS_PER_MINUTE = 60e9;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "decides everything")
    private long seed;

    @Option(names = "--steps", defaultValue = "400", paramLabel = "N", description = "so many steps; default 400")
    private int steps;

    @Option(names = "--minutes", paramLabel = "M", description = "ends after this time, with fewer steps")
    private @Nullable Double minutes;

    @Option(names = "--threads", paramLabel = "N", description = "so many threads; without it one for each core")
    private @Nullable Integer threads;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "where the network is written")
    private Path out = Path.of("");

    @Option(names = "--json", description = "one JSON object: steps, bestStep, ratio, seconds")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        require("--steps", steps, 1, STEPS_MAX);
        require("--threads", workers, 1, THREADS_MAX);
        if (minutes != null) {
            require("--minutes", minutes, 0, MINUTES_MAX);
        }
        requireFolder();
        try (ExecutorService pool = Executors.newFixedThreadPool(workers)) {
            train(new EvolutionTrainer(seed, EvolutionTrainer.Size.FULL, TrainingGround::scenario, pool));
        }
        return CommandFailure.DONE;
    }

    /** Better known before an hour of work than after it. */
    private void requireFolder() throws CommandFailure {
        Path folder = out.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new CommandFailure("%s cannot be written: there is no such folder".formatted(out));
        }
    }

    private void require(String option, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw wrongUsage("%s (%s) must be %s to %s".formatted(option, number(value), number(min), number(max)));
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }

    private void train(EvolutionTrainer trainer) throws CommandFailure {
        long begun = System.nanoTime();
        Best best = new Best(trainer.network(), 0, 1);
        while (trainer.steps() < steps && !isOver(begun)) {
            trainer.step();
            if (trainer.steps() % EvolutionTrainer.VALIDATION_STEPS == 0) {
                best = better(trainer, best);
            }
        }
        if (trainer.steps() % EvolutionTrainer.VALIDATION_STEPS != 0) {
            best = better(trainer, best);
        }
        write(best, trainer.steps());
        report(best, trainer.steps(), (System.nanoTime() - begun) / 1e9);
    }

    /**
     * What is written.
     *
     * @param step after which it was made
     * @param ratio its latency to ETF's in validation; before training that is 1
     */
    private record Best(PairNetwork network, int step, double ratio) {}

    /** The present network where it is better than the best so far, which is then written. */
    private Best better(EvolutionTrainer trainer, Best best) throws CommandFailure {
        double ratio = trainer.validate();
        err().printf(Locale.ROOT, "step %d: %.4f of ETF's latency%n", trainer.steps(), ratio);
        if (ratio >= best.ratio) {
            return best;
        }
        Best now = new Best(trainer.network(), trainer.steps(), ratio);
        write(now, trainer.steps());
        return now;
    }

    private void write(Best best, int done) throws CommandFailure {
        String made = String.format(
                Locale.ROOT,
                "fleetwright train scheduler --seed %d --steps %d: the network of step %d, %.4f of ETF's latency in validation",
                seed,
                done,
                best.step,
                best.ratio);
        OutputFile.write(out, PairNetworkText.write(best.network, made).getBytes(StandardCharsets.UTF_8));
    }

    private boolean isOver(long begun) {
        return minutes != null && System.nanoTime() - begun >= minutes * NANOS_PER_MINUTE;
    }

    private void report(Best best, int done, double seconds) {
        if (json) {
            ObjectNode object = object();
            object.put("steps", done)
                    .put("bestStep", best.step)
                    .put("ratio", best.ratio)
                    .put("seconds", seconds);
            print(object);
        } else {
            out().printf(
                            Locale.ROOT,
                            "%s: the network of step %d of %d, %.4f of ETF's latency in validation, after %.0f s%n",
                            out,
                            best.step,
                            done,
                            best.ratio,
                            seconds);
        }
    }
}
