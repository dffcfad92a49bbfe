package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.Table;
import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.gantt.Gantt;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.optimum.LowerBounds;
import io.fleetwright.scheduler.optimum.ProvingSolver;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.BoundedScheduler;
import io.fleetwright.scheduler.plan.Copies;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Schedules a task graph with one or several algorithms. */
@Command(
        name = "schedule",
        description = "Schedules a task graph and reports makespan, gap to the optimum and assignments.")
public final class ScheduleCommand extends CliCommand {
    /** Where a build of the optional module leaves its jars. */
    private static final String SOLVER_BUILT = "scheduler/cpsat/target/lib";

    /** One algorithm's answer. */
    private record Result(String algorithm, Solution solution) {
        /** The bound holds for schedules that run each task once. */
        boolean bounded() {
            return Algorithms.copies(algorithm) == Copies.FORBIDDEN;
        }

        boolean proven() {
            return bounded() && solution.proven();
        }
    }

    @Option(
            names = "--dag",
            required = true,
            paramLabel = "F",
            description = "a canonical file (graph, costs and processors) or a WfFormat 1.5 workflow")
    private Path dag = Path.of("");

    @Option(
            names = "--platform",
            paramLabel = "F",
            description = "devices and links for a workflow; docs/scheduler.md has the format")
    private @Nullable Path platform;

    @Option(
            names = "--algorithm",
            required = true,
            split = ",",
            paramLabel = "A",
            description = "one or more names, separated by commas; an unknown one lists them all")
    private List<String> algorithms = List.of();

    @Option(
            names = "--seed",
            defaultValue = "1",
            paramLabel = "N",
            description = "decides what 'random', 'improve' and 'exact' do")
    private long seed;

    @Option(
            names = "--steps",
            defaultValue = "" + Algorithms.STEPS_DEFAULT,
            paramLabel = "N",
            description = "schedules that 'improve' looks at; default ${DEFAULT-VALUE}")
    private long steps;

    @Option(
            names = "--proof-steps",
            defaultValue = "" + Algorithms.PROOF_STEPS_DEFAULT,
            paramLabel = "N",
            description = "partial schedules that 'exact' looks at; default ${DEFAULT-VALUE}")
    private long proofSteps;

    @Option(
            names = "--solver",
            paramLabel = "DIR",
            description = "folder of jars with a solver that 'exact' may ask; default " + SOLVER_BUILT)
    private @Nullable Path solver;

    @Option(names = "--explain", description = "for each task, what every device would have meant and why it lost")
    private boolean explain;

    @Option(
            names = "--gantt",
            paramLabel = "OUT.svg|OUT.json",
            converter = GanttFile.Converter.class,
            description = "draws the plan of the one algorithm")
    private @Nullable GanttFile gantt;

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
        if (gantt != null && algorithms.size() != 1) {
            throw wrongUsage("--gantt draws the plan of one algorithm, not of %d".formatted(algorithms.size()));
        }
        Algorithms.Settings settings = settings();
        Problem problem = ScheduleInput.read(dag, platform);
        double bound = LowerBounds.of(problem);
        List<Result> results = new ArrayList<>();
        for (String name : algorithms) {
            results.add(new Result(name, solve(name, settings, problem, bound)));
        }
        results = withBestBound(results);
        if (gantt != null) {
            Schedule plan = results.getFirst().solution().schedule();
            gantt.write(() -> chart(problem, plan));
        }
        if (json) {
            print(json(problem, results));
        } else {
            text(problem, results);
        }
        return CommandFailure.DONE;
    }

    /** Only a workflow takes a platform, and only it states its unit. */
    private Gantt chart(Problem problem, Schedule plan) {
        String title = "%s, makespan %s".formatted(algorithms.getFirst(), ScheduleExplanation.number(plan.makespan()));
        return Gantt.ofPlan(title, platform == null ? Gantt.Unit.UNSTATED : Gantt.Unit.SECONDS, problem, plan);
    }

    /** What one algorithm proved holds for the plans of all that run each task once. */
    private static List<Result> withBestBound(List<Result> results) {
        double best = results.stream()
                .filter(Result::bounded)
                .mapToDouble(result -> result.solution().lowerBound())
                .max()
                .orElse(0);
        return results.stream()
                .map(result -> result.bounded()
                        ? new Result(
                                result.algorithm(),
                                new Solution(result.solution().schedule(), best))
                        : result)
                .toList();
    }

    private Algorithms.Settings settings() throws CommandFailure {
        List<ProvingSolver> solvers = SolverFolder.load(solverFolder());
        try {
            return new Algorithms.Settings(seed, Budget.ofSteps(steps), proofSteps, solvers);
        } catch (IllegalArgumentException outOfRange) {
            throw wrongUsage(String.valueOf(outOfRange.getMessage()));
        }
    }

    private Path solverFolder() {
        return solver != null ? solver : Path.of(System.getProperty("fleetwright.home", ""), SOLVER_BUILT);
    }

    private static Solution solve(String name, Algorithms.Settings settings, Problem problem, double bound)
            throws CommandFailure {
        var scheduler = Algorithms.named(name, settings);
        try {
            return scheduler instanceof BoundedScheduler bounded
                    ? bounded.solve(problem)
                    : new Solution(scheduler.schedule(problem), bound);
        } catch (UnschedulableException none) {
            throw new CommandFailure("%s: %s".formatted(name, none.getMessage()), none);
        }
    }

    /** {@code proven} says that no better schedule exists: it meets a lower bound, or a search was complete. */
    private ObjectNode json(Problem problem, List<Result> results) {
        ObjectNode root = object();
        ArrayNode array = root.putArray("results");
        for (Result result : results) {
            Solution solution = result.solution();
            ObjectNode node = array.addObject()
                    .put("algorithm", result.algorithm())
                    .put("makespan", solution.schedule().makespan())
                    .put("proven", result.proven());
            if (result.bounded()) {
                node.put("lowerBound", solution.lowerBound());
            }
            if (result.bounded() && solution.gap() < Double.POSITIVE_INFINITY) {
                node.put("gap", solution.gap());
            }
            ArrayNode assignments = node.putArray("assignments");
            for (Assignment assignment : solution.schedule().assignments()) {
                assignments
                        .addObject()
                        .put("task", assignment.task())
                        .put("device", assignment.device())
                        .put("start", assignment.start())
                        .put("finish", assignment.finish());
            }
            if (explains(result)) {
                node.set("explanations", ScheduleExplanation.json(problem, solution.schedule()));
            }
        }
        return root;
    }

    private void text(Problem problem, List<Result> results) {
        Table summary = new Table("algorithm", " makespan", " lower bound", " gap", "");
        for (Result result : results) {
            Solution solution = result.solution();
            summary.row(
                    result.algorithm(),
                    ScheduleExplanation.number(solution.schedule().makespan()),
                    result.bounded() ? ScheduleExplanation.number(solution.lowerBound()) : "-",
                    result.bounded() ? "%.1f %%".formatted(100 * solution.gap()) : "-",
                    result.proven() ? "optimal" : "");
        }
        summary.print(out());
        for (Result result : results) {
            out().printf(
                            "%n%s: makespan %s%n",
                            result.algorithm(),
                            ScheduleExplanation.number(
                                    result.solution().schedule().makespan()));
            Table table = new Table("task", "device", " start", " finish");
            for (Assignment assignment : result.solution().schedule().assignments()) {
                table.row(
                        "%d %s".formatted(assignment.task(), problem.graph().name(assignment.task())),
                        "%d %s"
                                .formatted(
                                        assignment.device(),
                                        problem.platform()
                                                .device(assignment.device())
                                                .id()),
                        ScheduleExplanation.number(assignment.start()),
                        ScheduleExplanation.number(assignment.finish()));
            }
            table.print(out());
            if (explains(result)) {
                ScheduleExplanation.print(problem, result.solution().schedule(), out());
            }
        }
    }

    /** A plan that runs a task more than once has no one place to explain. */
    private boolean explains(Result result) {
        return explain && result.bounded();
    }
}
