package io.fleetwright.scheduler.scenario;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Policies on the same settings, one after the other.
 *
 * @param results by policy, each with one result for each seed, in the same order
 */
public record Comparison(Map<String, List<RunResult>> results) {
    /** Mean and standard deviation over seeds; the latter is 0 for one seed. */
    public record Spread(double mean, double deviation) {}

    public Comparison {
        results = new LinkedHashMap<>(results);
        long seeds = results.values().stream().mapToInt(List::size).distinct().count();
        if (results.isEmpty()
                || seeds != 1
                || results.values().iterator().next().isEmpty()) {
            throw new IllegalArgumentException(
                    "policies (%s) must be at least one, with as many results each, at least one"
                            .formatted(results.keySet()));
        }
    }

    /**
     * Runs all policies.
     *
     * @param settings by seed
     * @param seeds at least 1, from {@code seed} on
     */
    public static Comparison of(
            List<String> policies, LongFunction<Setting> settings, long seed, int seeds, LongSupplier nanoClock) {
        Map<String, List<RunResult>> results = new LinkedHashMap<>();
        for (String policy : policies) {
            List<RunResult> runs = new ArrayList<>();
            for (int i = 0; i < seeds; i++) {
                runs.add(FleetRun.of(settings.apply(seed + i), FramePolicies.named(policy), nanoClock));
            }
            results.put(policy, runs);
        }
        return new Comparison(results);
    }

    public List<RunResult> of(String policy) {
        return Objects.requireNonNull(results.get(policy), policy);
    }

    public Spread spread(String policy, ToDoubleFunction<RunResult> figure) {
        double[] values = of(policy).stream().mapToDouble(figure).toArray();
        return spread(values);
    }

    /** The sum of one policy's figure over all seeds over that of another. */
    public double ratio(String policy, String other, ToDoubleFunction<RunResult> figure) {
        double mine = of(policy).stream().mapToDouble(figure).sum();
        return mine / of(other).stream().mapToDouble(figure).sum();
    }

    /** In how many seeds the first policy's figure is at most this part of the other's. */
    public long seedsWithin(String policy, String other, ToDoubleFunction<RunResult> figure, double part) {
        long count = 0;
        for (int i = 0; i < of(policy).size(); i++) {
            boolean within = figure.applyAsDouble(of(policy).get(i))
                    <= part * figure.applyAsDouble(of(other).get(i));
            count += within ? 1 : 0;
        }
        return count;
    }

    private static Spread spread(double[] values) {
        double mean = 0;
        for (double value : values) {
            mean += value / values.length;
        }
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return new Spread(mean, values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)));
    }
}
