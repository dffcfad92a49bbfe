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
        Map<String, Input> inputs,
        List<Task> tasks,
        List<String> outputs,
        @Nullable String notifyNode) {
    public GraphSpec {
        inputs = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        tasks = List.copyOf(tasks);
        outputs = List.copyOf(outputs);
    }

    /** A value that comes with the job, as long as its form says. */
    public record Input(Form form, byte[] bytes) {}

    /** One step. */
    public sealed interface Task {
        String id();

        /** {@code input:NAME} or {@code task:ID}. */
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
     * A step without a network.
     *
     * @param text name and parameters as JSON, from which the transform can be read again
     */
    public record TransformTask(String id, Transform transform, String text, List<String> inputs) implements Task {
        public TransformTask {
            inputs = List.copyOf(inputs);
        }
    }

    static final String INPUT = "input:";
    static final String TASK = "task:";

    /** The task that a reference names, or null when it names an input. */
    static @Nullable String taskOf(String reference) {
        return reference.startsWith(TASK) ? reference.substring(TASK.length()) : null;
    }
}
