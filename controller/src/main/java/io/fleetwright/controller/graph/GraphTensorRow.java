package io.fleetwright.controller.graph;

import io.fleetwright.controller.store.Row;
import io.fleetwright.runtime.transform.Form;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A value of a job: {@code id} is {@code job/input:NAME} or {@code job/task:ID}. Small ones are in the row, others an artifact.
 */
@Entity
@Table(name = "graph_tensor")
public class GraphTensorRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String graphId = "";
    public String type = "";
    /** Comma-separated. */
    public String shape = "";

    public byte @Nullable [] content;
    public @Nullable String digest;
    public long createdAt;

    static String shape(Form form) {
        return form.shape().stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    static Form form(String type, String shape) {
        return new Form(
                Form.Type.valueOf(type),
                Arrays.stream(shape.split(",", -1)).map(Integer::valueOf).toList());
    }

    @Override
    public Object key() {
        return id;
    }
}
