package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.graph.GraphRow;
import io.fleetwright.controller.graph.GraphTaskRow;
import io.fleetwright.controller.graph.GraphTensorRow;
import io.fleetwright.controller.graph.GraphValues;
import io.fleetwright.controller.graph.Graphs;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.trust.artifact.ArtifactException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jobs of several tasks as the API shows them. */
final class GraphViews {
    /** Of all outputs in base64. */
    private static final int EVENT_OUTPUT_CHARS_MAX = 16_384;

    private static final long NO_OUTPUTS = -1;

    private GraphViews() {}

    /** A job; tasks and outputs only where one is asked for. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record GraphJob(
            String job,
            String name,
            String state,
            @Nullable String reason,
            String createdAt,
            @Nullable String finishedAt,
            String deadlineAt,
            int priority,
            @Nullable Double energyBudgetMj,
            @Nullable Double accuracyFloor,
            double plannedMs,
            @Nullable Long observedMs,
            @Nullable Energy energy,
            @Nullable List<Task> tasks,
            @Nullable Map<String, Output> outputs) {}

    /**
     * What finished inferences took.
     *
     * @param knownMj of those whose energy is known, absent when there is none
     * @param unknownTasks whose energy is not known; it counts as unknown and not as 0
     */
    record Energy(@Nullable Double knownMj, int unknownTasks) {}

    /** A task; times are from the job's start, observed ones by the controller's clock. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Task(
            String task,
            String kind,
            @Nullable String model,
            @Nullable String version,
            @Nullable String variant,
            @Nullable Integer from,
            @Nullable Integer to,
            @Nullable String source,
            @Nullable String sensor,
            @JsonRawValue @Nullable String transform,
            List<String> inputs,
            String type,
            List<Integer> shape,
            String state,
            @Nullable String reason,
            double plannedStartMs,
            double plannedMs,
            @Nullable Long startMs,
            @Nullable Long observedMs,
            @Nullable Inference inference) {}

    /** The inference that runs a task's network, with the reason for its place. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Inference(
            String job,
            String state,
            @Nullable String reason,
            @Nullable String node,
            @Nullable String device,
            @Nullable String variant,
            long attempts,
            @Nullable Double latencyMs,
            boolean modelled,
            @Nullable Double energyMj,
            String energyMethod,
            @JsonRawValue @Nullable String why) {}

    /** What a task gave. */
    record Output(String type, List<Integer> shape, String data) {}

    static GraphJob summary(GraphRow row) {
        return view(row, null, null, null);
    }

    /** A job as its events tell it: outputs that are larger than an event may be are left out. */
    static GraphJob event(Tx tx, GraphRow row, long nowMillis) {
        return view(tx, row, EVENT_OUTPUT_CHARS_MAX, nowMillis);
    }

    static GraphJob whole(Tx tx, GraphRow row, long nowMillis) {
        return view(tx, row, Long.MAX_VALUE, nowMillis);
    }

    /** A job and its tasks. */
    static GraphJob withoutOutputs(Tx tx, GraphRow row, long nowMillis) {
        return view(tx, row, NO_OUTPUTS, nowMillis);
    }

    /** How many bytes all outputs have that {@link #whole} tells; 0 while there are none. */
    static long outputBytes(Tx tx, GraphRow row) {
        long bytes = 0;
        if (row.state.equals(Jobs.SUCCEEDED)) {
            for (String name : row.outputs.split(",", -1)) {
                bytes += GraphValues.bytes(output(tx, row, name));
            }
        }
        return bytes;
    }

    /** @param outputCharsMax of all outputs in base64, which are left out, and not even read, when they have more */
    private static GraphJob view(Tx tx, GraphRow row, long outputCharsMax, long nowMillis) {
        List<Task> tasks = new ArrayList<>();
        Double known = null;
        int unknown = 0;
        for (GraphTaskRow task : Graphs.tasks(tx, row.id)) {
            JobRow job =
                    task.jobId == null ? null : tx.get(JobRow.class, task.jobId).orElse(null);
            tasks.add(task(row, task, job));
            if (job != null && job.state.equals(Jobs.SUCCEEDED)) {
                Double energy = job.energyMicrojoules;
                known = sum(known, energy);
                // A look at a sensor is no inference.
                unknown += energy == null && !job.capture ? 1 : 0;
            }
        }
        boolean tells = row.state.equals(Jobs.SUCCEEDED) && outputChars(tx, row) <= outputCharsMax;
        Map<String, Output> outputs = tells ? outputs(tx, row, nowMillis) : null;
        return view(row, new Energy(known, unknown), tasks, outputs);
    }

    /** Its tasks, as they were planned and as they ran. */
    static List<Task> tasks(Tx tx, GraphRow row) {
        return Graphs.tasks(tx, row.id).stream()
                .map(task -> task(
                        row,
                        task,
                        task.jobId == null
                                ? null
                                : tx.get(JobRow.class, task.jobId).orElse(null)))
                .toList();
    }

    private static long outputChars(Tx tx, GraphRow row) {
        long chars = 0;
        for (String name : row.outputs.split(",", -1)) {
            chars += Math.ceilDiv(GraphValues.bytes(output(tx, row, name)), 3) * 4L;
        }
        return chars;
    }

    private static GraphTensorRow output(Tx tx, GraphRow row, String name) {
        return tx.get(GraphTensorRow.class, row.id + "/task:" + name).orElseThrow();
    }

    private static Map<String, Output> outputs(Tx tx, GraphRow row, long nowMillis) {
        Map<String, Output> outputs = new LinkedHashMap<>();
        for (String name : row.outputs.split(",", -1)) {
            GraphTensorRow tensor = output(tx, row, name);
            try {
                outputs.put(
                        name,
                        new Output(
                                tensor.type.toLowerCase(Locale.ROOT),
                                Views.numbers(tensor.shape),
                                Base64.getEncoder().encodeToString(GraphValues.read(tx, tensor, nowMillis))));
            } catch (ArtifactException failure) {
                throw Refusal.of(failure);
            }
        }
        return outputs;
    }

    private static GraphJob view(
            GraphRow row, @Nullable Energy energy, @Nullable List<Task> tasks, @Nullable Map<String, Output> outputs) {
        Double budget = row.energyBudgetMicrojoules;
        return new GraphJob(
                row.id,
                row.name,
                row.state,
                row.reason,
                Instant.ofEpochMilli(row.createdAt).toString(),
                row.finishedAt == null
                        ? null
                        : Instant.ofEpochMilli(row.finishedAt).toString(),
                Instant.ofEpochMilli(row.deadlineAt).toString(),
                row.priority,
                budget == null ? null : budget / 1000,
                row.accuracyFloor,
                row.plannedMicros / 1000.0,
                since(row.createdAt, row.finishedAt),
                energy,
                tasks,
                outputs);
    }

    /** Millijoules of what is known so far and of one more. */
    private static @Nullable Double sum(@Nullable Double knownMj, @Nullable Double microjoules) {
        if (microjoules == null) {
            return knownMj;
        }
        return (knownMj == null ? 0 : knownMj) + microjoules / 1000;
    }

    private static @Nullable Long since(long from, @Nullable Long to) {
        return to == null ? null : Long.valueOf(to - from);
    }

    private static Task task(GraphRow graph, GraphTaskRow row, @Nullable JobRow job) {
        Long started = row.startedAt;
        return new Task(
                row.task,
                row.kind,
                row.model,
                row.version,
                row.variant,
                row.segmentTo == 0 ? null : Integer.valueOf(row.segmentFrom),
                row.segmentTo == 0 ? null : Integer.valueOf(row.segmentTo),
                row.source,
                row.sensor,
                row.transform,
                List.of(row.inputs.split(",", -1)),
                row.type.toLowerCase(Locale.ROOT),
                Views.numbers(row.shape),
                row.state,
                row.reason,
                row.plannedStartMicros / 1000.0,
                row.plannedMicros / 1000.0,
                since(graph.createdAt, started),
                started == null ? null : since(started, row.finishedAt),
                job == null ? null : inference(job));
    }

    private static Inference inference(JobRow job) {
        Long latency = job.latencyMicros;
        Double energy = job.energyMicrojoules;
        String nodeId = job.nodeId;
        return new Inference(
                job.id,
                job.state,
                job.reason,
                nodeId == null ? null : nodeId.substring(nodeId.indexOf('/') + 1),
                job.device,
                job.variant,
                job.epoch,
                latency == null ? null : latency / 1000.0,
                job.modelled,
                energy == null ? null : energy / 1000,
                job.energyMethod,
                job.why);
    }
}
