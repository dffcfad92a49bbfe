package io.fleetwright.controller.graph;

import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.Transform;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks for: tasks that feed each other. Read by {@link GraphSpecReader}, checked as a whole by {@link GraphCheck}.
 *
 * @param priority 0 to 9, the highest first
 * @param energyBudgetMillijoules of all tasks together
 * @param accuracyFloor share of right answers, 0 to 1, that a variant must have been measured to give
 * @param attempts at each inference until it has failed, 1 to 10, absent for what every job has
 * @param inputs by name
 * @param outputs names of tasks whose outcomes are the job's
 * @param notifyNode node of the tenant that is told of the end, absent for none
 */
public record GraphSpec(
        String name,
        Duration deadline,
        int priority,
        @Nullable Double energyBudgetMillijoules,
        @Nullable Double accuracyFloor,
        @Nullable Integer attempts,
        Map<String, Input> inputs,
        List<Task> tasks,
        List<String> outputs,
        @Nullable String notifyNode) {
    public GraphSpec {
        inputs = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        tasks = List.copyOf(tasks);
        outputs = List.copyOf(outputs);
    }

    /** A value from outside, as long as its form says. */
    public sealed interface Input {
        Form form();
    }

    /** It comes with the job. */
    public record Inline(Form form, byte[] bytes) implements Input {}

    /** The tenant has put it here before. */
    public record Uploaded(Form form, String digest) implements Input {}

    /**
     * The next frame of a sensor.
     *
     * @param source {@code node/device}; the sensor is the node's, and the device takes the frame and runs what reads it there
     */
    public record Sensed(Form form, String source, String sensor) implements Input {}

    /** One step. */
    public sealed interface Task {
        String id();

        /** {@code input:NAME}, {@code task:ID}, or {@code task:ID.N} for one of several tensors. */
        List<String> inputs();
    }

    /**
     * A network.
     *
     * @param version absent for whichever runs
     * @param device {@code node/device} when the caller insists on one
     */
    public record ModelTask(
            String id,
            String model,
            @Nullable String version,
            @Nullable String device,
            List<String> inputs) implements Task {
        public ModelTask {
            inputs = List.copyOf(inputs);
        }
    }

    /**
     * A stretch of a network: it takes what crosses the cut before its first operator, several tensors one after the other, and gives
     * what crosses the one behind its last.
     *
     * @param variant the only one whose tensors fit
     * @param from first operator
     * @param to operator after the last
     * @param device {@code node/device} when the caller insists on one
     */
    public record SegmentTask(
            String id,
            String model,
            String version,
            String variant,
            int from,
            int to,
            @Nullable String device,
            List<String> inputs)
            implements Task {
        public SegmentTask {
            inputs = List.copyOf(inputs);
        }
    }

    /**
     * A step without a network.
     *
     * @param text name and parameters as JSON, from which the transform can be read again
     */
    public record TransformTask(String id, Transform transform, String text, List<String> inputs) implements Task {
        public TransformTask {
            inputs = List.copyOf(inputs);
        }
    }

    /**
     * A frame of a sensor, taken once on its board and put here, where all that reads the input finds it. No caller writes it: see
     * {@link GraphFrames}.
     */
    record FrameTask(String input) implements Task {
        @Override
        public String id() {
            return GraphFrames.FRAME + input;
        }

        @Override
        public List<String> inputs() {
            return List.of(INPUT + input);
        }
    }

    static final String INPUT = "input:";
    static final String TASK = "task:";

    /** The task that a reference names, or null when it names an input. */
    static @Nullable String taskOf(String reference) {
        if (!reference.startsWith(TASK)) {
            return null;
        }
        int dot = reference.indexOf('.');
        return reference.substring(TASK.length(), dot < 0 ? reference.length() : dot);
    }

    /** Which of a task's tensors a reference names; -1 for its whole value. */
    static int partOf(String reference) {
        int dot = reference.indexOf('.');
        return dot < 0 ? -1 : Integer.parseInt(reference.substring(dot + 1));
    }
}
