package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.scheduler.predict.DeviceMixture;
import io.fleetwright.scheduler.predict.Probes;
import io.fleetwright.scheduler.predict.RankCorrelation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tries the few-shot predictor on a table of measurements: some networks are probes, the others show how well it does. */
@Command(
        name = "predict",
        description =
                "How well a device is predicted by a few probes and by what other devices took for the same networks.")
public final class PredictCommand extends CliCommand {
    private static final double NEAR = 0.1;
    private static final int REPEATS_MAX = 10_000;

    @Option(
            names = "--table",
            required = true,
            paramLabel = "CSV",
            description =
                    "a line for each network, a column of latencies for each device, their names in the first line")
    private Path table = Path.of("");

    @Option(names = "--target", required = true, paramLabel = "COLUMN", description = "the device that is predicted")
    private String target = "";

    @Option(
            names = "--sources",
            required = true,
            split = ",",
            paramLabel = "COLUMN",
            description = "devices that are known")
    private List<String> sources = List.of();

    @Option(names = "--probes", defaultValue = "10", paramLabel = "N", description = "(default: ${DEFAULT-VALUE})")
    private int probes = 10;

    @Option(names = "--repeats", defaultValue = "10", paramLabel = "N", description = "(default: ${DEFAULT-VALUE})")
    private int repeats = 10;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "(default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Option(names = "--json", description = "prints one JSON object")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        if (repeats < 1 || repeats > REPEATS_MAX) {
            throw wrongUsage("--repeats (%d) must be 1 to %d".formatted(repeats, REPEATS_MAX));
        }
        if (sources.contains(target) || new HashSet<>(sources).size() != sources.size()) {
            throw wrongUsage("--sources (%s) must name each device once, and not the target".formatted(sources));
        }
        List<String> lines = new String(InputFile.read(table), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        List<String> head =
                lines.isEmpty() ? List.of() : List.of(lines.getFirst().split(",", -1));
        double[] wanted = column(head, lines, target);
        double[][] known = new double[wanted.length][sources.size()];
        var medians = new double[sources.size()];
        for (int j = 0; j < medians.length; j++) {
            double[] values = column(head, lines, sources.get(j));
            for (int i = 0; i < values.length; i++) {
                known[i][j] = values[i];
            }
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            medians[j] = sorted[sorted.length / 2];
        }
        if (probes < 1 || probes > wanted.length - 2) {
            throw wrongUsage("--probes (%d) must be 1 to %d".formatted(probes, wanted.length - 2));
        }
        try {
            show(tried(wanted, known, medians), wanted.length - probes);
        } catch (IllegalArgumentException refused) {
            throw new CommandFailure("%s: %s".formatted(table, refused.getMessage()), refused);
        }
        return CommandFailure.DONE;
    }

    /** Means over all repeats. */
    private record Tried(double mape, double spearman, double within10, double belowP90, double fitMillis) {
        Tried plus(Tried other, double share) {
            return new Tried(
                    mape + share * other.mape,
                    spearman + share * other.spearman,
                    within10 + share * other.within10,
                    belowP90 + share * other.belowP90,
                    fitMillis + share * other.fitMillis);
        }
    }

    private Tried tried(double[] wanted, double[][] known, double[] medians) {
        var sizes = new double[wanted.length];
        for (int i = 0; i < sizes.length; i++) {
            for (int j = 0; j < medians.length; j++) {
                sizes[i] += known[i][j] / medians[j];
            }
        }
        var random = new SplittableRandom(seed);
        Tried all = new Tried(0, 0, 0, 0, 0);
        for (int repeat = 0; repeat < repeats; repeat++) {
            List<Integer> chosen = Probes.choose(sizes, probes, random);
            all = all.plus(once(wanted, known, medians, chosen), 1.0 / repeats);
        }
        return all;
    }

    private static Tried once(double[] wanted, double[][] known, double[] medians, List<Integer> chosen) {
        long begin = System.nanoTime();
        DeviceMixture mixture = DeviceMixture.fit(
                medians,
                chosen.stream().map(i -> known[i]).toArray(double[][]::new),
                chosen.stream().mapToDouble(i -> wanted[i]).toArray());
        double millis = (System.nanoTime() - begin) / 1e6;
        var isProbe = new boolean[wanted.length];
        chosen.forEach(i -> isProbe[i] = true);
        int count = wanted.length - chosen.size();
        var real = new double[count];
        var told = new double[count];
        double off = 0;
        int near = 0;
        int below = 0;
        int at = 0;
        for (int i = 0; i < wanted.length; i++) {
            if (!isProbe[i]) {
                real[at] = wanted[i];
                told[at] = mixture.millis(known[i]);
                double error = Math.abs(told[at] - real[at]) / real[at];
                off += error;
                near += error <= NEAR ? 1 : 0;
                below += real[at] <= mixture.p90Millis(known[i]) ? 1 : 0;
                at++;
            }
        }
        return new Tried(
                off / count, RankCorrelation.of(real, told), (double) near / count, (double) below / count, millis);
    }

    private void show(Tried tried, int networks) {
        if (json) {
            ObjectNode answer = object();
            answer.put("mape", tried.mape);
            answer.put("spearman", tried.spearman);
            answer.put("within10", tried.within10);
            answer.put("belowP90", tried.belowP90);
            answer.put("fitMs", tried.fitMillis);
            print(answer);
            return;
        }
        out().println(String.format(
                Locale.ROOT,
                "%s by %d probes and %d devices, %d unseen networks, mean of %d draws",
                target,
                probes,
                sources.size(),
                networks,
                repeats));
        out().println(String.format(
                Locale.ROOT,
                "off by %.1f %%, order %.3f (Spearman), within 10 %%: %.1f %%, not above p90: %.1f %%, fitted in %.2f ms",
                100 * tried.mape,
                tried.spearman,
                100 * tried.within10,
                100 * tried.belowP90,
                tried.fitMillis));
    }

    private double[] column(List<String> head, List<String> lines, String name) throws CommandFailure {
        int at = head.indexOf(name);
        if (at < 0) {
            throw new CommandFailure(
                    "%s has no column %s; there are %s".formatted(table, name, String.join(", ", head)));
        }
        var values = new double[lines.size() - 1];
        for (int n = 1; n < lines.size(); n++) {
            String[] words = lines.get(n).split(",", -1);
            double value;
            try {
                value = Double.parseDouble(words.length == head.size() ? words[at] : "");
            } catch (NumberFormatException wrong) {
                throw new CommandFailure("%s, line %d: no figure in column %s".formatted(table, n + 1, name), wrong);
            }
            if (!(value > 0) || Double.isInfinite(value)) {
                throw new CommandFailure(
                        "%s, line %d: %s in column %s is no time".formatted(table, n + 1, words[at], name));
            }
            values[n - 1] = value;
        }
        return values;
    }
}
