package io.fleetwright.forge.allocate;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * The groups of a table as arrays, ordered by what eight bits gain per part of the budgets, most first.
 *
 * @param groups layer indices per group
 * @param sensitivity {@code [group][four, eight]}
 * @param cost {@code [budget][group][four, eight]}
 */
@SuppressWarnings("ArrayRecordComponent")
record Choices(List<List<Integer>> groups, double[][] sensitivity, double[][][] cost) {
    static final int FOUR = 0;
    static final int EIGHT = 1;

    private static final int[] BITS = {4, 8};

    static Choices of(LayerTable table, List<Budget> budgets) {
        List<List<Integer>> groups = table.groups().stream()
                .sorted(Comparator.comparingDouble((List<Integer> group) -> worth(table, budgets, group))
                        .reversed())
                .toList();
        double[][] sensitivity = new double[groups.size()][];
        double[][][] cost = new double[budgets.size()][groups.size()][];
        for (int g = 0; g < groups.size(); g++) {
            List<Layer> layers = layers(table, groups.get(g));
            sensitivity[g] = sums(layers, Layer::sensitivity);
            for (int b = 0; b < budgets.size(); b++) {
                cost[b][g] = sums(layers, budgets.get(b).measure()::cost);
            }
        }
        return new Choices(groups, sensitivity, cost);
    }

    int count() {
        return groups.size();
    }

    /** Bits per layer when group {@code g} takes choice {@code chosen[g]}. */
    List<Integer> bits(int[] chosen) {
        Integer[] bits = new Integer[groups.stream().mapToInt(List::size).sum()];
        for (int g = 0; g < chosen.length; g++) {
            for (int layer : groups.get(g)) {
                bits[layer] = BITS[chosen[g]];
            }
        }
        return Collections.unmodifiableList(Arrays.asList(bits));
    }

    private static double worth(LayerTable table, List<Budget> budgets, List<Integer> group) {
        List<Layer> layers = layers(table, group);
        double[] sensitivity = sums(layers, Layer::sensitivity);
        double gain = sensitivity[FOUR] - sensitivity[EIGHT];
        double share = 0;
        for (Budget budget : budgets) {
            double[] cost = sums(layers, budget.measure()::cost);
            share += (cost[EIGHT] - cost[FOUR]) / Math.max(Math.abs(budget.limit()), Double.MIN_NORMAL);
        }
        return share > 0 ? gain / share : gain > 0 ? Double.POSITIVE_INFINITY : gain;
    }

    private static List<Layer> layers(LayerTable table, List<Integer> group) {
        return group.stream().map(table.layers()::get).toList();
    }

    private static double[] sums(List<Layer> layers, Figure figure) {
        double[] sums = new double[BITS.length];
        for (Layer layer : layers) {
            sums[FOUR] += figure.of(layer, 4);
            sums[EIGHT] += figure.of(layer, 8);
        }
        return sums;
    }

    private interface Figure {
        double of(Layer layer, int bits);
    }
}
