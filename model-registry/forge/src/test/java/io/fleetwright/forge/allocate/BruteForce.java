package io.fleetwright.forge.allocate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Every assignment of bits, tried one by one; knows nothing of bounds, groups or orders. */
final class BruteForce {
    private BruteForce() {}

    /** The least objective within the budgets, or positive infinity when nothing meets them. */
    static double least(LayerTable table, List<Budget> budgets) {
        double least = Double.POSITIVE_INFINITY;
        int free = freeChoices(table);
        for (long word = 0; word < 1L << free; word++) {
            List<Integer> bits = bits(table, word);
            if (budgets.stream().allMatch(budget -> budget.admits(table.cost(budget.measure(), bits)))) {
                least = Math.min(least, table.objective(bits));
            }
        }
        return least;
    }

    private static int freeChoices(LayerTable table) {
        long ties = table.layers().stream()
                .map(Layer::tie)
                .filter(tie -> !tie.isEmpty())
                .distinct()
                .count();
        long own =
                table.layers().stream().filter(layer -> layer.tie().isEmpty()).count();
        return Math.toIntExact(ties + own);
    }

    private static List<Integer> bits(LayerTable table, long word) {
        Map<String, Integer> tied = new HashMap<>();
        List<Integer> bits = new ArrayList<>();
        long rest = word;
        for (Layer layer : table.layers()) {
            Integer known = tied.get(layer.tie());
            if (known == null) {
                known = (rest & 1) == 0 ? 4 : 8;
                rest >>= 1;
                if (!layer.tie().isEmpty()) {
                    tied.put(layer.tie(), known);
                }
            }
            bits.add(known);
        }
        return bits;
    }
}
