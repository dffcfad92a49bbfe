package io.fleetwright.forge.select;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Pareto set over accuracy, latency and energy in O(n log n): candidates in order of latency meet a staircase of those
 * before them, on which more energy always buys more accuracy.
 *
 * <p>A figure that is not known is neither better nor worse than a known one, so only candidates of which the same figures
 * are known can dominate each other.
 *
 * @see "Kung, Luccio, Preparata, On finding the maxima of a set of vectors, JACM 22(4), 1975"
 */
final class Skyline {
    static final int NOT_DOMINATED = -1;

    private static final int PATTERNS = 1 << Metric.values().length;

    private final double[] accuracy;
    private final double[] latency;
    private final double[] energy;
    private final int[] dominators;

    private Skyline(List<Candidate> candidates) {
        accuracy = figures(candidates, Metric.ACCURACY);
        latency = figures(candidates, Metric.LATENCY);
        energy = figures(candidates, Metric.ENERGY);
        dominators = new int[candidates.size()];
    }

    /** For each candidate the index of one that dominates it, or {@link #NOT_DOMINATED}. */
    static int[] dominators(List<Candidate> candidates) {
        var skyline = new Skyline(candidates);
        for (int pattern = 0; pattern < PATTERNS; pattern++) {
            List<Integer> alike = new ArrayList<>();
            for (int i = 0; i < candidates.size(); i++) {
                if (knownFigures(candidates.get(i)) == pattern) {
                    alike.add(i);
                }
            }
            skyline.sweep(alike);
        }
        return skyline.dominators;
    }

    private void sweep(List<Integer> alike) {
        alike.sort(Comparator.comparingDouble((Integer i) -> latency[i])
                .thenComparingDouble(i -> energy[i])
                .thenComparingDouble(i -> -accuracy[i]));
        NavigableMap<Double, Integer> stairs = new TreeMap<>();
        for (int i : alike) {
            step(stairs, i);
        }
    }

    private void step(NavigableMap<Double, Integer> stairs, int i) {
        Map.Entry<Double, Integer> below = stairs.floorEntry(energy[i]);
        if (below != null && accuracy[below.getValue()] >= accuracy[i]) {
            dominators[i] = equal(below.getValue(), i) ? NOT_DOMINATED : below.getValue();
            return;
        }
        dominators[i] = NOT_DOMINATED;
        var above = stairs.tailMap(energy[i], true).values().iterator();
        while (above.hasNext() && accuracy[above.next()] <= accuracy[i]) {
            above.remove();
        }
        stairs.put(energy[i], i);
    }

    private boolean equal(int a, int b) {
        return latency[a] == latency[b] && energy[a] == energy[b] && accuracy[a] == accuracy[b];
    }

    /** What is not known is equal among candidates that all do not know it. */
    private static double[] figures(List<Candidate> candidates, Metric metric) {
        double[] figures = new double[candidates.size()];
        for (int i = 0; i < figures.length; i++) {
            figures[i] = metric.of(candidates.get(i)).orElse(0);
        }
        return figures;
    }

    /** One bit per figure that is known. */
    private static int knownFigures(Candidate candidate) {
        return (candidate.accuracy().isPresent() ? 1 : 0)
                | (candidate.latencyMillis().isPresent() ? 2 : 0)
                | (candidate.energyMillijoules().isPresent() ? 4 : 0);
    }
}
