package io.fleetwright.controller.graph;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.Notice;
import io.fleetwright.controller.job.Part;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Storable;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.Transform;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.trust.artifact.ArtifactException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Jobs of several tasks, from admission to exactly one terminal state. A task that runs a network is a job of {@link Jobs} with its
 * attempts, retries and deadline; a transform is computed here, within a bound for each step. Steps can run at any time, twice, or
 * after a crash: a task is done when its value is stored, and that happens with the change of its state.
 */
public final class Graphs {
    public static final String WAITING = "waiting";
    /** Open ones of one tenant. */
    public static final int OPEN_MAX = GraphAdmission.OPEN_MAX;

    private static final int LOOKED_AT = 1000;
    /** Bytes that transforms of one step read and write; the rest is done in the next one. */
    private static final long TRANSFORM_BYTES_PER_STEP = 8L << 20;

    private final Settings settings;
    private final GraphAdmission admission;
    private final Jobs jobs;

    public Graphs(Settings settings, RandomGenerator random, Jobs jobs) {
        this.settings = settings;
        this.admission = new GraphAdmission(random);
        this.jobs = jobs;
    }

    /**
     * Accepts a job; it ends in one of succeeded, failed, expired, cancelled.
     *
     * @throws Refusal when a name is unknown, the graph makes no sense, too many jobs are open, or no placement keeps the deadline
     */
    public GraphRow submit(Tx tx, Effects effects, String tenant, GraphSpec spec, long nowMillis) {
        return admission.submit(tx, effects, tenant, spec, nowMillis);
    }

    /** Ends a job by hand. */
    public GraphRow cancel(Tx tx, Effects effects, String tenant, String id, long nowMillis) {
        GraphRow graph = tx.get(GraphRow.class, id)
                .filter(row -> row.tenant.equals(tenant))
                .orElseThrow(() -> Refusal.notFound("job", id));
        if (!Jobs.OPEN.contains(graph.state)) {
            throw new Refusal(Refusal.Kind.CONFLICT, "job %s is %s".formatted(id, graph.state));
        }
        end(tx, effects, graph, tasks(tx, graph.id), Jobs.CANCELLED, "by-operator", nowMillis);
        return graph;
    }

    /** Tasks of a job, in the order of the specification. */
    public static List<GraphTaskRow> tasks(Tx tx, String graphId) {
        return tx.find(Query.of(GraphTaskRow.class).equal("graphId", graphId).ascending("place"));
    }

    /**
     * Takes in what inferences have come to, computes transforms, asks for the inferences that have become possible, and ends what
     * is over.
     *
     * @return true when there are new inferences to place
     */
    public boolean step(Tx tx, Effects effects, long nowMillis) {
        Allowance allowance = new Allowance(TRANSFORM_BYTES_PER_STEP);
        boolean asked = false;
        for (GraphRow graph : due(tx, nowMillis)) {
            asked |= advance(tx, effects, graph, allowance, nowMillis);
        }
        return asked;
    }

    /** Jobs with something to do: one of their inferences has ended, or their time has come. */
    private static List<GraphRow> due(Tx tx, long nowMillis) {
        Map<String, GraphRow> due = new LinkedHashMap<>();
        for (JobRow ended :
                tx.find(Query.of(JobRow.class).equal("graphDue", true).limit(LOOKED_AT))) {
            ended.graphDue = false;
            tx.update(ended);
            tx.get(GraphRow.class, String.valueOf(ended.graphId))
                    .filter(graph -> Jobs.OPEN.contains(graph.state))
                    .ifPresent(graph -> due.put(graph.id, graph));
        }
        for (GraphRow graph : tx.find(Query.of(GraphRow.class)
                .in("state", Jobs.OPEN)
                .atMost("dueAt", nowMillis)
                .ascending("dueAt")
                .limit(LOOKED_AT))) {
            due.putIfAbsent(graph.id, graph);
        }
        return List.copyOf(due.values());
    }

    /** What transforms may still read and write in this step. */
    private static final class Allowance {
        private long bytes;
        private boolean refused;

        Allowance(long bytes) {
            this.bytes = bytes;
        }

        /** The first of a step may always run, so that none waits forever. */
        boolean takes(long wanted) {
            if (bytes < wanted && bytes < TRANSFORM_BYTES_PER_STEP) {
                refused = true;
                return false;
            }
            bytes -= wanted;
            return true;
        }

        /** Something has to wait for the next step. */
        boolean isSpent() {
            return refused;
        }
    }

    private boolean advance(Tx tx, Effects effects, GraphRow graph, Allowance allowance, long nowMillis) {
        List<GraphTaskRow> tasks = tasks(tx, graph.id);
        for (GraphTaskRow task : tasks) {
            if (task.state.equals(Jobs.RUNNING)) {
                take(tx, effects, graph, task, nowMillis);
            }
        }
        GraphTaskRow lost = first(tasks, Jobs.FAILED, Jobs.CANCELLED);
        GraphTaskRow late = first(tasks, Jobs.EXPIRED);
        if (lost != null) {
            end(tx, effects, graph, tasks, Jobs.FAILED, "task %s: %s".formatted(lost.task, lost.reason), nowMillis);
            return false;
        }
        if (late == null && spent(tx, tasks) > budget(graph)) {
            end(tx, effects, graph, tasks, Jobs.FAILED, "energy-budget", nowMillis);
            return false;
        }
        boolean asked = late == null && start(tx, effects, graph, tasks, allowance, nowMillis);
        GraphTaskRow broken = first(tasks, Jobs.FAILED);
        if (broken != null) {
            end(tx, effects, graph, tasks, Jobs.FAILED, "task %s: %s".formatted(broken.task, broken.reason), nowMillis);
            return asked;
        }
        if (tasks.stream().allMatch(task -> task.state.equals(Jobs.SUCCEEDED))) {
            end(tx, effects, graph, tasks, Jobs.SUCCEEDED, null, nowMillis);
        } else if (late != null || graph.deadlineAt < nowMillis) {
            end(tx, effects, graph, tasks, Jobs.EXPIRED, "deadline", nowMillis);
            return false;
        } else {
            long due = allowance.isSpent() ? 0 : graph.deadlineAt + 1;
            if (graph.dueAt != due) {
                graph.dueAt = due;
                tx.update(graph);
            }
        }
        return asked;
    }

    private static @Nullable GraphTaskRow first(List<GraphTaskRow> tasks, String... states) {
        Set<String> wanted = Set.of(states);
        return tasks.stream()
                .filter(task -> wanted.contains(task.state))
                .findFirst()
                .orElse(null);
    }

    private static double budget(GraphRow graph) {
        Double budget = graph.energyBudgetMicrojoules;
        return budget == null ? Double.POSITIVE_INFINITY : budget;
    }

    /** What finished tasks are known to have taken, microjoules: less than what they took when some is unknown. */
    private static double spent(Tx tx, List<GraphTaskRow> tasks) {
        double known = 0;
        for (GraphTaskRow task : tasks) {
            if (task.state.equals(Jobs.SUCCEEDED) && task.jobId != null) {
                Double energy = tx.get(JobRow.class, task.jobId)
                        .map(job -> job.energyMicrojoules)
                        .orElse(null);
                known += energy == null ? 0 : energy;
            }
        }
        return known;
    }

    private static void take(Tx tx, Effects effects, GraphRow graph, GraphTaskRow task, long nowMillis) {
        JobRow job = tx.get(JobRow.class, String.valueOf(task.jobId)).orElse(null);
        if (job != null && Jobs.OPEN.contains(job.state)) {
            return;
        }
        Form form = GraphTensorRow.form(task.type, task.shape);
        byte[] output = job == null ? null : job.output;
        String digest = job == null ? null : job.outputDigest;
        Long large = job == null ? null : job.outputBytes;
        Long finished = job == null ? null : job.finishedAt;
        if (job == null) {
            task.state = Jobs.FAILED;
            task.reason = "inference-gone";
        } else if (!job.state.equals(Jobs.SUCCEEDED)) {
            task.state = job.state;
            task.reason = job.reason == null ? job.state : job.reason;
        } else if (output != null && output.length == form.bytes()) {
            task.state = Jobs.SUCCEEDED;
            GraphValues.store(tx, graph, GraphSpec.TASK + task.task, form, output, nowMillis);
        } else if (digest != null && large != null && large == form.bytes()) {
            task.state = Jobs.SUCCEEDED;
            GraphValues.store(tx, graph, GraphSpec.TASK + task.task, form, digest, nowMillis);
        } else {
            task.state = Jobs.FAILED;
            task.reason = "wrong-output-size";
        }
        task.finishedAt = finished == null ? Long.valueOf(nowMillis) : finished;
        tx.update(task);
        effects.hint(graph.tenant, "job", graph.id);
    }

    /** Starts what can start, the longest remaining path first; a transform that is done may make others possible. */
    private boolean start(
            Tx tx, Effects effects, GraphRow graph, List<GraphTaskRow> tasks, Allowance allowance, long nowMillis) {
        boolean asked = false;
        boolean begun = false;
        boolean again = true;
        List<GraphTaskRow> byRank = tasks.stream()
                .sorted(Comparator.comparingLong((GraphTaskRow task) -> -task.rankMicros)
                        .thenComparingInt(task -> task.place))
                .toList();
        while (again) {
            again = false;
            Set<String> done = new HashSet<>();
            tasks.stream().filter(task -> task.state.equals(Jobs.SUCCEEDED)).forEach(task -> done.add(task.task));
            for (GraphTaskRow task : byRank) {
                if (!task.state.equals(WAITING) || !isReady(task, done)) {
                    continue;
                }
                if (task.source != null
                        && (task.kind.equals(GraphTaskRow.FRAME) || task.kind.equals(GraphTaskRow.TRANSFORM))) {
                    look(tx, effects, graph, task, nowMillis);
                    asked = true;
                    begun = true;
                } else if (!task.kind.equals(GraphTaskRow.TRANSFORM)) {
                    ask(tx, effects, graph, task, nowMillis);
                    asked = true;
                    begun = true;
                } else if (compute(tx, graph, task, allowance, nowMillis)) {
                    again = true;
                    begun = true;
                }
            }
        }
        if (begun && graph.state.equals(Jobs.QUEUED)) {
            graph.state = Jobs.RUNNING;
            tx.update(graph);
        }
        return asked;
    }

    private static boolean isReady(GraphTaskRow task, Set<String> done) {
        return Arrays.stream(task.inputs.split(",", -1)).allMatch(reference -> {
            String feeder = GraphSpec.taskOf(reference);
            return feeder == null || done.contains(feeder);
        });
    }

    private void ask(Tx tx, Effects effects, GraphRow graph, GraphTaskRow task, long nowMillis) {
        GraphValues.Value input;
        try {
            input = GraphValues.alone(tx, GraphValues.of(tx, graph, task).getFirst(), nowMillis);
        } catch (ArtifactException failure) {
            task.state = Jobs.FAILED;
            task.reason = Fields.clip(String.valueOf(failure.getMessage()));
            task.finishedAt = nowMillis;
            tx.update(task);
            return;
        }
        String source = task.source;
        Part part = part(graph, task);
        Jobs.Request request = new Jobs.Request(
                String.valueOf(task.model),
                input.content(),
                input.digest(),
                input.form().bytes(),
                Duration.ofMillis(Math.max(0, graph.deadlineAt - nowMillis)),
                source == null ? task.device : null,
                source == null ? null : new Jobs.Source(source, Byte.SIZE, task.sensor));
        began(tx, task, jobs.add(tx, effects, graph.tenant, request, part, nowMillis), nowMillis);
    }

    /** Has a sensor's board take a frame, and make of it what the task is. */
    private void look(Tx tx, Effects effects, GraphRow graph, GraphTaskRow task, long nowMillis) {
        Form frame = GraphValues.of(tx, graph, task).getFirst().form();
        Jobs.Capture capture = new Jobs.Capture(
                String.valueOf(task.source),
                String.valueOf(task.sensor),
                GraphTensorRow.form(task.type, task.shape),
                task.transform == null
                        ? Chains.NONE
                        : before(frame, GraphSpecReader.transform(task.task, task.transform)),
                Duration.ofMillis(Math.max(0, graph.deadlineAt - nowMillis)));
        began(tx, task, jobs.capture(tx, effects, graph.tenant, capture, part(graph, task), nowMillis), nowMillis);
    }

    /** One transform of a frame. */
    static Chains before(Form frame, Transform transform) {
        return new Chains(frame, new TransformChain(List.of(transform)), TransformChain.NONE);
    }

    private Part part(GraphRow graph, GraphTaskRow task) {
        long turn = graph.createdAt * 1000
                - graph.priority * Jobs.PRIORITY_MICROS
                - Math.min(task.rankMicros, settings.attemptLimit().toNanos() / 1000);
        return new Part(
                graph.id,
                task.version,
                task.variant,
                graph.accuracyFloor,
                graph.attemptsMax,
                turn,
                task.segmentTo == 0 ? null : new Part.Stretch(task.segmentFrom, task.segmentTo, task.workShare));
    }

    private static void began(Tx tx, GraphTaskRow task, JobRow job, long nowMillis) {
        task.jobId = job.id;
        task.state = Jobs.RUNNING;
        task.startedAt = nowMillis;
        tx.update(task);
    }

    /** False when this step has done its share. */
    private static boolean compute(Tx tx, GraphRow graph, GraphTaskRow task, Allowance allowance, long nowMillis) {
        List<GraphValues.Value> inputs = GraphValues.of(tx, graph, task);
        List<Form> forms = inputs.stream().map(GraphValues.Value::form).toList();
        Form form = GraphTensorRow.form(task.type, task.shape);
        if (!allowance.takes(
                form.bytes() + forms.stream().mapToLong(Form::bytes).sum())) {
            return false;
        }
        try {
            List<byte[]> values = new ArrayList<>();
            for (GraphValues.Value input : inputs) {
                values.add(GraphValues.read(tx, input, nowMillis));
            }
            byte[] value = GraphSpecReader.transform(task.task, String.valueOf(task.transform))
                    .apply(forms, values);
            GraphValues.store(tx, graph, GraphSpec.TASK + task.task, form, value, nowMillis);
            task.state = Jobs.SUCCEEDED;
        } catch (TransformException | ArtifactException failure) {
            task.state = Jobs.FAILED;
            task.reason = Fields.clip(String.valueOf(failure.getMessage()));
        }
        task.startedAt = nowMillis;
        task.finishedAt = nowMillis;
        tx.update(task);
        return true;
    }

    /** Tells the node that the caller named, with outputs that are in their rows; others by digest. */
    private static void tell(Tx tx, Effects effects, GraphRow graph, long nowMillis) {
        String node = graph.notifyNode;
        if (node == null) {
            return;
        }
        List<Notice.Value> values = new ArrayList<>();
        for (String output : graph.state.equals(Jobs.SUCCEEDED) ? graph.outputs.split(",", -1) : new String[0]) {
            GraphTensorRow tensor = tx.get(GraphTensorRow.class, graph.id + "/" + GraphSpec.TASK + output)
                    .orElseThrow();
            Form form = GraphTensorRow.form(tensor.type, tensor.shape);
            values.add(new Notice.Value(
                    output, form.type().name().toLowerCase(Locale.ROOT), form.shape(), tensor.content, tensor.digest));
        }
        Notice.send(
                tx,
                effects,
                graph.tenant,
                node,
                new Notice.Ended(graph.id, graph.name, graph.state, graph.reason, null, nowMillis),
                values);
    }

    private void end(
            Tx tx,
            Effects effects,
            GraphRow graph,
            List<GraphTaskRow> tasks,
            String state,
            @Nullable String reason,
            long nowMillis) {
        for (GraphTaskRow task : tasks) {
            boolean runs = task.state.equals(Jobs.RUNNING);
            if (!runs && !task.state.equals(WAITING)) {
                continue;
            }
            if (runs && task.jobId != null) {
                jobs.drop(tx, effects, task.jobId, nowMillis);
            }
            boolean late = runs && state.equals(Jobs.EXPIRED);
            task.state = late ? Jobs.EXPIRED : Jobs.CANCELLED;
            task.reason = late ? "deadline" : "job-ended";
            task.finishedAt = nowMillis;
            tx.update(task);
        }
        graph.state = state;
        graph.reason = reason == null ? null : Storable.text(reason, Storable.COLUMN_CHARS_MAX);
        graph.finishedAt = nowMillis;
        tx.update(graph);
        tell(tx, effects, graph, nowMillis);
        effects.hint(graph.tenant, "job", graph.id);
    }
}
