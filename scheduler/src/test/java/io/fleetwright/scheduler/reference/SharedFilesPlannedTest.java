package io.fleetwright.scheduler.reference;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.format.GanttJson;
import io.fleetwright.scheduler.format.NaiveJson;
import io.fleetwright.scheduler.gantt.Gantt;
import io.fleetwright.scheduler.gantt.Svg;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.optimum.LowerBounds;
import io.fleetwright.scheduler.plan.Alternative;
import io.fleetwright.scheduler.plan.Alternative.Possible;
import io.fleetwright.scheduler.plan.Alternative.Standing;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Copies;
import io.fleetwright.scheduler.plan.Explanation;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every shared graph, planned by every algorithm; each plan is checked, explained and drawn. */
class SharedFilesPlannedTest {
    private static final List<String> ONE_DEVICE = List.of("fastest-node");

    static List<String> graphs() throws Exception {
        return SharedFiles.graphs();
    }

    private static Map<String, Schedule> plans(Problem problem) throws UnschedulableException {
        var settings = new Algorithms.Settings(3, Budget.ofSteps(200), 500, List.of());
        Map<String, Schedule> plans = new HashMap<>();
        for (String name : Algorithms.names()) {
            StaticScheduler scheduler = Algorithms.named(name, settings);
            if (!name.equals("brute") && !(name.equals("exact") && problem.taskCount() > 8)) {
                try {
                    plans.put(name, scheduler.schedule(problem));
                } catch (UnschedulableException impossible) {
                    assertThat(ONE_DEVICE).as(impossible.getMessage()).contains(name);
                }
            }
        }
        return plans;
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void everyAlgorithmPlansItValidly(String name) throws Exception {
        Problem problem = SharedFiles.problem(name);
        double bound = LowerBounds.of(problem);
        Map<String, Schedule> plans = plans(problem);
        assertThat(plans).hasSizeGreaterThan(19);
        plans.forEach((algorithm, plan) -> {
            assertThat(ScheduleChecker.check(problem, plan, Algorithms.copies(algorithm)))
                    .as(algorithm)
                    .isEmpty();
            assertThat(faults(problem, plan)).as(algorithm).isEmpty();
            if (Algorithms.copies(algorithm) == Copies.FORBIDDEN) {
                assertThat(plan.assignments()).hasSize(problem.taskCount());
                assertThat(plan.makespan()).as(algorithm).isGreaterThanOrEqualTo(bound * (1 - 1e-9));
            }
            if (Algorithms.portfolioMembers().contains(algorithm)) {
                assertThat(plan(plans, "portfolio").makespan()).isLessThanOrEqualTo(plan.makespan() * (1 + 1e-12));
            }
        });
        assertThat(plan(plans, "improve").makespan())
                .isLessThanOrEqualTo(plan(plans, "portfolio").makespan());
        explain(problem, plan(plans, "heft"));
        draw(problem, plan(plans, "portfolio"));
    }

    private static Schedule plan(Map<String, Schedule> plans, String algorithm) {
        return requireNonNull(plans.get(algorithm), algorithm);
    }

    /** What is wrong with a plan, by looking at every pair of runs and every edge. */
    private static List<String> faults(Problem problem, Schedule plan) {
        List<String> faults = new ArrayList<>();
        double slack = 1e-9 * Math.max(1, plan.makespan());
        List<Assignment> runs = plan.assignments().stream()
                .sorted(Comparator.comparingInt(Assignment::device).thenComparingDouble(Assignment::start))
                .toList();
        for (int i = 1; i < runs.size(); i++) {
            if (runs.get(i).device() == runs.get(i - 1).device()
                    && runs.get(i).start() < runs.get(i - 1).finish() - slack) {
                faults.add("two at once: " + runs.get(i));
            }
        }
        for (Assignment run : runs) {
            double length = problem.costs().executionTime(run.task(), run.device());
            if (Math.abs(run.finish() - run.start() - length) > slack) {
                faults.add("not as long as it takes: " + run);
            }
            for (int e = problem.graph().inBegin(run.task());
                    e < problem.graph().inEnd(run.task());
                    e++) {
                int before = problem.graph().inTask(e);
                double volume = problem.graph().inVolume(e);
                boolean fed = runs.stream()
                        .anyMatch(source -> source.task() == before
                                && source.finish()
                                                + problem.platform()
                                                        .links()
                                                        .transferTime(volume, source.device(), run.device())
                                        <= run.start() + slack);
                if (!fed) {
                    faults.add("before its input: " + run);
                }
            }
        }
        return faults;
    }

    /** Each task's candidates, with their figures worked out again from the plan. */
    private static void explain(Problem problem, Schedule plan) {
        var explanation = new Explanation(problem, plan);
        Map<Integer, Assignment> byTask = new HashMap<>();
        plan.assignments().forEach(run -> byTask.put(run.task(), run));
        double slack = 1e-9 * Math.max(1, plan.makespan());
        for (int task = 0; task < problem.taskCount(); task += 1 + problem.taskCount() / 40) {
            List<Alternative> all = explanation.of(task);
            assertThat(all)
                    .extracting(Alternative::device)
                    .doesNotHaveDuplicates()
                    .hasSize(problem.deviceCount());
            Assignment own = requireNonNull(byTask.get(task));
            for (Alternative alternative : all) {
                double length = problem.costs().executionTime(task, alternative.device());
                if (!(alternative instanceof Possible possible)) {
                    assertThat(length).isInfinite();
                    continue;
                }
                assertThat(possible.execution()).isEqualTo(length);
                assertThat(possible.laterBy()).isCloseTo(possible.finish() - own.finish(), within(slack));
                assertThat(possible.standing() == Standing.CHOSEN).isEqualTo(possible.device() == own.device());
                double released = 0;
                double arrival = 0;
                for (int e = problem.graph().inBegin(task); e < problem.graph().inEnd(task); e++) {
                    Assignment from = requireNonNull(byTask.get(problem.graph().inTask(e)));
                    released = Math.max(released, from.finish());
                    arrival = Math.max(
                            arrival,
                            from.finish()
                                    + problem.platform()
                                            .links()
                                            .transferTime(
                                                    problem.graph().inVolume(e), from.device(), possible.device()));
                }
                assertThat(possible.transfer()).isCloseTo(Math.max(0, arrival - released), within(slack));
                assertThat(possible.start())
                        .isCloseTo(released + possible.transfer() + possible.waiting(), within(slack));
                assertThat(possible.start()).isGreaterThanOrEqualTo(arrival - slack);
            }
        }
    }

    /** The chart as JSON says what the plan says, and as a drawing has its runs side by side. */
    private static void draw(Problem problem, Schedule plan) {
        Gantt chart = Gantt.ofPlan("a plan", Gantt.Unit.SECONDS, problem, plan);
        NaiveJson.Node json = NaiveJson.parse(new String(GanttJson.of(chart), StandardCharsets.UTF_8));
        List<NaiveJson.Node> bars = json.get("bars").items();
        assertThat(json.get("rows").texts())
                .isEqualTo(problem.platform().devices().stream()
                        .map(device -> device.id())
                        .toList());
        assertThat(bars).hasSameSizeAs(plan.assignments());
        List<Svg.Box> boxes = boxes(chart);
        assertThat(boxes).hasSameSizeAs(bars);
        for (int i = 0; i < bars.size(); i++) {
            Assignment run = plan.assignments().get(i);
            assertThat(bars.get(i).get("row").whole()).isEqualTo(run.device());
            assertThat(bars.get(i).get("label").text())
                    .isEqualTo(problem.graph().name(run.task()));
            assertThat(bars.get(i).get("start").number()).isEqualTo(run.start());
            assertThat(bars.get(i).get("finish").number()).isEqualTo(run.finish());
            assertThat(boxes.get(i).tooltip()).startsWith(problem.graph().name(run.task()) + "\n");
            assertThat(boxes.get(i).look())
                    .isEqualTo("c" + bars.get(i).get("group").whole() % 10);
        }
        double first =
                plan.assignments().stream().mapToDouble(Assignment::start).min().orElseThrow();
        double last = boxes.stream().mapToDouble(Svg.Box::right).max().orElseThrow();
        double left = boxes.stream().mapToDouble(Svg.Box::x).min().orElseThrow();
        double perTime = (last - left) / (plan.makespan() - first);
        for (int i = 0; i < bars.size(); i++) {
            Assignment run = plan.assignments().get(i);
            assertThat(boxes.get(i).x()).isCloseTo(left + perTime * (run.start() - first), within(0.01));
        }
    }

    private static List<Svg.Box> boxes(Gantt chart) {
        try {
            return Svg.of(chart).bars();
        } catch (Exception notXml) {
            throw new AssertionError(notXml);
        }
    }
}
