package io.fleetwright.controller.gate;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One error budget for several tests.
 *
 * @see "Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6 (1979)"
 */
public final class Holm {
    private Holm() {}

    /** What each of {@code tests} gets when the first rejection ends everything: Holm's first step. */
    public static double share(double alpha, int tests) {
        return alpha / tests;
    }

    /**
     * Which tests are rejected: in the order of their p-values, each against what is left of the budget among those that
     * are not rejected yet, until the first that is not below its share.
     */
    public static <K> Set<K> rejected(Map<K, Double> pValues, double alpha) {
        List<Map.Entry<K, Double>> order = pValues.entrySet().stream()
                .sorted(Comparator.comparingDouble(Map.Entry::getValue))
                .toList();
        Set<K> rejected = new HashSet<>();
        for (Map.Entry<K, Double> test : order) {
            if (test.getValue() > alpha / (order.size() - rejected.size())) {
                break;
            }
            rejected.add(test.getKey());
        }
        return rejected;
    }
}
