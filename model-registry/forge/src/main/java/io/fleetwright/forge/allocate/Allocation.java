package io.fleetwright.forge.allocate;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Bits for every layer.
 *
 * @param bits 4 or 8 per layer, in the table's order
 * @param objective sum of the layers' sensitivities; less is better
 * @param costs of the measures that had a budget
 */
public record Allocation(List<Integer> bits, double objective, Map<Measure, Double> costs) {
    public Allocation {
        bits = List.copyOf(bits);
        costs = Map.copyOf(costs);
    }

    static Allocation of(LayerTable table, List<Budget> budgets, List<Integer> bits) {
        Map<Measure, Double> costs = new EnumMap<>(Measure.class);
        budgets.forEach(budget -> costs.put(budget.measure(), table.cost(budget.measure(), bits)));
        return new Allocation(bits, table.objective(bits), costs);
    }
}
