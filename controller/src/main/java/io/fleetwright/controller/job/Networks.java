package io.fleetwright.controller.job;

import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.LayerView;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.scheduler.partition.Feature;
import io.fleetwright.scheduler.partition.Layer;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Variants as the partition planner sees them; the last ones are kept. For one thread at a time. */
final class Networks {
    private static final int KEPT_MAX = 64;

    /** In the order of their last use. */
    private final Map<String, Optional<LayerGraph>> kept = new LinkedHashMap<>(16, 0.75f, true);

    /** The layers of a variant; absent when it cannot be cut: several inputs or outputs, or tensors that are not int8. */
    Optional<LayerGraph> of(Tx tx, VariantRow variant, long nowMillis) {
        Optional<LayerGraph> known = kept.get(variant.digest);
        if (known == null) {
            known = read(tx, variant, nowMillis);
            kept.put(variant.digest, known);
            if (kept.size() > KEPT_MAX) {
                kept.remove(kept.keySet().iterator().next());
            }
        }
        return known;
    }

    private static Optional<LayerGraph> read(Tx tx, VariantRow variant, long nowMillis) {
        try {
            byte[] bytes = new Artifacts(tx, nowMillis).read(new Digest(variant.digest));
            Graph graph = ModelReader.read(bytes, variant.model).integerCore();
            List<LayerView> views = LayerView.of(graph);
            Tensor input = graph.tensors().get(graph.inputIds().getFirst());
            if (input.type() != TensorType.INT8
                    || views.stream().anyMatch(view -> view.output().type() != TensorType.INT8)) {
                return Optional.empty();
            }
            return Optional.of(new LayerGraph(
                    feature(input),
                    views.stream()
                            .map(view -> new Layer(
                                    view.output().name().isEmpty()
                                            ? "layer"
                                            : view.output().name(),
                                    view.inputs(),
                                    feature(view.output()),
                                    view.macs(),
                                    view.weightBytes()))
                            .toList()));
        } catch (ModelException | ArtifactException | IllegalArgumentException cannotBeCut) {
            return Optional.empty();
        }
    }

    private static Feature feature(Tensor tensor) {
        int last = tensor.shape().size() - 1;
        return new Feature(tensor.elements(), last < 0 ? 1 : tensor.dimension(last));
    }
}
