package io.fleetwright.controller.graph;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformException;
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
    /** What a variant of a model takes and gives; its accuracy when that was measured. */
    record Offer(
            String version,
            Form input,
            Form output,
            @Nullable Double accuracy) {}

    /**
     * A graph that can run.
     *
     * @param order of tasks, each after those that feed it
     * @param forms of what comes out, by task
     */
    record Checked(GraphSpec spec, List<GraphSpec.Task> order, Map<String, Form> forms) {}

    /** Bytes that an agent's answer carries. */
    private static final int MODEL_OUTPUT_BYTES_MAX = io.fleetwright.telemetry.wire.Limits.INLINE_TENSOR_BYTES_MAX;

    private final GraphSpec spec;
    private final Function<String, List<Offer>> models;
    private final Map<String, GraphSpec.Task> tasks = new LinkedHashMap<>();

    private GraphCheck(GraphSpec spec, Function<String, List<Offer>> models) {
        this.spec = spec;
        this.models = models;
    }

    /**
     * Checks a specification.
     *
     * @param models variants of a model, none when it is unknown
     * @param devices whether there is such a {@code node/device}
     * @throws Refusal that names the task or the edge
     */
    static Checked check(GraphSpec spec, Function<String, List<Offer>> models, Predicate<String> devices) {
        GraphCheck check = new GraphCheck(spec, models);
        check.names(devices);
        List<GraphSpec.Task> order = check.order();
        check.everyTaskIsOfUse();
        Map<String, Form> forms = new HashMap<>();
        for (GraphSpec.Task task : order) {
            forms.put(task.id(), check.form(task, forms));
        }
        return new Checked(spec, order, Map.copyOf(forms));
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
            if (task instanceof GraphSpec.ModelTask network
                    && network.device() != null
                    && !devices.test(network.device())) {
                throw Refusal.notFound("device", "%s, which task %s is for".formatted(network.device(), task.id()));
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

    private Form form(GraphSpec.Task task, Map<String, Form> forms) {
        List<Form> inputs = new ArrayList<>();
        for (String reference : task.inputs()) {
            String other = GraphSpec.taskOf(reference);
            GraphSpec.Input input = spec.inputs().get(reference.substring(reference.indexOf(':') + 1));
            Form form = other == null && input != null ? input.form() : forms.get(String.valueOf(other));
            if (form == null) {
                throw new IllegalStateException("nothing is known of " + reference);
            }
            inputs.add(form);
        }
        return switch (task) {
            case GraphSpec.ModelTask model -> network(model, inputs);
            case GraphSpec.TransformTask step -> {
                try {
                    yield step.transform().output(inputs);
                } catch (TransformException refused) {
                    throw Refusal.invalid("%s -> task:%s: %s"
                            .formatted(String.join(", ", step.inputs()), step.id(), refused.getMessage()));
                }
            }
        };
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
                            task.inputs().getFirst(),
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
        if (output.bytes() > MODEL_OUTPUT_BYTES_MAX) {
            throw Refusal.invalid("task %s: %s of model %s is more than the %d bytes that a result carries"
                    .formatted(task.id(), output, task.model(), MODEL_OUTPUT_BYTES_MAX));
        }
        return output;
    }

    static boolean reaches(@Nullable Double accuracy, double floor) {
        return accuracy != null && accuracy >= floor;
    }
}
