package io.fleetwright.scheduler.format;

import io.fleetwright.scheduler.format.JsonValue.JsonObject;
import io.fleetwright.scheduler.graph.InvalidGraphException;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Needs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An executed workflow in WfFormat 1.5: tasks, what they read from each other, and how long they took. Volumes are
 * bytes, times seconds.
 *
 * <p>An edge carries the files that the parent writes and the child reads; files from outside the workflow are there
 * already. Members that are not needed are ignored.
 *
 * @param runtimeSeconds per task, on the machine that ran it
 * @param needs per task: the program as its operator, and memory in bytes; nothing where the file says nothing
 * @see "WfCommons WfFormat, schema version 1.5"
 */
public record Workflow(String name, TaskGraph graph, double[] runtimeSeconds, List<Needs> needs) {
    public Workflow {
        runtimeSeconds = runtimeSeconds.clone();
        needs = List.copyOf(needs);
    }

    /** Whether {@code bytes} look like a workflow rather than another kind of workload. */
    public static boolean isWorkflow(byte[] bytes) throws MalformedWorkloadException {
        return JsonReader.read(bytes).asObject("the workload").find("workflow").isPresent();
    }

    /**
     * @throws MalformedWorkloadException if the content is not a workflow
     * @throws IOException if the file cannot be read
     */
    public static Workflow read(Path file) throws IOException, MalformedWorkloadException {
        return read(JsonReader.bytesOf(file));
    }

    /** @throws MalformedWorkloadException if the bytes are not a workflow */
    public static Workflow read(byte[] bytes) throws MalformedWorkloadException {
        return new Reader(JsonReader.read(bytes).asObject("the workflow file")).workflow();
    }

    /**
     * This workflow on {@code target}: a task takes its recorded time divided by the speed, where memory suffices and its program is.
     *
     * @throws IllegalArgumentException naming the task if no device takes it
     */
    public Problem on(PlatformFile target) {
        double[] speed = target.speed();
        Map<Double, Integer> kinds = new LinkedHashMap<>();
        int[] kindOfDevice = new int[speed.length];
        for (int device = 0; device < speed.length; device++) {
            kindOfDevice[device] = kinds.computeIfAbsent(speed[device], _ -> kinds.size());
        }
        double[][] costs = new double[graph.taskCount()][kinds.size()];
        int[] kindOfTask = new int[graph.taskCount()];
        for (int task = 0; task < costs.length; task++) {
            kindOfTask[task] = task;
            for (Map.Entry<Double, Integer> kind : kinds.entrySet()) {
                costs[task][kind.getValue()] = runtimeSeconds[task] / kind.getKey();
            }
        }
        return new Problem(graph, target.platform(), CostTable.perKind(costs, kindOfTask, kindOfDevice))
                .constrainedBy(needs, target.offers());
    }

    private static final class Reader {
        private final JsonObject root;
        private final JsonObject specification;
        private final List<JsonObject> tasks = new ArrayList<>();
        private final Map<String, Integer> taskOf = new HashMap<>();
        private final Map<String, Double> sizeOf = new HashMap<>();
        private final Map<String, List<Integer>> writersOf = new HashMap<>();

        Reader(JsonObject root) throws MalformedWorkloadException {
            this.root = root;
            specification = root.require("workflow")
                    .asObject("workflow")
                    .require("specification")
                    .asObject("specification");
        }

        Workflow workflow() throws MalformedWorkloadException {
            readFiles();
            TaskGraph.Builder builder = TaskGraph.builder();
            JsonValue listed = specification.require("tasks");
            for (JsonValue value : listed.asArray("tasks")) {
                JsonObject task = value.asObject("a task");
                String id = task.require("id").asString("id");
                if (taskOf.put(id, tasks.size()) != null) {
                    throw new MalformedWorkloadException(
                            value.offset(), "task '%s' is given more than once".formatted(id));
                }
                tasks.add(task);
                checked(listed, () -> builder.task(id));
                for (String file : names(task, "outputFiles")) {
                    writersOf.computeIfAbsent(file, _ -> new ArrayList<>(1)).add(tasks.size() - 1);
                }
            }
            List<Map<Integer, Double>> volumes = volumes();
            for (int to = 0; to < volumes.size(); to++) {
                for (Map.Entry<Integer, Double> edge : volumes.get(to).entrySet()) {
                    int target = to;
                    checked(tasks.get(to), () -> builder.edge(edge.getKey(), target, edge.getValue()));
                }
            }
            double[] runtime = new double[tasks.size()];
            Needs[] needs = new Needs[tasks.size()];
            readExecution(runtime, needs);
            TaskGraph[] graph = new TaskGraph[1];
            checked(listed, () -> graph[0] = builder.build());
            return new Workflow(root.require("name").asString("name"), graph[0], runtime, List.of(needs));
        }

        private void readFiles() throws MalformedWorkloadException {
            var files = specification.find("files");
            if (files.isEmpty()) {
                return;
            }
            for (JsonValue value : files.get().asArray("files")) {
                JsonObject file = value.asObject("a file");
                String id = file.require("id").asString("id");
                double size =
                        file.require("sizeInBytes").asAmount("sizeInBytes of '%s'".formatted(id), CostTable.COST_MAX);
                sizeOf.put(id, size);
            }
        }

        /** Per task its predecessors, each with the bytes that come from it. */
        private List<Map<Integer, Double>> volumes() throws MalformedWorkloadException {
            List<Map<Integer, Double>> volumes = new ArrayList<>();
            for (JsonObject task : tasks) {
                Map<Integer, Double> inputs = new LinkedHashMap<>();
                for (String parent : names(task, "parents")) {
                    inputs.put(taskNamed(task, parent), 0.0);
                }
                volumes.add(inputs);
            }
            for (int from = 0; from < tasks.size(); from++) {
                for (String child : names(tasks.get(from), "children")) {
                    volumes.get(taskNamed(tasks.get(from), child)).putIfAbsent(from, 0.0);
                }
            }
            for (int to = 0; to < tasks.size(); to++) {
                for (String file : names(tasks.get(to), "inputFiles")) {
                    for (int writer : writersOf.getOrDefault(file, List.of())) {
                        double size = sizeOf(tasks.get(to), file);
                        volumes.get(to).computeIfPresent(writer, (_, sum) -> sum + size);
                    }
                }
            }
            return volumes;
        }

        private void readExecution(double[] runtime, @Nullable Needs[] needs) throws MalformedWorkloadException {
            JsonObject execution = root.require("workflow")
                    .asObject("workflow")
                    .require("execution")
                    .asObject("execution");
            for (JsonValue value : execution.require("tasks").asArray("execution tasks")) {
                JsonObject run = value.asObject("a run");
                String id = run.require("id").asString("id");
                int task = taskNamed(run, id);
                runtime[task] =
                        run.require("runtimeInSeconds").asAmount("runtimeInSeconds of '%s'".formatted(id), 1e15);
                needs[task] = needsOf(run, id);
            }
            for (Map.Entry<String, Integer> task : taskOf.entrySet()) {
                if (needs[task.getValue()] == null) {
                    throw new MalformedWorkloadException(
                            execution.offset(), "task '%s' was not executed".formatted(task.getKey()));
                }
            }
        }

        private static Needs needsOf(JsonObject run, String id) throws MalformedWorkloadException {
            var bytes = run.find("memoryInBytes");
            double memory = bytes.isPresent()
                    ? bytes.get().asAmount("memoryInBytes of '%s'".formatted(id), Double.MAX_VALUE)
                    : 0;
            var command = run.find("command");
            var program = command.isPresent()
                    ? command.get().asObject("command of '%s'".formatted(id)).find("program")
                    : Optional.<JsonValue>empty();
            Set<String> operators =
                    program.isPresent() ? Set.of(program.get().asString("program of '%s'".formatted(id))) : Set.of();
            return new Needs(operators, "", memory, Set.of(), "");
        }

        private int taskNamed(JsonObject where, String id) throws MalformedWorkloadException {
            Integer task = taskOf.get(id);
            if (task == null) {
                throw new MalformedWorkloadException(where.offset(), "there is no task '%s'".formatted(id));
            }
            return task;
        }

        private double sizeOf(JsonObject where, String file) throws MalformedWorkloadException {
            Double size = sizeOf.get(file);
            if (size == null) {
                throw new MalformedWorkloadException(where.offset(), "file '%s' has no size".formatted(file));
            }
            return size;
        }

        private static List<String> names(JsonObject task, String member) throws MalformedWorkloadException {
            var value = task.find(member);
            List<String> names = new ArrayList<>();
            if (value.isPresent()) {
                for (JsonValue name : value.get().asArray(member)) {
                    names.add(name.asString(member));
                }
            }
            return names;
        }

        private static void checked(JsonValue where, Runnable change) throws MalformedWorkloadException {
            try {
                change.run();
            } catch (InvalidGraphException invalid) {
                throw new MalformedWorkloadException(where.offset(), String.valueOf(invalid.getMessage()));
            }
        }
    }
}
