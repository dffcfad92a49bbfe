package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.Work;
import io.fleetwright.scheduler.partition.Feature;
import io.fleetwright.scheduler.partition.Layer;
import io.fleetwright.scheduler.partition.LayerGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A model as the partition planner sees it: its operators, in the order of {@code inspect}. */
final class ModelLayers {
    private ModelLayers() {}

    /** Refuses a model with several inputs or outputs. */
    static LayerGraph of(Graph graph) throws CommandFailure {
        if (graph.inputIds().size() != 1) {
            throw new CommandFailure("%s has %d inputs; a network that is cut has one"
                    .formatted(graph.name(), graph.inputIds().size()));
        }
        Map<Integer, Integer> producers = new HashMap<>();
        producers.put(graph.inputIds().getFirst(), LayerGraph.INPUT);
        List<Layer> layers = new ArrayList<>();
        for (int v = 0; v < graph.operators().size(); v++) {
            Operator operator = graph.operators().get(v);
            if (operator.outputs().size() != 1) {
                throw new CommandFailure("operator %d of %s has %d outputs"
                        .formatted(v, graph.name(), operator.outputs().size()));
            }
            List<Integer> inputs = operator.activations().stream()
                    .filter(producers::containsKey)
                    .map(producers::get)
                    .distinct()
                    .toList();
            long weights = constants(graph, operator);
            layers.add(new Layer(
                    String.valueOf(v),
                    inputs,
                    feature(graph.tensors().get(operator.output())),
                    Work.macs(graph.tensors(), operator),
                    weights));
            producers.put(operator.output(), v);
        }
        try {
            return new LayerGraph(feature(graph.tensors().get(graph.inputIds().getFirst())), layers);
        } catch (IllegalArgumentException refused) {
            throw new CommandFailure("%s: %s".formatted(graph.name(), refused.getMessage()), refused);
        }
    }

    private static Feature feature(Tensor tensor) {
        int last = tensor.shape().size() - 1;
        return new Feature(tensor.elements(), last < 0 ? 1 : tensor.dimension(last));
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
