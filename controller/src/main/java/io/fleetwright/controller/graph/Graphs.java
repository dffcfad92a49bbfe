package io.fleetwright.controller.graph;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.job.Estimates;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.Notice;
import io.fleetwright.controller.job.Part;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
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
    public static final int OPEN_MAX = 100;

    private static final int LOOKED_AT = 1000;
    /** A step of priority goes before work that came so much earlier. */
    private static final long PRIORITY_MICROS = 10_000_000;
    /** Bytes that transforms of one step read and write; the rest is done in the next one. */
    private static final long TRANSFORM_BYTES_PER_STEP = 8L << 20;

    private final Settings settings;
    private final RandomGenerator random;
    private final Jobs jobs;

    public Graphs(Settings settings, RandomGenerator random, Jobs jobs) {
        this.settings = settings;
        this.random = random;
        this.jobs = jobs;
    }

    /**
     * Accepts a job; it ends in one of succeeded, failed, expired, cancelled.
     *
     * @throws Refusal when a name is unknown, the graph makes no sense, too many jobs are open, or no placement keeps the deadline
     */
    public GraphRow submit(Tx tx, Effects effects, String tenant, GraphSpec spec, long nowMillis) {
        GraphCheck.Checked graph = GraphCheck.check(
                spec,
                model -> offers(tx, tenant, model),
                device -> tx.get(DeviceRow.class, tenant + "/" + device).isPresent());
        Notice.requireNode(tx, tenant, spec.notifyNode());
        long open = tx.count(Query.of(GraphRow.class).equal("tenant", tenant).in("state", Jobs.OPEN));
        if (open >= OPEN_MAX) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY, "%d jobs of several tasks are open, at most %d".formatted(open, OPEN_MAX));
        }
        Map<String, Long> known = new HashMap<>();
        Map<String, Long> costs = new HashMap<>();
        Map<List<Object>, Estimates.Best> looked = new HashMap<>();
        for (GraphSpec.Task task : graph.order()) {
            if (task instanceof GraphSpec.ModelTask model) {
                Estimates.Best best = looked.computeIfAbsent(
                        Arrays.asList(model.model(), model.version(), model.device()),
                        _ -> Estimates.best(
                                tx, tenant, model.model(), model.version(), spec.accuracyFloor(), model.device()));
                known.put(task.id(), best.knownMicros());
                costs.put(task.id(), best.p90Micros());
            }
        }
        long reachable = CriticalPath.of(graph.order(), known).micros();
        if (reachable > spec.deadline().toNanos() / 1000) {
            throw new Refusal(
                    Refusal.Kind.DEADLINE_UNREACHABLE,
                    "deadline of %d ms: the longest path takes at least %.3f ms on the best devices"
                            .formatted(spec.deadline().toMillis(), reachable / 1000.0));
        }
        return insert(tx, effects, tenant, graph, CriticalPath.of(graph.order(), costs), costs, nowMillis);
    }

    private static List<GraphCheck.Offer> offers(Tx tx, String tenant, String model) {
        List<GraphCheck.Offer> offers = new ArrayList<>();
        for (VariantRow row :
                tx.find(Query.of(VariantRow.class).equal("tenant", tenant).equal("model", model))) {
            try {
                offers.add(new GraphCheck.Offer(
                        row.version,
                        GraphTensorRow.form(Form.Type.INT8.name(), row.inputShape),
                        GraphTensorRow.form(Form.Type.INT8.name(), row.outputShape),
                        Part.accuracy(row)));
            } catch (IllegalArgumentException outOfBounds) {
                throw Refusal.invalid("model %s: %s".formatted(model, outOfBounds.getMessage()));
            }
        }
        return offers;
    }

    private GraphRow insert(
            Tx tx,
            Effects effects,
            String tenant,
            GraphCheck.Checked graph,
            CriticalPath path,
            Map<String, Long> costs,
            long nowMillis) {
        GraphSpec spec = graph.spec();
        GraphRow row = new GraphRow();
        row.id = "g-%011x%08x".formatted(nowMillis, random.nextInt());
        row.tenant = tenant;
        row.name = spec.name();
        row.state = Jobs.QUEUED;
        row.createdAt = nowMillis;
        row.deadlineAt = nowMillis + spec.deadline().toMillis();
        row.priority = spec.priority();
        Double budget = spec.energyBudgetMillijoules();
        row.energyBudgetMicrojoules = budget == null ? null : Double.valueOf(budget * 1000);
        row.accuracyFloor = spec.accuracyFloor();
        row.outputs = String.join(",", spec.outputs());
        row.plannedMicros = path.micros();
        row.notifyNode = spec.notifyNode();
        tx.insert(row);
        spec.inputs()
                .forEach((name, input) ->
                        store(tx, row, GraphSpec.INPUT + name, input.form(), input.bytes(), nowMillis));
        for (GraphSpec.Task task : spec.tasks()) {
            GraphTaskRow made = new GraphTaskRow();
            made.id = row.id + "#" + task.id();
            made.tenant = tenant;
            made.graphId = row.id;
            made.task = task.id();
            made.place = spec.tasks().indexOf(task);
            made.inputs = String.join(",", task.inputs());
            switch (task) {
                case GraphSpec.ModelTask network -> {
                    made.kind = "model";
                    made.model = network.model();
                    made.version = network.version();
                    made.device = network.device();
                }
                case GraphSpec.TransformTask step -> {
                    made.kind = "transform";
                    made.transform = step.text();
                }
            }
            Form form = graph.forms().get(task.id());
            if (form == null) {
                throw new IllegalStateException("task %s has no form".formatted(task.id()));
            }
            made.type = form.type().name();
            made.shape = GraphTensorRow.shape(form);
            made.rankMicros = path.rankMicros().getOrDefault(task.id(), 0L);
            made.plannedStartMicros = path.startMicros().getOrDefault(task.id(), 0L);
            made.plannedMicros = costs.getOrDefault(task.id(), 0L);
            made.state = WAITING;
            made.createdAt = nowMillis;
            tx.insert(made);
        }
        effects.hint(tenant, "job", row.id);
        return row;
    }

    private static void store(Tx tx, GraphRow graph, String reference, Form form, byte[] bytes, long nowMillis) {
        GraphTensorRow tensor = new GraphTensorRow();
        tensor.id = graph.id + "/" + reference;
        tensor.tenant = graph.tenant;
        tensor.graphId = graph.id;
        tensor.type = form.type().name();
        tensor.shape = GraphTensorRow.shape(form);
        if (bytes.length <= Limits.INLINE_TENSOR_BYTES_MAX) {
            tensor.content = bytes;
        } else {
            tensor.digest = new Artifacts(tx, nowMillis).put(bytes).value();
        }
        tensor.createdAt = nowMillis;
        tx.insert(tensor);
    }

    /** The value of a tensor. */
    public static byte[] read(Tx tx, GraphTensorRow tensor, long nowMillis) throws ArtifactException {
        byte[] content = tensor.content;
        return content != null ? content : new Artifacts(tx, nowMillis).read(new Digest(String.valueOf(tensor.digest)));
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
        for (GraphRow graph : tx.find(Query.of(GraphRow.class)
                .in("state", Jobs.OPEN)
                .ascending("createdAt")
                .limit(LOOKED_AT))) {
            asked |= advance(tx, effects, graph, allowance, nowMillis);
        }
        return asked;
    }

    /** What transforms may still read and write in this step. */
    private static final class Allowance {
        private long bytes;

        Allowance(long bytes) {
            this.bytes = bytes;
        }

        /** The first of a step may always run, so that none waits forever. */
        boolean takes(long wanted) {
            if (bytes < wanted && bytes < TRANSFORM_BYTES_PER_STEP) {
                return false;
            }
            bytes -= wanted;
            return true;
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
        if (tasks.stream().allMatch(task -> task.state.equals(Jobs.SUCCEEDED))) {
            end(tx, effects, graph, tasks, Jobs.SUCCEEDED, null, nowMillis);
        } else if (late != null || graph.deadlineAt < nowMillis) {
            end(tx, effects, graph, tasks, Jobs.EXPIRED, "deadline", nowMillis);
            return false;
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
        Long finished = job == null ? null : job.finishedAt;
        if (job == null) {
            task.state = Jobs.FAILED;
            task.reason = "inference-gone";
        } else if (!job.state.equals(Jobs.SUCCEEDED)) {
            task.state = job.state;
            task.reason = job.reason == null ? job.state : job.reason;
        } else if (output == null || output.length != form.bytes()) {
            task.state = Jobs.FAILED;
            task.reason = "wrong-output-size";
        } else {
            task.state = Jobs.SUCCEEDED;
            store(tx, graph, GraphSpec.TASK + task.task, form, output, nowMillis);
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
                if (task.kind.equals("model")) {
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

    private static List<GraphTensorRow> tensors(Tx tx, GraphRow graph, GraphTaskRow task) {
        List<GraphTensorRow> tensors = new ArrayList<>();
        for (String reference : task.inputs.split(",", -1)) {
            tensors.add(tx.get(GraphTensorRow.class, graph.id + "/" + reference).orElseThrow());
        }
        return tensors;
    }

    private void ask(Tx tx, Effects effects, GraphRow graph, GraphTaskRow task, long nowMillis) {
        GraphTensorRow input = tensors(tx, graph, task).getFirst();
        Jobs.Request request = new Jobs.Request(
                String.valueOf(task.model),
                input.content,
                input.digest,
                GraphTensorRow.form(input.type, input.shape).bytes(),
                Duration.ofMillis(Math.max(0, graph.deadlineAt - nowMillis)),
                task.device);
        long turn = graph.createdAt * 1000
                - graph.priority * PRIORITY_MICROS
                - Math.min(task.rankMicros, settings.attemptLimit().toNanos() / 1000);
        Part part = new Part(graph.id, task.version, graph.accuracyFloor, turn);
        task.jobId = jobs.add(tx, effects, graph.tenant, request, part, nowMillis).id;
        task.state = Jobs.RUNNING;
        task.startedAt = nowMillis;
        tx.update(task);
    }

    /** False when this step has done its share. */
    private static boolean compute(Tx tx, GraphRow graph, GraphTaskRow task, Allowance allowance, long nowMillis) {
        List<GraphTensorRow> tensors = tensors(tx, graph, task);
        List<Form> forms = tensors.stream()
                .map(tensor -> GraphTensorRow.form(tensor.type, tensor.shape))
                .toList();
        Form form = GraphTensorRow.form(task.type, task.shape);
        if (!allowance.takes(
                form.bytes() + forms.stream().mapToLong(Form::bytes).sum())) {
            return false;
        }
        try {
            List<byte[]> values = new ArrayList<>();
            for (GraphTensorRow tensor : tensors) {
                values.add(read(tx, tensor, nowMillis));
            }
            byte[] value = GraphSpecReader.transform(task.task, String.valueOf(task.transform))
                    .apply(forms, values);
            store(tx, graph, GraphSpec.TASK + task.task, form, value, nowMillis);
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
        graph.reason = reason;
        graph.finishedAt = nowMillis;
        tx.update(graph);
        tell(tx, effects, graph, nowMillis);
        effects.hint(graph.tenant, "job", graph.id);
    }
}
