package io.fleetwright.controller.graph;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.telemetry.wire.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Whether what a specification says makes sense as a whole. Pure. */
final class GraphCheck {
    /** Of all outputs of a job, which one answer carries. */
    static final int OUTPUT_BYTES_MAX = 16 << 20;

    /** What a variant of a model takes and gives; its accuracy when that was measured. */
    record Offer(
            String version,
            Form input,
            Form output,
            @Nullable Double accuracy) {}

    /**
     * A graph that can run.
     *
     * @param spec what was asked for, with the tasks that frames of sensors need
     * @param order of tasks, each after those that feed it
     * @param forms of what comes out, by task
     * @param stretches of tasks that run one
     */
    record Checked(
            GraphSpec spec,
            List<GraphSpec.Task> order,
            Map<String, Form> forms,
            Map<String, Stretches.Stretch> stretches) {}

    private final GraphSpec spec;
    private final Function<String, List<Offer>> models;
    private final Stretches.Lookup lookup;
    private final Map<String, GraphSpec.Task> tasks = new LinkedHashMap<>();
    private final Map<String, Form> made = new HashMap<>();
    private final Map<String, Stretches.Stretch> stretches = new HashMap<>();

    private GraphCheck(GraphSpec spec, Function<String, List<Offer>> models, Stretches.Lookup lookup) {
        this.spec = spec;
        this.models = models;
        this.lookup = lookup;
    }

    /**
     * Checks a specification.
     *
     * @param models variants of a model, none when it is unknown
     * @param devices whether there is such a {@code node/device}
     * @param stretches of networks
     * @throws Refusal that names the task or the edge
     */
    static Checked check(
            GraphSpec spec,
            Function<String, List<Offer>> models,
            Predicate<String> devices,
            Stretches.Lookup stretches) {
        new GraphCheck(spec, models, stretches).names(devices);
        GraphSpec planned = GraphFrames.with(spec);
        GraphCheck check = new GraphCheck(planned, models, stretches);
        check.names(devices);
        List<GraphSpec.Task> order = check.order();
        check.everyTaskIsOfUse();
        for (GraphSpec.Task task : order) {
            check.made.put(task.id(), check.form(task));
        }
        check.outputsFitIntoAnAnswer();
        return new Checked(planned, order, Map.copyOf(check.made), Map.copyOf(check.stretches));
    }

    private void names(Predicate<String> devices) {
        for (GraphSpec.Task task : spec.tasks()) {
            if (tasks.put(task.id(), task) != null) {
                throw Refusal.invalid("two tasks have the id " + task.id());
            }
        }
        for (GraphSpec.Task task : spec.tasks()) {
            for (String reference : task.inputs()) {
                String other = GraphSpec.taskOf(reference);
                String input = reference.substring(reference.indexOf(':') + 1);
                if (other == null ? !spec.inputs().containsKey(input) : !tasks.containsKey(other)) {
                    throw Refusal.notFound(
                            other == null ? "input" : "task", "%s, which task %s reads".formatted(input, task.id()));
                }
            }
            String device = deviceOf(task);
            if (device != null && !devices.test(device)) {
                throw Refusal.notFound("device", "%s, which task %s is for".formatted(device, task.id()));
            }
        }
        for (String output : spec.outputs()) {
            if (!tasks.containsKey(output)) {
                throw Refusal.notFound("task", "%s, which is an output".formatted(output));
            }
        }
        if (new HashSet<>(spec.outputs()).size() != spec.outputs().size()) {
            throw Refusal.invalid("an output is named twice");
        }
    }

    private static @Nullable String deviceOf(GraphSpec.Task task) {
        return switch (task) {
            case GraphSpec.ModelTask network -> network.device();
            case GraphSpec.SegmentTask stretch -> stretch.device();
            case GraphSpec.TransformTask _, GraphSpec.FrameTask _ -> null;
        };
    }

    /** Takes tasks whose feeders are all taken, the first in the specification first. */
    private List<GraphSpec.Task> order() {
        List<GraphSpec.Task> order = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        boolean more = true;
        while (more) {
            more = false;
            for (GraphSpec.Task task : spec.tasks()) {
                if (!taken.contains(task.id()) && taken.containsAll(feeders(task))) {
                    taken.add(task.id());
                    order.add(task);
                    more = true;
                }
            }
        }
        if (order.size() < tasks.size()) {
            throw Refusal.invalid("tasks wait for each other: " + String.join(" <- ", cycle(taken)));
        }
        return order;
    }

    private static List<String> feeders(GraphSpec.Task task) {
        List<String> feeders = new ArrayList<>();
        for (String reference : task.inputs()) {
            String other = GraphSpec.taskOf(reference);
            if (other != null) {
                feeders.add(other);
            }
        }
        return feeders;
    }

    /** Each task that is left waits for another one that is left, so that following them comes back. */
    private List<String> cycle(Set<String> taken) {
        List<String> path = new ArrayList<>();
        GraphSpec.Task at = spec.tasks().stream()
                .filter(task -> !taken.contains(task.id()))
                .findFirst()
                .orElseThrow();
        while (!path.contains(at.id())) {
            path.add(at.id());
            String next = feeders(at).stream()
                    .filter(other -> !taken.contains(other))
                    .findFirst()
                    .orElseThrow();
            at = task(next);
        }
        List<String> cycle = new ArrayList<>(path.subList(path.indexOf(at.id()), path.size()));
        cycle.add(at.id());
        return cycle;
    }

    private GraphSpec.Task task(String id) {
        GraphSpec.Task task = tasks.get(id);
        if (task == null) {
            throw new IllegalStateException("no task " + id);
        }
        return task;
    }

    private void everyTaskIsOfUse() {
        Set<String> used = new HashSet<>(spec.outputs());
        ArrayDeque<String> open = new ArrayDeque<>(used);
        while (!open.isEmpty()) {
            for (String feeder : feeders(task(open.pop()))) {
                if (used.add(feeder)) {
                    open.push(feeder);
                }
            }
        }
        for (GraphSpec.Task task : spec.tasks()) {
            if (!used.contains(task.id())) {
                throw Refusal.invalid("no output can be reached from task " + task.id());
            }
        }
    }

    private Form form(GraphSpec.Task task) {
        List<Form> inputs = new ArrayList<>();
        for (String reference : task.inputs()) {
            String other = GraphSpec.taskOf(reference);
            GraphSpec.Input input = spec.inputs().get(reference.substring(reference.indexOf(':') + 1));
            Form form = other == null && input != null ? input.form() : made.get(String.valueOf(other));
            if (GraphSpec.partOf(reference) >= 0) {
                form = part(task, reference);
            }
            if (form == null) {
                throw new IllegalStateException("nothing is known of " + reference);
            }
            inputs.add(form);
        }
        return switch (task) {
            case GraphSpec.ModelTask model -> network(model, inputs);
            case GraphSpec.SegmentTask stretch -> stretch(stretch, inputs);
            case GraphSpec.FrameTask _ -> inputs.getFirst();
            case GraphSpec.TransformTask step -> {
                try {
                    yield step.transform().output(inputs);
                } catch (TransformException refused) {
                    throw Refusal.invalid("%s -> task:%s: %s"
                            .formatted(GraphFrames.shown(step.inputs()), step.id(), refused.getMessage()));
                }
            }
        };
    }

    /** One of several tensors that cross a cut. */
    private Form part(GraphSpec.Task task, String reference) {
        Stretches.Stretch stretch = stretches.get(String.valueOf(GraphSpec.taskOf(reference)));
        int tensors = stretch == null ? 1 : stretch.gives().size();
        int part = GraphSpec.partOf(reference);
        if (part >= tensors) {
            throw Refusal.notFound(
                    "tensor",
                    "%d of %s, which task %s reads; there %s"
                            .formatted(
                                    part,
                                    reference.substring(0, reference.indexOf('.')),
                                    task.id(),
                                    tensors == 1 ? "is one, number 0" : "are " + tensors));
        }
        return stretch == null
                ? form(String.valueOf(GraphSpec.taskOf(reference)))
                : stretch.gives().get(part);
    }

    private Form form(String task) {
        Form form = made.get(task);
        if (form == null) {
            throw new IllegalStateException("nothing is known of task " + task);
        }
        return form;
    }

    private Form stretch(GraphSpec.SegmentTask task, List<Form> inputs) {
        Stretches.Stretch stretch = lookup.of(task);
        if (inputs.size() != 1) {
            throw Refusal.invalid("task %s: a stretch takes one input, not %d: several tensors travel as one value"
                    .formatted(task.id(), inputs.size()));
        }
        Form given = inputs.getFirst();
        Form wanted = Stretches.Stretch.joined(stretch.takes());
        boolean fits = stretch.takes().size() == 1
                ? wanted.fits(given)
                : given.type() == Form.Type.INT8 && given.bytes() == wanted.bytes();
        if (!fits) {
            throw Refusal.invalid("%s -> task:%s: %s comes, and operators from %d of model %s take %s"
                    .formatted(GraphFrames.shown(task.inputs()), task.id(), given, task.from(), task.model(), wanted));
        }
        Form output = Stretches.Stretch.joined(stretch.gives());
        requireCarried(task.id(), task.model(), output);
        stretches.put(task.id(), stretch);
        return output;
    }

    private void outputsFitIntoAnAnswer() {
        long bytes = 0;
        for (String output : spec.outputs()) {
            bytes += form(output).bytes();
        }
        if (bytes > OUTPUT_BYTES_MAX) {
            throw Refusal.invalid("outputs have %d bytes; all together may have %d".formatted(bytes, OUTPUT_BYTES_MAX));
        }
    }

    private static void requireCarried(String task, String model, Form output) {
        if (output.bytes() > Limits.OUTPUT_BYTES_MAX) {
            throw Refusal.invalid("task %s: %s of model %s is more than the %d bytes that a node can answer with"
                    .formatted(task, output, model, Limits.OUTPUT_BYTES_MAX));
        }
    }

    private Form network(GraphSpec.ModelTask task, List<Form> inputs) {
        List<Offer> all = models.apply(task.model());
        if (all.isEmpty()) {
            throw Refusal.notFound("model", "%s, which task %s runs".formatted(task.model(), task.id()));
        }
        List<Offer> offers = all.stream()
                .filter(offer -> task.version() == null || task.version().equals(offer.version()))
                .toList();
        if (offers.isEmpty()) {
            throw Refusal.notFound(
                    "version", "%s of model %s, which task %s runs".formatted(task.version(), task.model(), task.id()));
        }
        if (inputs.size() != 1) {
            throw Refusal.invalid(
                    "task %s: model %s takes one input, not %d".formatted(task.id(), task.model(), inputs.size()));
        }
        Form given = inputs.getFirst();
        List<Offer> taking =
                offers.stream().filter(offer -> offer.input().fits(given)).toList();
        if (taking.isEmpty()) {
            throw Refusal.invalid("%s -> task:%s: %s comes, and model %s takes %s"
                    .formatted(
                            GraphFrames.shown(task.inputs()),
                            task.id(),
                            given,
                            task.model(),
                            offers.getFirst().input()));
        }
        Double floor = spec.accuracyFloor();
        if (floor != null && taking.stream().noneMatch(offer -> reaches(offer.accuracy(), floor))) {
            throw Refusal.invalid("task %s: no variant of model %s was measured to reach accuracyFloor %s"
                    .formatted(task.id(), task.model(), floor));
        }
        Form output = taking.getFirst().output();
        for (Offer offer : taking) {
            if (!offer.output().equals(output)) {
                throw Refusal.invalid("task %s: variants of model %s give %s and %s; name a version"
                        .formatted(task.id(), task.model(), output, offer.output()));
            }
        }
        requireCarried(task.id(), task.model(), output);
        return output;
    }

    static boolean reaches(@Nullable Double accuracy, double floor) {
        return accuracy != null && accuracy >= floor;
    }
}
