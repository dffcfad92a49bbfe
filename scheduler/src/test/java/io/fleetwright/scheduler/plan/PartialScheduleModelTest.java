package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.GraphFamily;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random placing and taking back against a list of assignments. */
class PartialScheduleModelTest {
    @Test
    void anySequenceOfPlacesLeavesWhatTheListHas() {
        SeededCases.forEach(1, 250, (random, _) -> {
            Problem problem = Variants.any(random, 14, 5);
            var partial = new PartialSchedule(problem);
            var list = new NaivePlan(problem);
            for (int call = 0; call < 40; call++) {
                List<Integer> open = open(list);
                if (open.isEmpty() || (random.nextInt(4) == 0 && !list.placed.isEmpty())) {
                    takeBackAnEnd(partial, list, random);
                    continue;
                }
                int task = open.get(random.nextInt(open.size()));
                Insertion insertion = random.nextBoolean() ? Insertion.FILL_GAPS : Insertion.APPEND;
                assertOffers(partial, list, task, insertion);
                int device = random.nextBoolean() ? list.best(task, insertion) : random.nextInt(problem.deviceCount());
                if (device < 0 || list.start(task, device, insertion) == NaivePlan.NEVER) {
                    int refused = Math.max(device, 0);
                    assertThatThrownBy(() -> partial.place(task, refused, insertion))
                            .isInstanceOf(UnschedulableException.class)
                            .hasMessage(
                                    "task %d ('t%d'): no device both runs it and can be reached by its inputs from"
                                            + " where they are",
                                    task, task);
                    continue;
                }
                partial.place(task, device, insertion);
                list.place(task, device, insertion);
                assertThat(partial.deviceOf(task)).isEqualTo(device);
                assertThat(partial.finish(task)).isEqualTo(list.of(task).finish());
            }
            assertSame(partial, list);
        });
    }

    private static void assertOffers(PartialSchedule partial, NaivePlan list, int task, Insertion insertion)
            throws UnschedulableException {
        for (int device = 0; device < list.problem.deviceCount(); device++) {
            assertThat(partial.dataArrival(task, device)).isEqualTo(list.arrival(task, device));
            double start = list.start(task, device, insertion);
            assertThat(partial.earliestStart(task, device, insertion)).isEqualTo(start);
            assertThat(partial.earliestFinish(task, device, insertion)).isEqualTo(start + list.cost(task, device));
        }
        int best = list.best(task, insertion);
        if (best < 0) {
            assertThatThrownBy(() -> partial.earliestFinishDevice(task, insertion))
                    .isInstanceOf(UnschedulableException.class);
        } else {
            assertThat(partial.earliestFinishDevice(task, insertion)).isEqualTo(best);
        }
    }

    /** Only a task without placed successors may go. */
    private static void takeBackAnEnd(PartialSchedule partial, NaivePlan list, SplittableRandom random) {
        var graph = list.problem.graph();
        List<Integer> ends = list.placed.stream()
                .map(Assignment::task)
                .filter(task -> IntStream.range(graph.outBegin(task), graph.outEnd(task))
                        .noneMatch(e -> list.has(graph.outTask(e))))
                .toList();
        int task = ends.get(random.nextInt(ends.size()));
        partial.withdraw(task);
        list.withdraw(task);
        assertThat(partial.isPlaced(task)).isFalse();
    }

    private static List<Integer> open(NaivePlan list) {
        var graph = list.problem.graph();
        return IntStream.range(0, list.problem.taskCount())
                .filter(task -> !list.has(task)
                        && IntStream.range(graph.inBegin(task), graph.inEnd(task))
                                .allMatch(e -> list.has(graph.inTask(e))))
                .boxed()
                .toList();
    }

    private static void assertSame(PartialSchedule partial, NaivePlan list) {
        for (int device = 0; device < list.problem.deviceCount(); device++) {
            assertThat(partial.availableTime(device)).isEqualTo(list.end(device));
        }
        int tasks = list.problem.taskCount();
        if (list.placed.size() == tasks) {
            assertThat(partial.toSchedule()).isEqualTo(list.toSchedule());
        } else {
            assertThatThrownBy(partial::toSchedule)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("%d of %d tasks are placed", list.placed.size(), tasks);
        }
    }

    /** Inputs without a place do not count where they may be missing. */
    @Test
    void ignoredInputsDoNotHoldATaskBack() {
        SeededCases.forEach(1, 150, (random, _) -> {
            Problem problem = Variants.any(random, 12, 4);
            var partial = new PartialSchedule(problem, MissingInputs.IGNORED);
            var list = new NaivePlan(problem);
            for (int call = 0; call < 15; call++) {
                int task = random.nextInt(problem.taskCount());
                if (list.has(task)) {
                    continue;
                }
                assertOffers(partial, list, task, Insertion.FILL_GAPS);
                int best = list.best(task, Insertion.FILL_GAPS);
                if (best >= 0) {
                    partial.place(task, best, Insertion.FILL_GAPS);
                    list.place(task, best, Insertion.FILL_GAPS);
                }
            }
            assertSame(partial, list);
        });
    }

    /** What is kept stays; new tasks come after {@code freeFrom}, between what is kept, and never where it is infinite. */
    @Test
    void aScheduleGoesOnFromWhatIsThere() {
        SeededCases.forEach(1, 200, (random, _) -> {
            Problem problem = TestProblems.random(random, 14, 4);
            double[] freeFrom = new double[problem.deviceCount()];
            Arrays.setAll(freeFrom, _ -> random.nextInt(5) == 0 ? NaivePlan.NEVER : random.nextInt(10));
            var first = new NaivePlan(problem);
            for (int position = 0; position < random.nextInt(problem.taskCount() + 1); position++) {
                int task = problem.graph().topologicalTask(position);
                first.place(task, first.best(task, Insertion.APPEND), Insertion.APPEND);
            }
            var list = new NaivePlan(problem, freeFrom);
            list.placed.addAll(first.placed);
            var partial = new PartialSchedule(problem, MissingInputs.REFUSED, freeFrom, first.placed);
            for (int task : open(list)) {
                assertOffers(partial, list, task, Insertion.FILL_GAPS);
                int best = list.best(task, Insertion.FILL_GAPS);
                if (best >= 0) {
                    partial.place(task, best, Insertion.FILL_GAPS);
                    list.place(task, best, Insertion.FILL_GAPS);
                    assertThat(partial.finish(task)).isEqualTo(list.of(task).finish());
                    assertThat(list.of(task).start()).isGreaterThanOrEqualTo(freeFrom[best]);
                }
            }
        });
    }

    /** Filling gaps never ends a task later than appending it would. */
    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void aGapIsNeverLaterThanTheEnd(GraphFamily family) {
        SeededCases.forEach(1, 10, (random, _) -> {
            var graph = family.graph(4, random.nextInt(10));
            double[][] costs = new double[graph.taskCount()][3];
            Arrays.stream(costs).forEach(row -> Arrays.setAll(row, _ -> random.nextInt(1, 9)));
            Problem problem = TestProblems.problem(graph, costs);
            var partial = new PartialSchedule(problem);
            for (int position = 0; position < graph.taskCount(); position++) {
                int task = graph.topologicalTask(position);
                for (int device = 0; device < 3; device++) {
                    double filled = partial.earliestFinish(task, device, Insertion.FILL_GAPS);
                    assertThat(filled)
                            .isLessThanOrEqualTo(partial.earliestFinish(task, device, Insertion.APPEND))
                            .isGreaterThanOrEqualTo(partial.dataArrival(task, device) + costs[task][device]);
                }
                partial.place(task, random.nextInt(3), Insertion.FILL_GAPS);
            }
            assertThat(ScheduleChecker.check(problem, partial.toSchedule())).isEmpty();
        });
    }

    @Test
    void whatHasNoPlaceHasNoDeviceAndNoEnd() throws Exception {
        Problem problem = TestProblems.problem(GraphFamily.CHAIN.graph(3, 1), new double[][] {{1}, {2}, {3}});
        var partial = new PartialSchedule(problem);
        partial.place(0, 0, Insertion.APPEND);
        assertThatThrownBy(() -> partial.place(0, 0, Insertion.APPEND))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("task 0 is already on device 0");
        assertThatThrownBy(() -> partial.deviceOf(1)).hasMessage("task 1 is not placed");
        assertThatThrownBy(() -> partial.place(2, 0, Insertion.APPEND)).hasMessage("task 2 before its predecessor 1");
        assertThatThrownBy(() -> partial.earliestFinishDevice(2, Insertion.APPEND))
                .hasMessage("task 2 before its predecessor 1");
        // A place taken back can be given anew.
        partial.withdraw(0);
        partial.place(0, 0, Insertion.FILL_GAPS);
        assertThat(partial.finish(0)).isOne();
    }
}
