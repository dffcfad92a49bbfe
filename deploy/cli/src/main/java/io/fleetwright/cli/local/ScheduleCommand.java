package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.Table;
import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.format.CanonicalWorkload;
import io.fleetwright.scheduler.format.MalformedWorkloadException;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Schedules a task graph with one or several algorithms. */
@Command(name = "schedule", description = "Schedules a task graph and reports makespan and assignments.")
public final class ScheduleCommand extends CliCommand {
    /** One algorithm's answer. */
    private record Result(String algorithm, Schedule schedule) {}

    @Option(
            names = "--dag",
            required = true,
            paramLabel = "F",
            description = "a canonical file: graph, costs and processors")
    private Path dag = Path.of("");

    @Option(
            names = "--algorithm",
            required = true,
            split = ",",
            paramLabel = "A",
            description = "one or more names, separated by commas; an unknown one lists them all")
    private List<String> algorithms = List.of();

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "decides what 'random' does")
    private long seed;

    @Option(names = "--json", description = "one JSON object: results")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        for (String name : algorithms) {
            if (!Algorithms.names().contains(name)) {
                throw wrongUsage(
                        "unknown algorithm '%s'; known: %s".formatted(name, String.join(" ", Algorithms.names())));
            }
        }
        Problem problem = read();
        List<Result> results = new ArrayList<>();
        for (String name : algorithms) {
            try {
                results.add(new Result(name, Algorithms.named(name, seed).schedule(problem)));
            } catch (UnschedulableException none) {
                throw new CommandFailure("%s: %s".formatted(name, none.getMessage()), none);
            }
        }
        if (json) {
            print(json(results));
        } else {
            text(results);
        }
        return CommandFailure.DONE;
    }

    private Problem read() throws CommandFailure {
        byte[] bytes = InputFile.read(dag);
        try {
            return CanonicalWorkload.read(bytes).problem();
        } catch (MalformedWorkloadException malformed) {
            throw new CommandFailure("%s: %s".formatted(dag, malformed.getMessage()), malformed);
        }
    }

    /** {@code proven} says that no better schedule exists; list schedulers never know that. */
    private static ObjectNode json(List<Result> results) {
        ObjectNode root = object();
        ArrayNode array = root.putArray("results");
        for (Result result : results) {
            ObjectNode node = array.addObject()
                    .put("algorithm", result.algorithm())
                    .put("makespan", result.schedule().makespan())
                    .put("proven", false);
            ArrayNode assignments = node.putArray("assignments");
            for (Assignment assignment : result.schedule().assignments()) {
                assignments
                        .addObject()
                        .put("task", assignment.task())
                        .put("device", assignment.device())
                        .put("start", assignment.start())
                        .put("finish", assignment.finish());
            }
        }
        return root;
    }

    private void text(List<Result> results) {
        for (Result result : results) {
            out().printf(
                            "%s: makespan %s%n",
                            result.algorithm(), number(result.schedule().makespan()));
            Table table = new Table(" task", " device", " start", " finish");
            for (Assignment assignment : result.schedule().assignments()) {
                table.row(
                        String.valueOf(assignment.task()),
                        String.valueOf(assignment.device()),
                        number(assignment.start()),
                        number(assignment.finish()));
            }
            table.print(out());
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }
}
