package io.fleetwright.scheduler.format;

import io.fleetwright.scheduler.format.JsonValue.JsonObject;
import io.fleetwright.scheduler.graph.InvalidGraphException;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A DS3 or SoCRATES application: {@code {"name", "tasks": [{"id", "name", "pred": [...]}, ...], "edges": [[from, to,
 * volume], ...]}}; the edges must be the ones that {@code pred} states. Members it does not know are ignored.
 */
public final class Ds3Job {
    private Ds3Job() {}

    /** @throws MalformedWorkloadException if the bytes are not an application, naming the byte and the member */
    public static Application read(byte[] bytes) throws MalformedWorkloadException {
        JsonObject root = JsonReader.read(bytes).asObject("the application");
        String name = root.require("name").asString("name");
        JsonValue list = root.require("tasks");
        List<JsonValue> items = list.asArray("tasks");
        TaskGraph.Builder builder = TaskGraph.builder();
        Set<Long> stated = new HashSet<>();
        try {
            for (int task = 0; task < items.size(); task++) {
                String where = "task %d".formatted(task);
                JsonObject object = items.get(task).asObject(where);
                object.require("id").asInt(where + " id", task, task);
                builder.task(object.require("name").asString(where + " name"));
                for (JsonValue before : object.require("pred").asArray(where + " pred")) {
                    stated.add(edge(before.asInt(where + " pred", 0, items.size() - 1), task));
                }
            }
        } catch (InvalidGraphException invalid) {
            throw new MalformedWorkloadException(list.offset(), String.valueOf(invalid.getMessage()));
        }
        JsonValue edges = root.require("edges");
        readEdges(edges, items.size(), builder, stated);
        try {
            return new Application(name, builder.build());
        } catch (InvalidGraphException | InvalidWorkloadException invalid) {
            throw new MalformedWorkloadException(edges.offset(), String.valueOf(invalid.getMessage()));
        }
    }

    private static void readEdges(JsonValue edges, int tasks, TaskGraph.Builder builder, Set<Long> stated)
            throws MalformedWorkloadException {
        for (JsonValue item : edges.asArray("edges")) {
            List<JsonValue> parts = item.asArray("an edge");
            if (parts.size() != 3) {
                throw new MalformedWorkloadException(
                        item.offset(), "an edge has %d entries, must have 3".formatted(parts.size()));
            }
            int from = parts.get(0).asInt("from", 0, tasks - 1);
            int to = parts.get(1).asInt("to", 0, tasks - 1);
            if (!stated.remove(edge(from, to))) {
                throw new MalformedWorkloadException(
                        item.offset(), "edge %d -> %d is repeated, or not in pred of task %d".formatted(from, to, to));
            }
            try {
                builder.edge(from, to, parts.get(2).asNumber("volume"));
            } catch (InvalidGraphException invalid) {
                throw new MalformedWorkloadException(item.offset(), String.valueOf(invalid.getMessage()));
            }
        }
        if (!stated.isEmpty()) {
            long missing = stated.iterator().next();
            throw new MalformedWorkloadException(
                    edges.offset(),
                    "edges lacks %d -> %d, which pred states".formatted(missing >>> Integer.SIZE, (int) missing));
        }
    }

    private static long edge(int from, int to) {
        return (long) from << Integer.SIZE | to;
    }
}
