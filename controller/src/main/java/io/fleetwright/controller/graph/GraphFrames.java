package io.fleetwright.controller.graph;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.telemetry.wire.StreamTransforms;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What leaves a board of a sensor's frame that a job reads. Pure. Each frame is taken once, by one order:
 *
 * <ul>
 *   <li>A network, or its beginning, that alone reads it and is not for another device runs on the sensor's board: the frame stays there.
 *   <li>A transform that alone reads it and makes nothing larger of it runs on the board: what it makes leaves.
 *   <li>All else finds the frame here, which a {@link GraphSpec.FrameTask} has put: each reader sees the same bytes.
 * </ul>
 */
final class GraphFrames {
    /** Begins the id of a task that no caller can write. */
    static final String FRAME = "frame:";

    private GraphFrames() {}

    /**
     * With the tasks that frames need.
     *
     * @throws Refusal that names an input whose frame is too large to leave its board
     */
    static GraphSpec with(GraphSpec spec) {
        Set<String> taken = new HashSet<>();
        spec.inputs().forEach((name, input) -> {
            List<GraphSpec.Task> readers = spec.tasks().stream()
                    .filter(task -> task.inputs().contains(GraphSpec.INPUT + name))
                    .toList();
            if (input instanceof GraphSpec.Sensed sensed && !readers.isEmpty()) {
                if (readers.size() > 1 || !staysThere(readers.getFirst(), sensed)) {
                    taken.add(name);
                }
                boolean leaves = taken.contains(name) || readers.getFirst() instanceof GraphSpec.TransformTask;
                if (leaves && sensed.form().bytes() > StreamTransforms.FRAME_BYTES_MAX) {
                    throw Refusal.invalid("input %s is a frame of %d bytes, at most %d can be transformed or leave %s"
                            .formatted(name, sensed.form().bytes(), StreamTransforms.FRAME_BYTES_MAX, sensed.source()));
                }
            }
        });
        if (taken.isEmpty()) {
            return spec;
        }
        List<GraphSpec.Task> tasks = new ArrayList<>();
        spec.inputs().keySet().stream()
                .filter(taken::contains)
                .forEach(name -> tasks.add(new GraphSpec.FrameTask(name)));
        spec.tasks().forEach(task -> tasks.add(reading(task, taken)));
        Map<String, GraphSpec.Input> inputs = new LinkedHashMap<>(spec.inputs());
        return new GraphSpec(
                spec.name(),
                spec.deadline(),
                spec.priority(),
                spec.energyBudgetMillijoules(),
                spec.accuracyFloor(),
                spec.attempts(),
                inputs,
                tasks,
                spec.outputs(),
                spec.notifyNode());
    }

    /** Whether what alone reads a frame runs where the sensor is. */
    private static boolean staysThere(GraphSpec.Task reader, GraphSpec.Sensed sensed) {
        return switch (reader) {
            case GraphSpec.ModelTask network -> isThere(network.device(), sensed);
            case GraphSpec.SegmentTask stretch -> stretch.from() == 0 && isThere(stretch.device(), sensed);
            case GraphSpec.TransformTask step -> step.inputs().size() == 1 && isNotLarger(step, sensed.form());
            case GraphSpec.FrameTask _ -> true;
        };
    }

    private static boolean isThere(@Nullable String device, GraphSpec.Sensed sensed) {
        return device == null || device.equals(sensed.source());
    }

    private static boolean isNotLarger(GraphSpec.TransformTask step, Form frame) {
        try {
            return step.transform().output(List.of(frame)).bytes() <= frame.bytes();
        } catch (TransformException doesNotTakeIt) {
            // Whoever checks forms says what does not fit.
            return true;
        }
    }

    private static GraphSpec.Task reading(GraphSpec.Task task, Set<String> taken) {
        List<String> inputs = task.inputs().stream()
                .map(reference -> reference.startsWith(GraphSpec.INPUT)
                                && taken.contains(reference.substring(GraphSpec.INPUT.length()))
                        ? GraphSpec.TASK + FRAME + reference.substring(GraphSpec.INPUT.length())
                        : reference)
                .toList();
        return switch (task) {
            case GraphSpec.ModelTask(String id, String model, var version, var device, List<String> _) ->
                new GraphSpec.ModelTask(id, model, version, device, inputs);
            case GraphSpec.SegmentTask(
                    String id,
                    String model,
                    String version,
                    String variant,
                    int from,
                    int to,
                    var device,
                    List<String> _) -> new GraphSpec.SegmentTask(id, model, version, variant, from, to, device, inputs);
            case GraphSpec.TransformTask(String id, var transform, String text, List<String> _) ->
                new GraphSpec.TransformTask(id, transform, text, inputs);
            case GraphSpec.FrameTask frame -> frame;
        };
    }

    /** References as the caller wrote them. */
    static String shown(List<String> references) {
        return String.join(", ", references).replace(GraphSpec.TASK + FRAME, GraphSpec.INPUT);
    }
}
