package io.fleetwright.scheduler.format;

import io.fleetwright.scheduler.graph.InvalidGraphException;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A graph, its processors and its costs in one JSON file: {@code {"name", "tasks": n, "pes": p, "exec": n x p,
 * "edges": [[from, to, volume], ...]}}.
 *
 * <p>A unit of volume takes a unit of time between two different processors. A {@code null} cost means that the task
 * does not run there. Members it does not know are ignored.
 */
public record CanonicalWorkload(String name, Problem problem) {
    /**
     * @throws MalformedWorkloadException if the content is not a workload
     * @throws IOException if the file cannot be read
     */
    public static CanonicalWorkload read(Path file) throws IOException, MalformedWorkloadException {
        return read(JsonReader.bytesOf(file));
    }

    /** @throws MalformedWorkloadException if the bytes are not a workload */
    public static CanonicalWorkload read(byte[] bytes) throws MalformedWorkloadException {
        var root = JsonReader.read(bytes).asObject("the workload");
        String name = root.require("name").asString("name");
        int tasks = root.require("tasks").asInt("tasks", 1, TaskGraph.TASKS_MAX);
        int devices = root.require("pes").asInt("pes", 1, Platform.DEVICES_MAX);
        JsonValue exec = root.require("exec");
        if ((long) tasks * devices > CostTable.CELLS_MAX) {
            throw new MalformedWorkloadException(
                    exec.offset(), "%d tasks x %d pes is over %d costs".formatted(tasks, devices, CostTable.CELLS_MAX));
        }
        // The rows are read before anything of the stated size is built: the file must be as large as it says.
        double[][] costs = costs(exec, tasks, devices);
        TaskGraph graph = graph(root.require("edges"), tasks);
        List<Device> all = new ArrayList<>(devices);
        for (int device = 0; device < devices; device++) {
            all.add(new Device("p" + device, 0));
        }
        Platform platform = new Platform(all, Links.uniform(devices, 1, 0));
        return new CanonicalWorkload(name, new Problem(graph, platform, CostTable.perTask(costs)));
    }

    private static double[][] costs(JsonValue exec, int tasks, int devices) throws MalformedWorkloadException {
        List<JsonValue> rows = exec.asArray("exec");
        checkSize(exec, "exec", rows.size(), tasks);
        double[][] costs = new double[tasks][];
        for (int task = 0; task < tasks; task++) {
            JsonValue row = rows.get(task);
            List<JsonValue> cells = row.asArray("exec row %d".formatted(task));
            checkSize(row, "exec row %d".formatted(task), cells.size(), devices);
            costs[task] = new double[devices];
            boolean runsSomewhere = false;
            for (int device = 0; device < devices; device++) {
                costs[task][device] = cost(cells.get(device));
                runsSomewhere |= costs[task][device] < CostTable.CANNOT_RUN;
            }
            if (!runsSomewhere) {
                throw new MalformedWorkloadException(row.offset(), "task %d runs on no device".formatted(task));
            }
        }
        return costs;
    }

    private static double cost(JsonValue cell) throws MalformedWorkloadException {
        if (cell instanceof JsonValue.JsonNull) {
            return CostTable.CANNOT_RUN;
        }
        double cost = cell.asNumber("a cost");
        if (cost < 0 || cost > CostTable.COST_MAX) {
            throw new MalformedWorkloadException(
                    cell.offset(), "cost (%s) must be 0 to %s, or null".formatted(cost, CostTable.COST_MAX));
        }
        return cost;
    }

    private static TaskGraph graph(JsonValue edges, int tasks) throws MalformedWorkloadException {
        TaskGraph.Builder builder = TaskGraph.builder().tasks(tasks);
        for (JsonValue edge : edges.asArray("edges")) {
            List<JsonValue> parts = edge.asArray("an edge");
            checkSize(edge, "an edge", parts.size(), 3);
            int from = parts.get(0).asInt("from", 0, tasks - 1);
            int to = parts.get(1).asInt("to", 0, tasks - 1);
            double volume = parts.get(2).asNumber("volume");
            try {
                builder.edge(from, to, volume);
            } catch (InvalidGraphException invalid) {
                throw malformed(edge, invalid);
            }
        }
        try {
            return builder.build();
        } catch (InvalidGraphException invalid) {
            throw malformed(edges, invalid);
        }
    }

    private static MalformedWorkloadException malformed(JsonValue where, InvalidGraphException invalid) {
        return new MalformedWorkloadException(where.offset(), String.valueOf(invalid.getMessage()));
    }

    private static void checkSize(JsonValue where, String what, int size, int wanted)
            throws MalformedWorkloadException {
        if (size != wanted) {
            throw new MalformedWorkloadException(
                    where.offset(), "%s has %d entries, must have %d".formatted(what, size, wanted));
        }
    }
}
