package io.fleetwright.runtime.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * One operator as whoever cuts a network sees it.
 *
 * @param inputs operators whose outputs it reads, {@link #INPUT} for the network's input
 * @param output what it gives
 * @param macs multiply-accumulates
 * @param weightBytes of its constants
 */
public record LayerView(List<Integer> inputs, Tensor output, long macs, long weightBytes) {
    public static final int INPUT = -1;

    public LayerView {
        inputs = List.copyOf(inputs);
    }

    /**
     * All operators, in the order of execution.
     *
     * @throws IllegalArgumentException when the network has several inputs, or an operator several outputs
     */
    public static List<LayerView> of(Graph graph) {
        if (graph.inputIds().size() != 1) {
            throw new IllegalArgumentException("%s has %d inputs; a network that is cut has one"
                    .formatted(graph.name(), graph.inputIds().size()));
        }
        Map<Integer, Integer> producers = new HashMap<>();
        producers.put(graph.inputIds().getFirst(), INPUT);
        List<LayerView> layers = new ArrayList<>();
        for (int v = 0; v < graph.operators().size(); v++) {
            Operator operator = graph.operators().get(v);
            if (operator.outputs().size() != 1) {
                throw new IllegalArgumentException("operator %d of %s has %d outputs"
                        .formatted(v, graph.name(), operator.outputs().size()));
            }
            layers.add(new LayerView(
                    operator.activations().stream()
                            .filter(producers::containsKey)
                            .map(producers::get)
                            .distinct()
                            .toList(),
                    graph.tensors().get(operator.output()),
                    Work.macs(graph.tensors(), operator),
                    constants(graph, operator)));
            producers.put(operator.output(), v);
        }
        return layers;
    }

    private static long constants(Graph graph, Operator operator) {
        return IntStream.concat(
                        operator.activations().stream().mapToInt(Integer::intValue),
                        operator.constants().stream().mapToInt(Integer::intValue))
                .distinct()
                .mapToObj(graph.tensors()::get)
                .filter(Tensor::isConstant)
                .mapToLong(Tensor::bytes)
                .sum();
    }
}
