package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.GraphFamily;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Violation.Kind;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Valid schedules with one thing spoilt: the checker names the rule, and no other rule that still holds. */
class ScheduleMutantsTest {
    /** Whole figures, every task on some devices only, some devices busy at first. */
    private static Problem problem(SplittableRandom random) {
        Problem any = TestProblems.random(random, 12, 4);
        Problem whole = Variants.withCosts(any, (_, _, was) -> Math.ceil(was));
        double[] ready = new double[whole.deviceCount()];
        for (int device = 0; device < ready.length; device++) {
            ready[device] = random.nextInt(3) == 0 ? random.nextInt(1, 20) : 0;
        }
        return Variants.withReadyTimes(wholeVolumes(Variants.sparse(random, whole, Integer.MAX_VALUE)), ready);
    }

    private static Problem wholeVolumes(Problem problem) {
        var graph = TaskGraph.builder().tasks(problem.taskCount());
        for (int task = 0; task < problem.taskCount(); task++) {
            for (int e = problem.graph().outBegin(task); e < problem.graph().outEnd(task); e++) {
                graph.edge(
                        task,
                        problem.graph().outTask(e),
                        4 * Math.ceil(problem.graph().outVolume(e)));
            }
        }
        return new Problem(graph.build(), problem.platform(), problem.costs());
    }

    private static Schedule schedule(Problem problem, SplittableRandom random) throws UnschedulableException {
        var partial = new PartialSchedule(problem);
        for (int position = 0; position < problem.taskCount(); position++) {
            int task = problem.graph().topologicalTask(position);
            Insertion insertion = random.nextBoolean() ? Insertion.APPEND : Insertion.FILL_GAPS;
            partial.place(task, partial.earliestFinishDevice(task, insertion), insertion);
        }
        return partial.toSchedule();
    }

    private static Map<Kind, Long> kinds(Problem problem, Schedule schedule) {
        return ScheduleChecker.check(problem, schedule).stream()
                .collect(
                        Collectors.groupingBy(Violation::kind, () -> new EnumMap<>(Kind.class), Collectors.counting()));
    }

    /** Any number of assignments changed in any of their figures: both checkers name the same rules. */
    @Test
    void whateverIsSpoiltTheRulesNamedAreThoseThatAreBroken() {
        Map<Kind, Integer> seen = new EnumMap<>(Kind.class);
        SeededCases.forEach(1, 700, (random, _) -> {
            Problem problem = problem(random);
            Schedule valid = schedule(problem, random);
            assertThat(NaiveChecker.broken(problem, valid)).isEmpty();
            assertThat(ScheduleChecker.check(problem, valid)).isEmpty();
            List<Assignment> spoilt = new ArrayList<>(valid.assignments());
            for (int times = random.nextInt(1, 3); times > 0; times--) {
                spoil(spoilt, random);
            }
            double makespan = random.nextInt(8) == 0
                    ? valid.makespan() + 1
                    : Schedule.of(spoilt).makespan();
            var changed = new Schedule(spoilt, makespan < Double.POSITIVE_INFINITY ? makespan : valid.makespan());
            Map<Kind, Long> found = kinds(problem, changed);
            assertThat(found.keySet()).isEqualTo(NaiveChecker.broken(problem, changed));
            found.keySet().forEach(kind -> seen.merge(kind, 1, Integer::sum));
        });
        assertThat(seen)
                .containsOnlyKeys(Kind.values())
                .allSatisfy((_, times) -> assertThat(times).isGreaterThan(3));
    }

    private static void spoil(List<Assignment> all, SplittableRandom random) {
        if (all.isEmpty()) {
            return;
        }
        int at = random.nextInt(all.size());
        Assignment was = all.get(at);
        double shift = random.nextInt(-12, 13);
        switch (random.nextInt(7)) {
            case 0 -> all.remove(at);
            case 1 -> all.add(new Assignment(was.task(), was.device(), was.start() + 50, was.finish() + 50));
            case 2 -> all.set(at, new Assignment(random.nextInt(-1, 14), was.device(), was.start(), was.finish()));
            case 3 -> all.set(at, new Assignment(was.task(), random.nextInt(-1, 5), was.start(), was.finish()));
            case 4 -> all.set(at, new Assignment(was.task(), was.device(), was.start() + shift, was.finish() + shift));
            case 5 -> all.set(at, new Assignment(was.task(), was.device(), was.start(), was.finish() + shift));
            default -> all.set(at, new Assignment(was.task(), was.device(), bad(random), was.finish()));
        }
    }

    private static double bad(SplittableRandom random) {
        return switch (random.nextInt(3)) {
            case 0 -> Double.NaN;
            case 1 -> -1;
            default -> Double.POSITIVE_INFINITY;
        };
    }

    /**
     * A chain of three on two devices, each task 2 long on device 0 and 3 on device 1, volumes of 4; device 1 is ready at 5.
     * The plan: 0 on device 0 in 0-2, 1 on device 1 in 6-9, 2 on device 0 in 13-15.
     */
    private static final Problem CHAIN = Variants.withReadyTimes(
            TestProblems.problem(GraphFamily.CHAIN.graph(3, 4), new double[][] {
                {2, 3}, {2, 3}, {2, CostTable.CANNOT_RUN}
            }),
            0,
            5);

    private static final List<Assignment> PLAN =
            List.of(new Assignment(0, 0, 0, 2), new Assignment(1, 1, 6, 9), new Assignment(2, 0, 13, 15));

    @ParameterizedTest
    @CsvSource({
        // Which assignment, what it becomes, and what that breaks.
        "1, 1, 1, 6, 9, ''",
        "1, 1, 1, 7, 10, BEFORE_INPUT", // 10 + 4 is later than 13
        "1, 1, 1, 5, 8, BEFORE_INPUT", // 2 + 4 is later than 5
        "1, 1, 0, 2, 4, ''", // both inputs and outputs are at hand
        "1, 1, 0, 1, 3, OVERLAP BEFORE_INPUT",
        "1, 1, 0, 12, 14, OVERLAP BEFORE_INPUT",
        "0, 0, 1, 4, 7, BEFORE_DEVICE_READY OVERLAP BEFORE_INPUT",
        "2, 2, 1, 9, 11, CANNOT_RUN_THERE", // whatever its time
        "2, 2, 0, 13, 16, WRONG_DURATION",
        "2, 2, 0, 13, 14, WRONG_DURATION",
        "2, 2, 0, 12, 14, BEFORE_INPUT",
        "2, 2, 0, -1, 1, BAD_TIME NOT_PLACED",
        "2, 2, 0, 15, 13, BAD_TIME NOT_PLACED",
        "2, 2, 0, 13, Infinity, BAD_TIME NOT_PLACED",
        "2, 2, 0, 13, NaN, BAD_TIME NOT_PLACED",
        "2, 3, 0, 13, 15, UNKNOWN_TASK NOT_PLACED",
        "2, -1, 0, 13, 15, UNKNOWN_TASK NOT_PLACED",
        "2, 2, 2, 13, 15, UNKNOWN_DEVICE NOT_PLACED",
        "2, 2, -1, 13, 15, UNKNOWN_DEVICE NOT_PLACED",
        "2, 1, 0, 13, 15, PLACED_TWICE NOT_PLACED",
    })
    void oneSpoiltAssignmentIsNamedByItsRule(
            int at, int task, int device, double start, double finish, String expected) {
        List<Assignment> spoilt = new ArrayList<>(PLAN);
        spoilt.set(at, new Assignment(task, device, start, finish));
        Map<Kind, Long> found = kinds(CHAIN, new Schedule(spoilt, 15));
        found.remove(Kind.WRONG_MAKESPAN);
        assertThat(found.keySet().stream().map(Kind::name))
                .containsExactlyInAnyOrder(expected.isEmpty() ? new String[0] : expected.split(" "));
    }

    static List<Object[]> figures() {
        return List.of(
                new Object[] {new Assignment(7, 0, 13, 15), "Assignment[task=7, device=0, start=13.0, finish=15.0]"},
                new Object[] {new Assignment(2, 9, 13, 15), "Assignment[task=2, device=9, start=13.0, finish=15.0]"},
                new Object[] {
                    new Assignment(2, 0, 13, 16), "Assignment[task=2, device=0, start=13.0, finish=16.0] takes 2.0"
                },
                new Object[] {
                    new Assignment(2, 0, 12, 14),
                    "Assignment[task=2, device=0, start=12.0, finish=14.0], input of"
                            + " Assignment[task=1, device=1, start=6.0, finish=9.0] arrives at 13.0"
                },
                new Object[] {
                    new Assignment(1, 0, 13, 15),
                    "Assignment[task=1, device=1, start=6.0, finish=9.0] and"
                            + " Assignment[task=1, device=0, start=13.0, finish=15.0]"
                });
    }

    @ParameterizedTest
    @MethodSource("figures")
    void theFirstViolationHasTheFigures(Assignment last, String detail) {
        var schedule = Schedule.of(List.of(PLAN.get(0), PLAN.get(1), last));
        assertThat(ScheduleChecker.check(CHAIN, schedule).getFirst().detail()).isEqualTo(detail);
    }

    /** A billionth of the last finish, 15, may be lost to rounding. */
    @ParameterizedTest
    @CsvSource({"1.4e-8, true", "-1.4e-8, true", "1.6e-8, false", "-1.6e-8, false"})
    void roundingIsForgivenAndNoMore(double off, boolean forgiven) {
        var longer = new Schedule(List.of(PLAN.get(0), PLAN.get(1), new Assignment(2, 0, 13, 15 + off)), 15 + off);
        var sooner = new Schedule(
                List.of(PLAN.get(0), PLAN.get(1), new Assignment(2, 0, 13 - Math.abs(off), 15 - Math.abs(off))), 15);
        var stated = new Schedule(PLAN, 15 + off);
        assertThat(List.of(kinds(CHAIN, longer), kinds(CHAIN, sooner), kinds(CHAIN, stated)))
                .allMatch(found -> found.isEmpty() == forgiven);
    }

    /** A valid schedule stays valid when all of it comes later, and not when the tasks are said to take half as long. */
    @Test
    void aLaterScheduleIsAsValidButItsTimesMustBeTheTasks() {
        SeededCases.forEach(1, 100, (random, _) -> {
            Problem problem = problem(random);
            Schedule valid = schedule(problem, random);
            Problem quicker = Variants.withCosts(problem, (_, _, was) -> was / 2);
            List<Assignment> late = valid.assignments().stream()
                    .map(one -> new Assignment(one.task(), one.device(), one.start() + 7, one.finish() + 7))
                    .toList();
            assertThat(ScheduleChecker.check(problem, Schedule.of(late))).isEmpty();
            // With tasks half as long, exactly those that take any time at all have the wrong duration.
            long wrong = valid.assignments().stream()
                    .filter(one -> one.finish() > one.start())
                    .count();
            assertThat(kinds(quicker, valid)).isEqualTo(wrong == 0 ? Map.of() : Map.of(Kind.WRONG_DURATION, wrong));
        });
    }
}
