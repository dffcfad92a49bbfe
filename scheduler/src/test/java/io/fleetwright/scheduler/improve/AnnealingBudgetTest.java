package io.fleetwright.scheduler.improve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.GraphFamily;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.FastestNode;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.scheduler.optimum.BruteForce;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.plan.Variants;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a search may cost, when it stops, and what it never gives away. */
class AnnealingBudgetTest {
    /**
     * Four rounds; the wish to stop is asked before each, and in it before every 64th step. 1,000 steps are four rounds of
     * 250, each with steps 0, 64, 128 and 192: 4 x (1 + 4). What does not divide by four goes to the first round.
     */
    @ParameterizedTest
    @CsvSource({
        "0, 4",
        "1, 5",
        "3, 5",
        "4, 8",
        "7, 8",
        "256, 8",
        "257, 9",
        "260, 12",
        "1000, 20",
        "1024, 20",
        "1027, 21",
    })
    void theWishToStopIsAskedBeforeEachRoundAndEverySixtyFourSteps(long steps, int asked) throws Exception {
        var times = new AtomicInteger();
        var budget = new Budget(steps, Long.MAX_VALUE, () -> {
            times.incrementAndGet();
            return false;
        });
        new Annealing(new Heft(), 1, budget).schedule(TestProblems.topcuoglu2002());
        assertThat(times.get()).isEqualTo(asked);
    }

    /** Stopped at the n-th question, it has asked n times; a search that is stopped while annealing asks no more in it. */
    @Test
    void aSearchThatIsStoppedAsksOncePerRoundAndNoMore() throws Exception {
        for (int last = 1; last < 20; last++) {
            int limit = last;
            var times = new AtomicInteger();
            var budget = new Budget(1000, Long.MAX_VALUE, () -> times.incrementAndGet() >= limit);
            new Annealing(new Heft(), 1, budget).schedule(TestProblems.topcuoglu2002());
            // Within a round the answer ends the round, and the next round's question ends the rest: at most one more.
            assertThat(times.get()).isBetween(limit, limit + 1);
        }
    }

    /** What is found until the search is stopped counts. */
    @Test
    void aStoppedSearchKeepsWhatItHasFound() {
        var better = new AtomicInteger();
        SeededCases.forEach(1, 30, (random, seed) -> {
            Problem problem = TestProblems.random(random, 15, 4);
            Schedule start = new RandomChoice(seed).schedule(problem);
            double last = start.makespan();
            for (int questions : new int[] {1, 3, 6, 12}) {
                var left = new AtomicInteger(questions);
                var budget = new Budget(2000, Long.MAX_VALUE, () -> left.decrementAndGet() < 0);
                double makespan = new Annealing(_ -> start, seed, budget)
                        .schedule(problem)
                        .makespan();
                assertThat(makespan).isLessThanOrEqualTo(last);
                better.addAndGet(makespan < last ? 1 : 0);
                last = makespan;
            }
        });
        assertThat(better.get()).isGreaterThan(15);
    }

    @ParameterizedTest
    @CsvSource({
        // Steps, work, tasks, then edges of a chain: steps are at most work / (tasks + edges).
        "100, 9223372036854775807, 1, 100",
        "100, 100, 1, 100",
        "100, 99, 1, 99",
        "100, 0, 1, 0",
        "100, 150, 2, 50",
        "100, 2, 2, 0",
        "100, 3, 2, 1",
        "1000, 1900, 10, 100",
        "50, 1900, 10, 50",
    })
    void workIsStepsTimesTasksAndEdges(long steps, long work, int tasks, long allowed) {
        Problem chain = TestProblems.problem(GraphFamily.CHAIN.graph(tasks, 1), new double[tasks][1]);
        assertThat(new Budget(steps, work, () -> false).stepsFor(chain)).isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-1 | 0 | steps (-1) must be 0 to 1000000000000",
                "1000000000001 | 0 | steps (1000000000001) must be 0 to 1000000000000",
                "0 | -1 | workMax (-1) must be at least 0",
                "-5 | -5 | steps (-5) must be 0 to 1000000000000",
            })
    void aBudgetThatCannotBeIsNamed(long steps, long work, String message) {
        assertThatThrownBy(() -> new Budget(steps, work, () -> false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void theLargestBudgetIsAllowed() {
        assertThat(Budget.ofSteps(Budget.STEPS_MAX).steps()).isEqualTo(1_000_000_000_000L);
    }

    /** A start that finds nothing has nothing to be improved. */
    @Test
    void aStartThatRefusesIsTheAnswer() {
        Problem apart = Variants.withCosts(
                TestProblems.topcuoglu2002(),
                (task, device, was) -> task % 3 == device ? was : Double.POSITIVE_INFINITY);
        assertThatThrownBy(() -> new Annealing(new FastestNode(), 1, Budget.ofSteps(100)).schedule(apart))
                .isInstanceOf(UnschedulableException.class)
                .hasMessage("no single device runs every task");
    }

    /** Two thousand steps from anything find the optimum of up to six tasks on up to three devices, but for a few. */
    @Test
    void smallProblemsAreSolvedFromAnyStart() {
        var solved = new AtomicInteger();
        SeededCases.forEach(1, 60, (random, seed) -> {
            Problem problem = TestProblems.random(random, 6, 3);
            double optimum = new BruteForce().schedule(problem).makespan();
            Schedule found = new Annealing(new RandomChoice(seed), seed, Budget.ofSteps(2_000)).schedule(problem);
            assertThat(ScheduleChecker.check(problem, found)).isEmpty();
            assertThat(found.makespan()).isGreaterThanOrEqualTo(optimum - 1e-9 * optimum);
            solved.addAndGet(found.makespan() <= optimum + 1e-9 * optimum ? 1 : 0);
        });
        assertThat(solved.get()).isGreaterThanOrEqualTo(57);
    }

    /** Everything on one device first, then shared out: eight equal tasks alone on four devices take two each. */
    @Test
    void independentTasksAreSharedOutEvenly() throws Exception {
        double[][] costs = new double[8][4];
        Arrays.stream(costs).forEach(row -> Arrays.fill(row, 5));
        Problem problem = TestProblems.problem(GraphFamily.INDEPENDENT.graph(8, 0), costs);
        assertThat(new FastestNode().schedule(problem).makespan()).isEqualTo(40);
        assertThat(new Annealing(new FastestNode(), 7, Budget.ofSteps(5_000))
                        .schedule(problem)
                        .makespan())
                .isEqualTo(10);
    }

    /** With transfers dearer than all work together, one device is best, and a start that spreads comes back to it. */
    @ParameterizedTest
    @EnumSource(
            value = GraphFamily.class,
            names = {"CHAIN", "DIAMONDS", "FORK_JOIN", "OUT_TREE", "IN_TREE"})
    void heavyTransfersDrawEverythingTogether(GraphFamily family) throws Exception {
        TaskGraph graph = family.graph(3, 1000);
        double[][] costs = new double[graph.taskCount()][2];
        Arrays.stream(costs).forEach(row -> Arrays.fill(row, 2));
        Problem problem = TestProblems.problem(graph, costs);
        Schedule found = new Annealing(new RandomChoice(3), 3, Budget.ofSteps(20_000)).schedule(problem);
        assertThat(found.makespan()).isEqualTo(2.0 * graph.taskCount());
        assertThat(found.assignments().stream().map(one -> one.device()).distinct())
                .hasSize(1);
    }

    /** Other seeds walk other ways: from the same start not all of them come to the same plan. */
    @Test
    void seedsDiffer() throws Exception {
        Problem problem = TestProblems.topcuoglu2002();
        Schedule start = new RandomChoice(1).schedule(problem);
        long plans = LongStream.range(0, 20)
                .mapToObj(seed -> anneal(problem, start, seed))
                .distinct()
                .count();
        assertThat(plans).isGreaterThan(5);
    }

    private static Schedule anneal(Problem problem, Schedule start, long seed) {
        try {
            return new Annealing(_ -> start, seed, Budget.ofSteps(200)).schedule(problem);
        } catch (UnschedulableException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
