package io.fleetwright.controller.graph;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.job.Estimates;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.Notice;
import io.fleetwright.controller.job.Part;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.Uploads;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Whether a job of several tasks is accepted, and its rows when it is. */
final class GraphAdmission {
    /** Open ones of one tenant. */
    static final int OPEN_MAX = 100;

    private final RandomGenerator random;
    private final Stretches stretches = new Stretches();

    GraphAdmission(RandomGenerator random) {
        this.random = random;
    }

    /**
     * Accepts a job; it ends in one of succeeded, failed, expired, cancelled.
     *
     * @throws Refusal when a name is unknown, the graph makes no sense, too many jobs are open, or no placement keeps the deadline
     */
    GraphRow submit(Tx tx, Effects effects, String tenant, GraphSpec spec, long nowMillis) {
        GraphCheck.Checked graph = GraphCheck.check(
                spec,
                model -> offers(tx, tenant, model),
                device -> tx.get(DeviceRow.class, tenant + "/" + device).isPresent(),
                task -> stretches.of(tx, tenant, task, nowMillis));
        requireInputs(tx, tenant, spec, nowMillis);
        requireBoards(tx, tenant, graph.spec());
        requireFloor(tx, tenant, spec);
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
            Estimates.Best best = switch (task) {
                case GraphSpec.ModelTask model -> {
                    String device = device(spec, model, model.device());
                    yield looked.computeIfAbsent(
                            Arrays.asList(model.model(), model.version(), device),
                            _ -> Estimates.best(
                                    tx, tenant, model.model(), model.version(), spec.accuracyFloor(), device));
                }
                case GraphSpec.SegmentTask stretch -> stretch(tx, tenant, graph, stretch);
                case GraphSpec.TransformTask _, GraphSpec.FrameTask _ -> null;
            };
            if (best != null) {
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
            if (row.isPart()) {
                continue;
            }
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
        row.attemptsMax = spec.attempts();
        row.outputs = String.join(",", spec.outputs());
        row.plannedMicros = path.micros();
        row.notifyNode = spec.notifyNode();
        tx.insert(row);
        spec.inputs().forEach((name, input) -> store(tx, row, GraphSpec.INPUT + name, input, nowMillis));
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
                case GraphSpec.SegmentTask stretch -> {
                    made.kind = "segment";
                    made.model = stretch.model();
                    made.version = stretch.version();
                    made.variant = stretch.variant();
                    made.device = stretch.device();
                    made.segmentFrom = stretch.from();
                    made.segmentTo = stretch.to();
                    Stretches.Stretch known = stretchOf(graph, stretch);
                    made.workShare = known.share();
                    made.parts = known.gives().size() == 1
                            ? ""
                            : known.gives().stream().map(GraphTensorRow::shape).collect(Collectors.joining(";"));
                }
                case GraphSpec.FrameTask _ -> made.kind = GraphTaskRow.FRAME;
                case GraphSpec.TransformTask step -> {
                    made.kind = GraphTaskRow.TRANSFORM;
                    made.transform = step.text();
                }
            }
            GraphSpec.Sensed sensed = sensed(spec, task);
            made.source = sensed == null ? null : sensed.source();
            made.sensor = sensed == null ? null : sensed.sensor();
            Form form = graph.forms().get(task.id());
            if (form == null) {
                throw new IllegalStateException("task %s has no form".formatted(task.id()));
            }
            made.type = form.type().name();
            made.shape = GraphTensorRow.shape(form);
            made.rankMicros = path.rankMicros().getOrDefault(task.id(), 0L);
            made.plannedStartMicros = path.startMicros().getOrDefault(task.id(), 0L);
            made.plannedMicros = costs.getOrDefault(task.id(), 0L);
            made.state = Graphs.WAITING;
            made.createdAt = nowMillis;
            tx.insert(made);
        }
        effects.hint(tenant, "job", row.id);
        return row;
    }

    private static void store(Tx tx, GraphRow row, String reference, GraphSpec.Input input, long nowMillis) {
        switch (input) {
            case GraphSpec.Inline(Form form, byte[] bytes) ->
                GraphValues.store(tx, row, reference, form, bytes, nowMillis);
            case GraphSpec.Uploaded(Form form, String digest) -> {
                if (form.bytes() <= Limits.INLINE_TENSOR_BYTES_MAX) {
                    GraphValues.store(tx, row, reference, form, read(tx, digest, nowMillis), nowMillis);
                } else {
                    GraphValues.store(tx, row, reference, form, digest, nowMillis);
                }
            }
            case GraphSpec.Sensed(Form form, String _, String _) ->
                GraphValues.store(tx, row, reference, form, (String) null, nowMillis);
        }
    }

    private static byte[] read(Tx tx, String digest, long nowMillis) {
        try {
            return new Artifacts(tx, nowMillis).read(new Digest(digest));
        } catch (ArtifactException failure) {
            throw Refusal.of(failure);
        }
    }

    /** Whether what inputs name is there, is the tenant's, and has the length of their form. */
    private static void requireInputs(Tx tx, String tenant, GraphSpec spec, long nowMillis) {
        spec.inputs().forEach((name, input) -> {
            switch (input) {
                case GraphSpec.Inline _ -> {}
                case GraphSpec.Uploaded(Form form, String digest) -> {
                    long bytes = Uploads.require(tx, tenant, digest, nowMillis).bytes;
                    if (bytes != form.bytes()) {
                        throw Refusal.invalid(
                                "input %s was put with %d bytes; %s has %d".formatted(name, bytes, form, form.bytes()));
                    }
                }
                case GraphSpec.Sensed(Form _, String source, String sensor) -> {
                    if (tx.get(DeviceRow.class, tenant + "/" + source).isEmpty()) {
                        throw Refusal.notFound("device", "%s, which input %s comes from".formatted(source, name));
                    }
                    Jobs.requireSensor(tx, tenant, source, sensor);
                }
            }
        });
    }

    /** Whether boards that are there take the orders that frames of their sensors need. */
    private static void requireBoards(Tx tx, String tenant, GraphSpec spec) {
        for (GraphSpec.Task task : spec.tasks()) {
            GraphSpec.Sensed sensed = sensed(spec, task);
            if (sensed != null && (task instanceof GraphSpec.FrameTask || task instanceof GraphSpec.TransformTask)) {
                Jobs.requireCapture(
                        tx,
                        tenant,
                        sensed.source(),
                        "task " + task.id(),
                        task instanceof GraphSpec.TransformTask step
                                ? Graphs.before(sensed.form(), step.transform())
                                : Chains.NONE);
            }
        }
    }

    /** A stretch has one variant, which reaches the floor or does not. */
    private static void requireFloor(Tx tx, String tenant, GraphSpec spec) {
        Double floor = spec.accuracyFloor();
        for (GraphSpec.Task task : spec.tasks()) {
            if (floor != null && task instanceof GraphSpec.SegmentTask stretch) {
                Double accuracy = tx.get(
                                VariantRow.class,
                                String.join("/", tenant, stretch.model(), stretch.version(), stretch.variant()))
                        .map(Part::accuracy)
                        .orElse(null);
                if (!GraphCheck.reaches(accuracy, floor)) {
                    throw Refusal.invalid("task %s: variant %s was not measured to reach accuracyFloor %s"
                            .formatted(stretch.id(), stretch.variant(), floor));
                }
            }
        }
    }

    private static GraphSpec.@Nullable Sensed sensed(GraphSpec spec, GraphSpec.Task task) {
        for (String reference : task.inputs()) {
            if (reference.startsWith(GraphSpec.INPUT)
                    && spec.inputs().get(reference.substring(GraphSpec.INPUT.length()))
                            instanceof GraphSpec.Sensed sensed) {
                return sensed;
            }
        }
        return null;
    }

    /** The only one that may run the task. */
    private static @Nullable String device(GraphSpec spec, GraphSpec.Task task, @Nullable String wanted) {
        GraphSpec.Sensed sensed = sensed(spec, task);
        return sensed == null ? wanted : sensed.source();
    }

    private static Stretches.Stretch stretchOf(GraphCheck.Checked graph, GraphSpec.SegmentTask task) {
        Stretches.Stretch stretch = graph.stretches().get(task.id());
        if (stretch == null) {
            throw new IllegalStateException("task %s has no stretch".formatted(task.id()));
        }
        return stretch;
    }

    private static Estimates.Best stretch(Tx tx, String tenant, GraphCheck.Checked graph, GraphSpec.SegmentTask task) {
        Estimates.Best whole = Estimates.best(
                tx,
                tenant,
                task.model(),
                variant -> variant.version.equals(task.version()) && variant.variant.equals(task.variant()),
                device(graph.spec(), task, task.device()));
        double share = stretchOf(graph, task).share();
        return new Estimates.Best(Math.round(share * whole.knownMicros()), Math.round(share * whole.p90Micros()));
    }
}
