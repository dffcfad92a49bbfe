package io.fleetwright.controller.graph;

import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values of jobs of several tasks: small ones in their row, others artifacts. */
public final class GraphValues {
    private GraphValues() {}

    /**
     * A value as a task reads it: with its bytes, or with the digest of an artifact that has them; with neither when a sensor has it.
     *
     * @param part of the artifact, from its first byte on; absent for all of it
     */
    record Value(
            Form form,
            byte @Nullable [] content,
            @Nullable String digest,
            @Nullable Long part) {}

    static void store(Tx tx, GraphRow graph, String reference, Form form, byte[] bytes, long nowMillis) {
        GraphTensorRow tensor = row(graph, reference, form, nowMillis);
        if (bytes.length <= Limits.INLINE_TENSOR_BYTES_MAX) {
            tensor.content = bytes;
        } else {
            tensor.digest = new Artifacts(tx, nowMillis).put(bytes).value();
        }
        tx.insert(tensor);
    }

    /** A value that is an artifact already, or comes from a sensor. */
    static void store(Tx tx, GraphRow graph, String reference, Form form, @Nullable String digest, long nowMillis) {
        GraphTensorRow tensor = row(graph, reference, form, nowMillis);
        tensor.digest = digest;
        tx.insert(tensor);
    }

    private static GraphTensorRow row(GraphRow graph, String reference, Form form, long nowMillis) {
        GraphTensorRow tensor = new GraphTensorRow();
        tensor.id = graph.id + "/" + reference;
        tensor.tenant = graph.tenant;
        tensor.graphId = graph.id;
        tensor.type = form.type().name();
        tensor.shape = GraphTensorRow.shape(form);
        tensor.createdAt = nowMillis;
        return tensor;
    }

    /** What a task reads. */
    static List<Value> of(Tx tx, GraphRow graph, GraphTaskRow task) {
        List<Value> values = new ArrayList<>();
        for (String reference : task.inputs.split(",", -1)) {
            values.add(of(tx, graph, reference));
        }
        return values;
    }

    private static Value of(Tx tx, GraphRow graph, String reference) {
        int part = GraphSpec.partOf(reference);
        String whole = part < 0 ? reference : reference.substring(0, reference.indexOf('.'));
        GraphTensorRow tensor =
                tx.get(GraphTensorRow.class, graph.id + "/" + whole).orElseThrow();
        Form form = GraphTensorRow.form(tensor.type, tensor.shape);
        String task = GraphSpec.taskOf(reference);
        String parts = part < 0
                ? ""
                : tx.get(GraphTaskRow.class, graph.id + "#" + task).orElseThrow().parts;
        byte[] content = tensor.content;
        if (parts.isEmpty() || content == null && tensor.digest == null) {
            return new Value(form, content, tensor.digest, null);
        }
        int begins = 0;
        String[] shapes = parts.split(";", -1);
        for (int i = 0; i < part; i++) {
            begins += GraphTensorRow.form(tensor.type, shapes[i]).bytes();
        }
        Form own = GraphTensorRow.form(tensor.type, shapes[part]);
        return content == null
                ? new Value(own, null, tensor.digest, (long) begins)
                : new Value(own, Arrays.copyOfRange(content, begins, begins + own.bytes()), null, null);
    }

    static byte[] read(Tx tx, Value value, long nowMillis) throws ArtifactException {
        Long part = value.part;
        return part == null
                ? read(tx, value.content, value.digest, nowMillis)
                : new Artifacts(tx, nowMillis)
                        .range(new Digest(String.valueOf(value.digest)), part, part + value.form.bytes() - 1);
    }

    /** A value that is no part of an artifact any more, as an order carries or names it. */
    static Value alone(Tx tx, Value value, long nowMillis) throws ArtifactException {
        if (value.part == null) {
            return value;
        }
        byte[] bytes = read(tx, value, nowMillis);
        return bytes.length <= Limits.INLINE_TENSOR_BYTES_MAX
                ? new Value(value.form, bytes, null, null)
                : new Value(
                        value.form,
                        null,
                        new Artifacts(tx, nowMillis).put(bytes).value(),
                        null);
    }

    /** How many bytes a tensor has. */
    public static int bytes(GraphTensorRow tensor) {
        return GraphTensorRow.form(tensor.type, tensor.shape).bytes();
    }

    /** The bytes of a tensor. */
    public static byte[] read(Tx tx, GraphTensorRow tensor, long nowMillis) throws ArtifactException {
        return read(tx, tensor.content, tensor.digest, nowMillis);
    }

    private static byte[] read(Tx tx, byte @Nullable [] content, @Nullable String digest, long nowMillis)
            throws ArtifactException {
        return content != null ? content : new Artifacts(tx, nowMillis).read(new Digest(String.valueOf(digest)));
    }
}
