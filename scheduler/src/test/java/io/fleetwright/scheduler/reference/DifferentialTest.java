package io.fleetwright.scheduler.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.heft.OptimisticCosts;
import io.fleetwright.scheduler.heft.Ranks;
import io.fleetwright.scheduler.optimum.BruteForce;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each algorithm places every task of every problem where its reference does, at the same times. */
class DifferentialTest {
    private static final int TASKS_MAX = 30;
    private static final int DEVICES_MAX = 8;

    static Stream<String> algorithms() {
        return References.byName().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    void everyTaskIsPlacedWhereTheReferencePlacesIt(String name) {
        var refused = new AtomicInteger();
        SeededCases.forEach(1, 300, (random, _) -> {
            RawProblem problem = RawProblems.random(random, TASKS_MAX, DEVICES_MAX);
            if (answer(() -> Algorithms.named(name, 0).schedule(problem.toProblem()))
                    .isEmpty()) {
                refused.incrementAndGet();
            }
            assertSame(name, problem);
        });
        // Problems that cannot be solved are part of the test, but must not be most of it.
        assertThat(refused.get()).isLessThan(name.equals("fastest-node") ? 200 : 30);
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    void manyLikeDevicesAreSearchedLikeFew(String name) {
        SeededCases.forEach(1000, 40, (random, _) -> assertSame(name, RawProblems.crowd(random, 20, 30)));
    }

    @ParameterizedTest
    @CsvSource({"heft, 80", "cpop, 86", "peft, 85", "lookahead, 76"})
    void theReferencesThemselvesGiveThePublishedMakespans(String name, double makespan) throws Exception {
        assertThat(References.named(name).schedule(RawProblems.topcuoglu2002()).makespan())
                .isEqualTo(makespan);
    }

    @Test
    void everyListSchedulerHasAReference() {
        List<String> expected = new ArrayList<>(Algorithms.portfolioMembers());
        expected.add("hld");
        assertThat(References.byName().keySet()).containsExactlyElementsOf(expected);
    }

    @Test
    void theExhaustiveSearchFindsTheFirstShortestSchedule() {
        SeededCases.forEach(1, 300, (random, _) -> {
            RawProblem problem = RawProblems.whole(random, 4, 3);
            assertSame(new BruteForce(), BruteForceReference::schedule, problem);
        });
    }

    @Test
    void ranksAndOptimisticCostsAreThoseOfTheFormulas() {
        SeededCases.forEach(1, 300, (random, _) -> {
            RawProblem problem = RawProblems.random(random, TASKS_MAX, DEVICES_MAX);
            Problem real = problem.toProblem();
            assertThat(Ranks.upward(real)).isEqualTo(Figures.upwardRanks(problem));
            assertThat(Ranks.downward(real)).isEqualTo(Figures.downwardRanks(problem));
            var table = new OptimisticCosts(real);
            double[][] expected = Figures.optimisticCosts(problem);
            for (int task = 0; task < problem.tasks(); task++) {
                for (int device = 0; device < problem.devices(); device++) {
                    assertThat(table.afterTask(task, device)).isEqualTo(expected[task][device]);
                }
            }
        });
    }

    private static void assertSame(String name, RawProblem problem) {
        assertSame(Algorithms.named(name, 0), References.named(name), problem);
    }

    private static void assertSame(StaticScheduler scheduler, Reference reference, RawProblem problem) {
        List<Assignment> expected = answer(() -> reference.schedule(problem));
        assertThat(answer(() -> scheduler.schedule(problem.toProblem()))).isEqualTo(expected);
    }

    /** By task and device; empty where there is none. */
    private static List<Assignment> answer(Answer answer) {
        try {
            return answer.schedule().assignments().stream()
                    .sorted(Comparator.comparingInt(Assignment::task).thenComparingInt(Assignment::device))
                    .toList();
        } catch (UnschedulableException none) {
            return List.of();
        }
    }

    private interface Answer {
        Schedule schedule() throws UnschedulableException;
    }
}
