package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.Table;
import io.fleetwright.scheduler.plan.Alternative;
import io.fleetwright.scheduler.plan.Explanation;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalDouble;

/** Why each task of a plan is where it is, as JSON and as tables. */
final class ScheduleExplanation {
    private ScheduleExplanation() {}

    static ArrayNode json(Problem problem, Schedule schedule) {
        var explanation = new Explanation(problem, schedule);
        ArrayNode tasks = JsonNodeFactory.instance.arrayNode();
        for (int task = 0; task < problem.taskCount(); task++) {
            ArrayNode devices = tasks.addObject().put("task", task).putArray("devices");
            for (Alternative alternative : explanation.of(task)) {
                ObjectNode node = devices.addObject().put("device", alternative.device());
                switch (alternative) {
                    case Alternative.Possible possible -> {
                        node.put("start", possible.start())
                                .put("finish", possible.finish())
                                .put("transfer", possible.transfer())
                                .put("waiting", possible.waiting())
                                .put("execution", possible.execution())
                                .put("laterBy", possible.laterBy())
                                .put("delays", possible.delays())
                                .put("reason", words(possible.standing()));
                        explanation.joules(possible).ifPresent(joules -> node.put("energyJ", joules));
                    }
                    case Alternative.Impossible impossible -> node.put("reason", words(impossible.obstacle()));
                }
            }
        }
        return tasks;
    }

    static void print(Problem problem, Schedule schedule, PrintWriter out) {
        var explanation = new Explanation(problem, schedule);
        for (int task = 0; task < problem.taskCount(); task++) {
            out.printf("%ntask %d %s%n", task, problem.graph().name(task));
            Table table = new Table("device", " start", " finish", " later by", " delays", " energy J", "");
            for (Alternative alternative : explanation.of(task)) {
                String device = "%d %s"
                        .formatted(
                                alternative.device(),
                                problem.platform().device(alternative.device()).id());
                switch (alternative) {
                    case Alternative.Possible possible ->
                        table.row(
                                device,
                                number(possible.start()),
                                number(possible.finish()),
                                number(possible.laterBy()),
                                number(possible.delays()),
                                joules(explanation.joules(possible)),
                                words(possible.standing()));
                    case Alternative.Impossible impossible ->
                        table.row(device, "-", "-", "-", "-", "-", words(impossible.obstacle()));
                }
            }
            table.print(out);
        }
    }

    private static String joules(OptionalDouble energy) {
        return energy.isPresent() ? number(energy.getAsDouble()) : "unknown";
    }

    /** Whole numbers without a point, others to seven digits. */
    static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : String.valueOf((float) value);
    }

    private static String words(Enum<?> reason) {
        return reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
