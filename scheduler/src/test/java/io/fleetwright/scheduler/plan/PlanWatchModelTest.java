package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.testkit.SeededCases;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is a reason to mend, against sets of the tasks that have started and ended. */
class PlanWatchModelTest {
    @Test
    void everyAnswerIsThatOfTheSets() {
        int[] yes = new int[3];
        SeededCases.forEach(1, 250, (random, seed) -> {
            Problem problem = TestProblems.random(random, 12, 4);
            Schedule plan = new RandomChoice(seed).schedule(problem);
            double threshold = random.nextInt(3) * 0.25;
            var watch = new PlanWatch(problem, plan, threshold);
            Set<Integer> started = new HashSet<>();
            Set<Integer> ended = new HashSet<>();
            for (int event = 0; event < 30; event++) {
                int task = random.nextInt(problem.taskCount());
                Assignment planned = plan.assignments().get(task);
                double length = planned.finish() - planned.start();
                int device = random.nextInt(problem.deviceCount());
                int other = random.nextInt(problem.deviceCount());
                switch (random.nextInt(4)) {
                    case 0 -> {
                        watch.started(task);
                        started.add(task);
                    }
                    case 1 -> {
                        double took = length * random.nextInt(4) / 2;
                        started.add(task);
                        ended.add(task);
                        boolean off = Math.abs(took - length) > threshold * length;
                        boolean reason = off && ended.size() < problem.taskCount();
                        assertThat(watch.ended(task, took)).isEqualTo(reason);
                        yes[0] += reason ? 1 : 0;
                    }
                    case 2 -> {
                        boolean reason = plan.assignments().stream()
                                .anyMatch(one -> one.device() == device && !ended.contains(one.task()));
                        assertThat(watch.lost(device)).isEqualTo(reason);
                        yes[1] += reason ? 1 : 0;
                    }
                    default -> {
                        boolean reason = crosses(problem, plan, started, device, other);
                        assertThat(watch.linkChanged(device, other)).isEqualTo(reason);
                        assertThat(watch.linkChanged(other, device)).isEqualTo(reason);
                        yes[2] += reason ? 1 : 0;
                    }
                }
            }
        });
        assertThat(IntStream.of(yes)).allMatch(times -> times > 100);
    }

    /** Whether an edge into a task that has not started joins these two devices, either way. */
    private static boolean crosses(Problem problem, Schedule plan, Set<Integer> started, int one, int other) {
        TaskGraph graph = problem.graph();
        Set<Integer> ends = Set.copyOf(List.of(one, other).stream().distinct().toList());
        return IntStream.range(0, graph.taskCount())
                .filter(task -> !started.contains(task))
                .anyMatch(task -> IntStream.range(graph.inBegin(task), graph.inEnd(task))
                        .anyMatch(e ->
                                ends.equals(Set.copyOf(IntStream.of(device(plan, graph.inTask(e)), device(plan, task))
                                        .distinct()
                                        .boxed()
                                        .toList()))));
    }

    private static int device(Schedule plan, int task) {
        return plan.assignments().get(task).device();
    }

    /** A task of 8: what it may take at each threshold, to the figure. Halves and quarters have no rounding. */
    @ParameterizedTest
    @CsvSource({
        "0,    8,    false",
        "0,    8.5,  true",
        "0,   7.5, true",
        "0.25, 10,   false",
        "0.25, 10.5, true",
        "0.25, 6, false",
        "0.25, 5.5, true",
        "0.5,  12,   false",
        "0.5,  12.5, true",
        "0.5,  4, false",
        "0.5, 3.5, true",
        "1,    16,   false",
        "1,    16.5, true",
        "1,    0, false",
        "2,    24,   false",
        "2,    24.5, true",
        "2,    0, false",
    })
    void aTaskMayBeOffByItsPartAndNoMore(double threshold, double took, boolean reason) {
        assertThat(two(threshold).ended(0, took)).isEqualTo(reason);
    }

    /** The second task is planned to take no time: any time at all is off. */
    @ParameterizedTest
    @CsvSource({"0, 0, false", "0.5, 0, false", "0.5, 0.001, true", "100, 1e-300, true"})
    void aTaskOfNoLengthMayTakeNone(double threshold, double took, boolean reason) {
        assertThat(two(threshold).ended(1, took)).isEqualTo(reason);
    }

    @Test
    void theLastToEndIsNoReasonWhicheverItIs() {
        for (int last = 0; last < 2; last++) {
            PlanWatch watch = two(0);
            assertThat(watch.ended(1 - last, 50)).isTrue();
            assertThat(watch.ended(last, 50)).isFalse();
        }
    }

    /** Told twice, a task has ended once, so the other is still to come. */
    @Test
    void aTaskThatEndsTwiceHasEndedOnce() {
        PlanWatch watch = two(0);
        assertThat(watch.ended(0, 50)).isTrue();
        assertThat(watch.ended(0, 50)).isTrue();
        assertThat(watch.lost(0)).isTrue();
        assertThat(watch.ended(1, 50)).isFalse();
        assertThat(watch.lost(0)).isFalse();
    }

    private static PlanWatch two(double threshold) {
        Problem problem = TestProblems.problem(TaskGraph.builder().tasks(2).build(), new double[][] {{8}, {0}});
        return new PlanWatch(
                problem, Schedule.of(List.of(new Assignment(0, 0, 0, 8), new Assignment(1, 0, 8, 8))), threshold);
    }

    static List<Object[]> plans() {
        var first = new Assignment(0, 0, 0, 8);
        var second = new Assignment(1, 0, 8, 8);
        return List.of(
                new Object[] {List.of(first), 0.0, "task 1 is not in the schedule"},
                new Object[] {List.of(second), 0.0, "task 0 is not in the schedule"},
                new Object[] {
                    List.of(first, second, first), 0.0, "task 0 is not one of the problem's, or is there twice"
                },
                new Object[] {
                    List.of(first, new Assignment(2, 0, 8, 9)),
                    0.0,
                    "task 2 is not one of the problem's, or is there twice"
                },
                new Object[] {
                    List.of(first, new Assignment(-1, 0, 8, 9)),
                    0.0,
                    "task -1 is not one of the problem's, or is there twice"
                },
                new Object[] {List.of(first, second), -0.1, "threshold (-0.1) must be finite and at least 0"},
                new Object[] {List.of(first, second), Double.NaN, "threshold (NaN) must be finite and at least 0"},
                new Object[] {
                    List.of(first, second),
                    Double.POSITIVE_INFINITY,
                    "threshold (Infinity) must be finite and at least 0"
                });
    }

    @ParameterizedTest
    @MethodSource("plans")
    void aPlanThatIsNotTheProblemsIsNamed(List<Assignment> plan, double threshold, String message) {
        Problem problem = TestProblems.problem(TaskGraph.builder().tasks(2).build(), new double[][] {{8}, {0}});
        assertThatThrownBy(() -> new PlanWatch(problem, Schedule.of(plan), threshold))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"-1", "2", "2147483647"})
    void aTaskThatIsNotThereIsNamed(int task) {
        assertThatThrownBy(() -> two(0).started(task)).hasMessage("task (%d) must be 0 to 1", task);
        assertThatThrownBy(() -> two(0).ended(task, 1)).hasMessage("task (%d) must be 0 to 1", task);
    }
}
