package io.fleetwright.forge.select;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Hard limits on what a device runs.
 *
 * @param latencyMillisMax most p90 latency, above 0
 * @param energyMillijoulesMax most p90 energy, above 0
 * @param accuracyMin least accuracy, 0 to 1
 * @param relaxations what gives way, in this order, one after the other, when nothing meets all limits
 * @param unknownCostPasses latency and energy that nobody knows meet their limits
 */
public record Constraints(
        OptionalDouble latencyMillisMax,
        OptionalDouble energyMillijoulesMax,
        OptionalDouble accuracyMin,
        List<Relaxation> relaxations,
        boolean unknownCostPasses) {
    /** What gives way when nobody says otherwise. */
    public static final List<Relaxation> RELAXATIONS =
            List.of(Relaxation.ENERGY, Relaxation.LATENCY, Relaxation.ACCURACY);

    private static final List<Metric> METRICS = List.of(Metric.values());

    /** Limits that an unknown figure breaks. */
    public Constraints(
            OptionalDouble latencyMillisMax,
            OptionalDouble energyMillijoulesMax,
            OptionalDouble accuracyMin,
            List<Relaxation> relaxations) {
        this(latencyMillisMax, energyMillijoulesMax, accuracyMin, relaxations, false);
    }

    public Constraints {
        relaxations = List.copyOf(relaxations);
        if (relaxations.stream().distinct().count() != relaxations.size()) {
            throw new IllegalArgumentException("relaxations (%s) must differ".formatted(relaxations));
        }
        latencyMillisMax.ifPresent(limit -> requirePositive("latencyMillisMax", limit));
        energyMillijoulesMax.ifPresent(limit -> requirePositive("energyMillijoulesMax", limit));
        accuracyMin.ifPresent(limit -> {
            if (!(limit >= 0 && limit <= 1)) {
                throw new IllegalArgumentException("accuracyMin (%s) must be 0 to 1".formatted(limit));
            }
        });
    }

    /** The candidate's figures that are beyond a limit, or unknown where there is one. */
    List<Obstacle> obstacles(Candidate candidate) {
        List<Obstacle> obstacles = new ArrayList<>();
        for (Metric metric : METRICS) {
            Obstacle obstacle = obstacle(metric, candidate);
            if (obstacle != null) {
                obstacles.add(obstacle);
            }
        }
        return obstacles;
    }

    boolean areMetBy(Candidate candidate) {
        for (Metric metric : METRICS) {
            if (obstacle(metric, candidate) != null) {
                return false;
            }
        }
        return true;
    }

    private @Nullable Obstacle obstacle(Metric metric, Candidate candidate) {
        OptionalDouble limit = limit(metric);
        if (limit.isEmpty()) {
            return null;
        }
        OptionalDouble figure = metric.of(candidate);
        if (figure.isEmpty()) {
            return unknownCostPasses && metric != Metric.ACCURACY
                    ? null
                    : new Obstacle.Unknown(metric, limit.getAsDouble());
        }
        return metric.breaks(figure.getAsDouble(), limit.getAsDouble())
                ? new Obstacle.Beyond(metric, figure.getAsDouble(), limit.getAsDouble())
                : null;
    }

    Constraints relaxed(Relaxation relaxation) {
        return switch (relaxation) {
            case UNKNOWN_COST ->
                new Constraints(latencyMillisMax, energyMillijoulesMax, accuracyMin, relaxations, true);
            case ENERGY -> with(latencyMillisMax, OptionalDouble.empty(), accuracyMin);
            case LATENCY ->
                with(
                        latencyMillisMax.isEmpty()
                                ? latencyMillisMax
                                : OptionalDouble.of(latencyMillisMax.getAsDouble() * Relaxation.LATENCY_FACTOR),
                        energyMillijoulesMax,
                        accuracyMin);
            case ACCURACY -> with(latencyMillisMax, energyMillijoulesMax, OptionalDouble.empty());
        };
    }

    private Constraints with(OptionalDouble latency, OptionalDouble energy, OptionalDouble accuracy) {
        return new Constraints(latency, energy, accuracy, relaxations, unknownCostPasses);
    }

    private OptionalDouble limit(Metric metric) {
        return switch (metric) {
            case ACCURACY -> accuracyMin;
            case LATENCY -> latencyMillisMax;
            case ENERGY -> energyMillijoulesMax;
        };
    }

    private static void requirePositive(String what, double limit) {
        if (!(limit > 0) || !Double.isFinite(limit)) {
            throw new IllegalArgumentException("%s (%s) must be above 0 and finite".formatted(what, limit));
        }
    }
}
