package io.fleetwright.forge.select;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Which of several variants that all fit is the best: the most accurate; among those as accurate as it but for less than
 * 0.2 percentage points the one with the least energy, then the least latency. Unknown figures come last.
 */
final class Ranking {
    /** Differences of accuracy below this do not count: 0.2 percentage points, and room for the last binary digit. */
    private static final double ACCURACY_TIE = 0.002 - 1e-9;

    private static final Comparator<Candidate> AMONG_TIED = Comparator.comparingDouble(
                    (Candidate candidate) -> orWorst(candidate.energyMillijoules()))
            .thenComparingDouble(candidate -> orWorst(candidate.latencyMillis()))
            .thenComparingDouble(candidate -> -candidate.accuracy().orElse(-1))
            .thenComparing(Candidate::variant);

    private Ranking() {}

    static Candidate best(List<Candidate> fitting) {
        double most = fitting.stream()
                .mapToDouble(candidate -> candidate.accuracy().orElse(-1))
                .max()
                .orElseThrow();
        return fitting.stream()
                .filter(candidate -> most - candidate.accuracy().orElse(-1) < ACCURACY_TIE)
                .min(AMONG_TIED)
                .orElseThrow();
    }

    /** The figure in which {@code best} beats {@code other}. */
    static Metric decidedBy(Candidate best, Candidate other) {
        if (best.accuracy().orElse(-1) - other.accuracy().orElse(-1) >= ACCURACY_TIE) {
            return Metric.ACCURACY;
        }
        return orWorst(best.energyMillijoules()) == orWorst(other.energyMillijoules())
                        && orWorst(best.latencyMillis()) != orWorst(other.latencyMillis())
                ? Metric.LATENCY
                : Metric.ENERGY;
    }

    /**
     * How much better {@code best} is in the figure that decides, as a part of {@code other}'s: of its wrong answers, its
     * energy or its latency. Nothing when either does not know that figure: what is not known is no reason to change.
     */
    static double gain(Candidate best, Candidate other) {
        Metric metric = decidedBy(best, other);
        OptionalDouble better = metric.of(best);
        OptionalDouble worse = metric.of(other);
        if (better.isEmpty() || worse.isEmpty()) {
            return 0;
        }
        double from = metric == Metric.ACCURACY ? 1 - worse.getAsDouble() : worse.getAsDouble();
        double to = metric == Metric.ACCURACY ? 1 - better.getAsDouble() : better.getAsDouble();
        return (from - to) / from;
    }

    private static double orWorst(OptionalDouble figure) {
        return figure.orElse(Double.POSITIVE_INFINITY);
    }
}
