package io.fleetwright.controller.graph;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.LayerView;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What crosses the ends of stretches of networks, and how much of the work they are. The last ones are kept; for one thread at a time. */
final class Stretches {
    private static final int KEPT_MAX = 256;
    /** Of a stretch that multiplies nothing. */
    private static final double LEAST_SHARE = 1e-6;

    /** In the order of their last use. */
    private final Map<String, Stretch> kept = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * A stretch.
     *
     * @param takes tensors that it reads, at least one
     * @param gives tensors that are read behind it, at least one
     * @param share of the network's multiply-accumulates, above 0 and at most 1
     */
    record Stretch(List<Form> takes, List<Form> gives, double share) {
        /** Several tensors travel one after the other. */
        static Form joined(List<Form> forms) {
            return forms.size() == 1
                    ? forms.getFirst()
                    : Form.int8(forms.stream().mapToInt(Form::bytes).sum());
        }
    }

    /** Finds the stretch that a task names. */
    @FunctionalInterface
    interface Lookup {
        /** @throws Refusal when there is none */
        Stretch of(GraphSpec.SegmentTask task);
    }

    /** @throws Refusal that names the task, when the variant is unknown or cannot be cut there */
    Stretch of(Tx tx, String tenant, GraphSpec.SegmentTask task, long nowMillis) {
        VariantRow variant = tx.get(
                        VariantRow.class, String.join("/", tenant, task.model(), task.version(), task.variant()))
                .orElseThrow(() -> Refusal.notFound(
                        "variant",
                        "%s of version %s of model %s, which task %s runs"
                                .formatted(task.variant(), task.version(), task.model(), task.id())));
        if (variant.isPart()) {
            throw Refusal.invalid("task %s runs operators of variant %s, a part of %s; name that one"
                    .formatted(task.id(), task.variant(), variant.partOf));
        }
        String key = "%s %d %d".formatted(variant.digest, task.from(), task.to());
        Stretch known = kept.get(key);
        if (known == null) {
            known = read(tx, variant, task, nowMillis);
            kept.put(key, known);
            if (kept.size() > KEPT_MAX) {
                kept.remove(kept.keySet().iterator().next());
            }
        }
        return known;
    }

    private static Stretch read(Tx tx, VariantRow variant, GraphSpec.SegmentTask task, long nowMillis) {
        try {
            byte[] bytes = new Artifacts(tx, nowMillis).read(new Digest(variant.digest));
            Graph graph = ModelReader.read(bytes, variant.model).integerCore();
            int operators = graph.operators().size();
            if (task.from() >= task.to() || task.to() > operators) {
                throw Refusal.invalid("task %s: no operators from %d to %d; variant %s has %d"
                        .formatted(task.id(), task.from(), task.to(), task.variant(), operators));
            }
            return new Stretch(
                    forms(graph, task, task.from()),
                    forms(graph, task, task.to()),
                    share(graph, task.from(), task.to()));
        } catch (ModelException | ArtifactException unreadable) {
            throw new Refusal(
                    Refusal.Kind.UNAVAILABLE,
                    "task %s: variant %s cannot be read: %s"
                            .formatted(task.id(), task.variant(), unreadable.getMessage()));
        }
    }

    private static List<Form> forms(Graph graph, GraphSpec.SegmentTask task, int cut) {
        List<Form> forms = new ArrayList<>();
        for (int id : graph.crossing(cut)) {
            Tensor tensor = graph.tensors().get(id);
            if (tensor.type() != TensorType.INT8) {
                throw Refusal.invalid("task %s: what crosses the cut at operator %d is %s, and only INT8 travels"
                        .formatted(task.id(), cut, tensor.type()));
            }
            try {
                forms.add(new Form(Form.Type.INT8, tensor.shape()));
            } catch (IllegalArgumentException outOfBounds) {
                throw Refusal.invalid(
                        "task %s: at operator %d: %s".formatted(task.id(), cut, outOfBounds.getMessage()));
            }
        }
        return forms;
    }

    /** By operators where layers cannot be told apart. */
    private static double share(Graph graph, int from, int to) {
        double operators = graph.operators().size();
        try {
            List<LayerView> layers = LayerView.of(graph);
            double all = layers.stream().mapToLong(LayerView::macs).sum();
            double own =
                    layers.subList(from, to).stream().mapToLong(LayerView::macs).sum();
            return own > 0 ? own / all : LEAST_SHARE;
        } catch (IllegalArgumentException severalOutputs) {
            return (to - from) / operators;
        }
    }
}
