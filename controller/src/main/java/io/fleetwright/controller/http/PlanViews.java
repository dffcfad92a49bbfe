package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.graph.GraphRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.stream.LiveStreamRow;
import io.fleetwright.controller.stream.StreamPlanRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is planned of a job, a job of several tasks or a stream, in one form: each task's device, stretch and time, planned and seen. */
final class PlanViews {
    /** Runs all of a network. */
    private static final String ALL = "all";

    private static final ObjectMapper JSON = new ObjectMapper();

    private PlanViews() {}

    /**
     * A plan, of the present attempt of a job, or the newest of a stream.
     *
     * @param plan id of what it is made for
     * @param kind job, graph-job or stream
     * @param number of the attempt, or of the stream's plan; 0 before the first, and 1 of a job of several tasks
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Plan(String plan, String kind, String state, long number, List<Task> tasks) {}

    /**
     * A task; what is absent is not known, or does not apply.
     *
     * @param from first operator, absent for a whole network
     * @param to operator after the last, absent too where the stretch reaches the network's end
     * @param plannedStartMs from the job's start
     * @param plannedMs what it was planned to take
     * @param observedMs what it took; of a stream the median that was seen under the plan
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Task(
            String task,
            String state,
            @Nullable String device,
            @Nullable String variant,
            @Nullable Integer from,
            @Nullable Integer to,
            @Nullable Double plannedStartMs,
            @Nullable Double plannedMs,
            @Nullable Double observedMs) {}

    /** Why a task has its place: what was compared. */
    record Why(String plan, String task, JsonNode why) {}

    /** A plan with the reason for each of its tasks, by the order of these; one without a reason has none. */
    private record Reasoned(Plan plan, List<String> why) {}

    static Plan plan(Tx tx, String tenant, String id) {
        return reasoned(tx, tenant, id).plan();
    }

    /** @throws Refusal when there is no such task, or it has no place yet */
    static Why why(Tx tx, String tenant, String id, String task) {
        Reasoned reasoned = reasoned(tx, tenant, id);
        List<Task> tasks = reasoned.plan().tasks();
        for (int i = 0; i < tasks.size(); i++) {
            if (tasks.get(i).task().equals(task)) {
                String why = reasoned.why().get(i);
                if (why.isEmpty()) {
                    throw Refusal.notFound("reason", "for task %s of %s, which has no place".formatted(task, id));
                }
                return new Why(id, task, read(why));
            }
        }
        throw Refusal.notFound(
                "task",
                "of that name in %s; there are %s"
                        .formatted(
                                id,
                                String.join(", ", tasks.stream().map(Task::task).toList())));
    }

    private static Reasoned reasoned(Tx tx, String tenant, String id) {
        return tx.get(JobRow.class, id)
                .filter(row -> row.tenant.equals(tenant))
                .map(row -> of(tx, row))
                .or(() -> tx.get(GraphRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(row -> of(tx, row)))
                .or(() -> tx.get(LiveStreamRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(row -> of(tx, row)))
                .orElseThrow(() -> Refusal.notFound("plan", id));
    }

    private static Reasoned of(Tx tx, JobRow row) {
        Views.Job job = Views.job(tx, row);
        String why = row.why == null ? "" : row.why;
        List<Task> tasks = new ArrayList<>();
        Views.Shared shared = job.shared();
        if (shared == null) {
            tasks.add(new Task(
                    ALL,
                    job.state(),
                    place(job.node(), job.device()),
                    job.variant(),
                    row.segmentTo == 0 ? null : Integer.valueOf(row.segmentFrom),
                    row.segmentTo == 0 ? null : Integer.valueOf(row.segmentTo),
                    null,
                    plannedMs(why),
                    job.latencyMs()));
        } else {
            for (Views.SharedPart part : shared.parts()) {
                tasks.add(new Task(
                        String.valueOf(tasks.size()),
                        job.state(),
                        place(part.node(), part.device()),
                        job.variant(),
                        part.from(),
                        part.to(),
                        null,
                        part.plannedMs(),
                        part.tookMs()));
            }
        }
        return new Reasoned(
                new Plan(row.id, "job", row.state, row.epoch, tasks),
                tasks.stream().map(_ -> why).toList());
    }

    /** What the chosen device was expected to take; absent when none is chosen, as of a job that waits again. */
    private static @Nullable Double plannedMs(String why) {
        JsonNode reason = read(why.isEmpty() ? "{}" : why);
        for (JsonNode candidate : reason.path("candidates")) {
            JsonNode planned = candidate.path("executionMs");
            if (planned.isNumber() && candidate.path("device").equals(reason.path("chosen"))) {
                return planned.asDouble();
            }
        }
        return null;
    }

    private static Reasoned of(Tx tx, GraphRow row) {
        List<Task> tasks = new ArrayList<>();
        List<String> why = new ArrayList<>();
        for (GraphViews.Task task : GraphViews.tasks(tx, row)) {
            GraphViews.Inference inference = task.inference();
            Long observed = task.observedMs();
            tasks.add(new Task(
                    task.task(),
                    task.state(),
                    inference == null ? null : place(inference.node(), inference.device()),
                    inference == null ? null : inference.variant(),
                    task.from(),
                    task.to(),
                    task.plannedStartMs(),
                    task.plannedMs(),
                    observed == null ? null : Double.valueOf(observed)));
            String reason = inference == null ? null : inference.why();
            why.add(reason == null ? "" : reason);
        }
        return new Reasoned(new Plan(row.id, "graph-job", row.state, 1, tasks), why);
    }

    private static Reasoned of(Tx tx, LiveStreamRow row) {
        StreamPlanRow newest =
                tx.get(StreamPlanRow.class, StreamPlanRow.id(row.id, row.epoch)).orElse(null);
        if (newest == null) {
            return new Reasoned(new Plan(row.id, "stream", row.state, row.epoch, List.of()), List.of());
        }
        StreamViews.Plan plan = StreamViews.plan(newest);
        String source = row.nodeId.substring(row.nodeId.indexOf('/') + 1) + "/" + row.device;
        String helper = plan.helper();
        Integer after = plan.after();
        List<Task> tasks = helper == null || after == null
                ? List.of(new Task(ALL, row.state, source, null, null, null, 0.0, plan.plannedMs(), median(plan)))
                : List.of(
                        new Task("front", row.state, source, null, 0, after + 1, 0.0, plan.frontMs(), null),
                        new Task(
                                "rest",
                                row.state,
                                helper,
                                null,
                                after + 1,
                                null,
                                plan.frontMs() + plan.linkMs(),
                                plan.backMs(),
                                null));
        String why = plan.why() == null ? "" : plan.why();
        return new Reasoned(
                new Plan(row.id, "stream", row.state, row.epoch, tasks),
                tasks.stream().map(_ -> why).toList());
    }

    /** Of frames, where some were seen. */
    private static @Nullable Double median(StreamViews.Plan plan) {
        StreamViews.Latency seen = plan.observed().measured() == null
                ? plan.observed().modelled()
                : plan.observed().measured();
        return seen == null ? null : Double.valueOf(seen.p50Ms());
    }

    private static @Nullable String place(@Nullable String node, @Nullable String device) {
        return node == null || device == null ? null : node + "/" + device;
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException damaged) {
            throw new UncheckedIOException("a reason that was stored cannot be read", damaged);
        }
    }
}
