package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.LayerView;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.scheduler.partition.Feature;
import io.fleetwright.scheduler.partition.Layer;
import io.fleetwright.scheduler.partition.LayerGraph;
import java.util.ArrayList;
import java.util.List;

/** A model as the partition planner sees it: its operators, in the order of {@code inspect}. */
final class ModelLayers {
    private ModelLayers() {}

    /** Refuses a model with several inputs or outputs. */
    static LayerGraph of(Graph graph) throws CommandFailure {
        try {
            List<Layer> layers = new ArrayList<>();
            for (LayerView view : LayerView.of(graph)) {
                layers.add(new Layer(
                        String.valueOf(layers.size()),
                        view.inputs(),
                        feature(view.output()),
                        view.macs(),
                        view.weightBytes()));
            }
            return new LayerGraph(feature(graph.tensors().get(graph.inputIds().getFirst())), layers);
        } catch (IllegalArgumentException refused) {
            throw new CommandFailure("%s: %s".formatted(graph.name(), refused.getMessage()), refused);
        }
    }

    private static Feature feature(Tensor tensor) {
        int last = tensor.shape().size() - 1;
        return new Feature(tensor.elements(), last < 0 ? 1 : tensor.dimension(last));
    }
}
