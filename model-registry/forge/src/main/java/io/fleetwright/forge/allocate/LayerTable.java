package io.fleetwright.forge.allocate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The layers whose bits are to be chosen, in the order of the network.
 *
 * @param layers 1 to {@value #LAYERS_MAX}
 */
public record LayerTable(List<Layer> layers) {
    public static final int LAYERS_MAX = 512;

    public LayerTable {
        layers = List.copyOf(layers);
        if (layers.isEmpty() || layers.size() > LAYERS_MAX) {
            throw new IllegalArgumentException("layers (%d) must be 1 to %d".formatted(layers.size(), LAYERS_MAX));
        }
    }

    /** Cost of the whole network with {@code bits.get(i)} bits in layer {@code i}. */
    public double cost(Measure measure, List<Integer> bits) {
        double sum = 0;
        for (int i = 0; i < layers.size(); i++) {
            sum += measure.cost(layers.get(i), bits.get(i));
        }
        return sum;
    }

    /** Sum of the layers' sensitivities, likewise. */
    public double objective(List<Integer> bits) {
        double sum = 0;
        for (int i = 0; i < layers.size(); i++) {
            sum += layers.get(i).sensitivity(bits.get(i));
        }
        return sum;
    }

    /** Cost with the same bits in every layer. */
    public double uniformCost(Measure measure, int bits) {
        return layers.stream().mapToDouble(layer -> measure.cost(layer, bits)).sum();
    }

    /** Indices of layers that share their bits, each layer in one group. */
    List<List<Integer>> groups() {
        Map<String, List<Integer>> tied = new LinkedHashMap<>();
        List<List<Integer>> groups = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            String tie = layers.get(i).tie();
            if (tie.isEmpty()) {
                groups.add(List.of(i));
            } else {
                tied.computeIfAbsent(tie, _ -> {
                            List<Integer> group = new ArrayList<>();
                            groups.add(group);
                            return group;
                        })
                        .add(i);
            }
        }
        return groups;
    }
}
