package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.plot.Axis;
import io.fleetwright.cli.plot.Plot;
import io.fleetwright.cli.plot.Plot.At;
import io.fleetwright.scheduler.partition.ChainPlanner;
import io.fleetwright.scheduler.partition.PartitionPlan;
import io.fleetwright.scheduler.partition.PartitionProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * The best plan over bandwidths, drawn; what frames took that were measured may lie over it.
 *
 * @param from kbit/s, above 0
 * @param to kbit/s
 */
record PartitionSweep(double from, double to) {
    /** Bandwidths that are planned, equal factors apart. */
    static final int STEPS = 96;

    private static final double ROOM = 1.15;
    private static final double KBIT_MIN = 1;
    private static final double KBIT_MAX = 1e7;
    private static final List<Plot.Stroke> STROKES = List.of(Plot.Stroke.FIRST, Plot.Stroke.SECOND, Plot.Stroke.THIRD);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The problem at a bandwidth, kbit/s, with what tensors may be sent in. */
    @FunctionalInterface
    interface Problems {
        PartitionProblem of(double bandwidth, List<Integer> precision);
    }

    /**
     * What a row of {@code bench offload --json} says of one link.
     *
     * @param p50 milliseconds
     * @param p90 milliseconds
     */
    record Observed(double kbit, double planned, double p50, double p90) {}

    private record Curve(Plot.Stroke stroke, String name, List<At> places) {}

    /** @throws IllegalArgumentException when they are not two ascending bandwidths within bounds */
    static PartitionSweep of(List<Double> ends) {
        if (ends.size() != 2
                || !(ends.get(0) >= KBIT_MIN && ends.get(0) * 2 <= ends.get(1) && ends.get(1) <= KBIT_MAX)) {
            throw new IllegalArgumentException(
                    "--sweep-kbit (%s) must be FROM,TO, from 1 to 10000000 and TO at least twice FROM"
                            .formatted(ends.stream().map(String::valueOf).collect(Collectors.joining(","))));
        }
        return new PartitionSweep(ends.get(0), ends.get(1));
    }

    /** Rows of a file that {@code bench offload --json} wrote. */
    static List<Observed> observed(Path file) throws CommandFailure {
        JsonNode rows;
        try {
            rows = JSON.readTree(InputFile.read(file)).path("scenarios");
        } catch (IOException malformed) {
            throw new CommandFailure("%s is no JSON".formatted(file), malformed);
        }
        List<Observed> observed = new ArrayList<>();
        for (JsonNode row : rows) {
            double kbit = row.path("kbitPerSecond").asDouble();
            double p50 = row.path("tookP50Ms").asDouble();
            if (kbit > 0 && p50 > 0) {
                observed.add(new Observed(
                        kbit,
                        row.path("plannedMs").asDouble(),
                        p50,
                        row.path("tookP90Ms").asDouble(p50)));
            }
        }
        if (observed.isEmpty()) {
            throw new CommandFailure("%s has no scenarios as 'bench offload --json' prints them".formatted(file));
        }
        return observed;
    }

    /**
     * Draws the time alone, that with the input sent, and the best plan for each precision more.
     *
     * @param precision what tensors may be sent in; one curve for the first, one for the first two, ...
     */
    String draw(String title, Problems problems, List<Integer> precision, List<Observed> observed) {
        List<Integer> all =
                precision.stream().distinct().sorted(Comparator.reverseOrder()).toList();
        List<Curve> curves = new ArrayList<>();
        double alone = alone(problems.of(from, all));
        curves.add(new Curve(Plot.Stroke.FIFTH, "alone", List.of(new At(from, alone), new At(to, alone))));
        double highest = alone;
        for (int first = 1; first <= all.size(); first++) {
            List<Integer> some = all.subList(0, first);
            List<At> places = places(kbit -> fastest(problems.of(kbit, some)));
            if (!places.isEmpty()) {
                curves.add(new Curve(STROKES.get(first - 1), name(some), places));
            }
        }
        double bound = highest;
        List<At> sent = places(kbit -> inputSent(problems.of(kbit, all))).stream()
                .filter(at -> at.y() <= bound * ROOM)
                .toList();
        if (!sent.isEmpty()) {
            curves.add(new Curve(Plot.Stroke.FOURTH, "input sent", sent));
        }
        double top = observed.stream().mapToDouble(Observed::p90).reduce(highest, Math::max);
        Plot plot = new Plot(title, Axis.logarithmic("link, kbit/s", from, to), Axis.linear("ms", top));
        curves.forEach(curve -> plot.curve(curve.stroke(), curve.name(), curve.places()));
        for (Observed one : observed) {
            plot.point(Plot.Dot.HOLLOW, new At(one.kbit(), one.planned()), "");
            plot.whisker(one.kbit(), one.p50(), one.p90());
            plot.point(Plot.Dot.ON, new At(one.kbit(), one.p50()), "");
        }
        if (!observed.isEmpty()) {
            plot.note("dots: took, median and up to the 90th percentile; circles: planned for them");
        }
        return plot.draw();
    }

    private List<At> places(BandwidthFigure figure) {
        List<At> places = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            double kbit = from * Math.pow(to / from, step / (STEPS - 1.0));
            figure.at(kbit).ifPresent(millis -> places.add(new At(kbit, millis)));
        }
        return places;
    }

    /** Milliseconds at a bandwidth; absent where there is no such plan. */
    @FunctionalInterface
    private interface BandwidthFigure {
        OptionalDouble at(double kbit);
    }

    private static OptionalDouble fastest(PartitionProblem problem) {
        return new ChainPlanner(problem)
                .fastest()
                .map(PartitionPlan::latencyMillis)
                .map(OptionalDouble::of)
                .orElseGet(OptionalDouble::empty);
    }

    private static double alone(PartitionProblem problem) {
        double millis = 0;
        for (double one : problem.tiers().getFirst().millis()) {
            millis += one;
        }
        return millis;
    }

    private static OptionalDouble inputSent(PartitionProblem problem) {
        return PartitionCommand.serverOnly(problem).map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
    }

    private static String name(List<Integer> bits) {
        return "%s bits"
                .formatted(bits.stream()
                        .map(each -> String.format(Locale.ROOT, "%d", each))
                        .collect(Collectors.joining(" or ")));
    }
}
