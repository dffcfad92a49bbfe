package io.fleetwright.scheduler.optimum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.plan.Variants;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The searches and the bounds against the optimum over all choices of devices and orders. */
class DisjunctiveOptimumTest {
    private static double rounding(double figure) {
        return 1e-9 * Math.max(1, figure);
    }

    @Test
    void bothSearchesFindTheOptimumOverAllOrientations() {
        int[] seen = new int[2];
        SeededCases.forEach(1, 400, (random, seed) -> {
            Problem problem = Variants.any(random, 5, 3);
            double optimum = DisjunctiveOptimum.of(problem);
            if (optimum == Double.POSITIVE_INFINITY) {
                seen[0]++;
                assertThatThrownBy(() -> new BruteForce().solve(problem))
                        .isInstanceOf(UnschedulableException.class)
                        .hasMessageMatching(
                                "task \\d+ and what it depends on can be placed nowhere, for want of links");
                return;
            }
            seen[1]++;
            Solution brute = new BruteForce().solve(problem);
            assertThat(brute.schedule().makespan()).isCloseTo(optimum, within(rounding(optimum)));
            assertThat(brute.lowerBound()).isEqualTo(brute.schedule().makespan());
            assertThat(ScheduleChecker.check(problem, brute.schedule())).isEmpty();
            Solution exact = new Exact(new BruteForce(), 1_000_000, List.of()).solve(problem);
            assertThat(exact.proven()).isTrue();
            assertFoundFromAnyStart(problem, seed, optimum);
            assertThat(LowerBounds.of(problem)).isLessThanOrEqualTo(optimum + rounding(optimum));
        });
        assertThat(seen[1]).isGreaterThan(350);
    }

    private static void assertFoundFromAnyStart(Problem problem, long seed, double optimum)
            throws UnschedulableException {
        try {
            Solution solution = new Exact(new RandomChoice(seed), 1_000_000, List.of()).solve(problem);
            assertThat(solution.schedule().makespan()).isCloseTo(optimum, within(rounding(optimum)));
            assertThat(solution.proven()).isTrue();
        } catch (UnschedulableException deadEnd) {
            assertThat(deadEnd).hasMessageContaining("can be reached by its inputs");
        }
    }

    /** Devices of one kind in one zone are tried once while they are unused; those of another zone or ready later are not. */
    @Test
    void likeDevicesAreTriedOnceAndOnlyTheLike() {
        SeededCases.forEach(1, 250, (random, seed) -> {
            Problem any = TestProblems.random(random, 5, 1);
            int devices = random.nextInt(2, 5);
            int kinds = random.nextInt(1, 3);
            int zones = random.nextInt(1, 3);
            double[][] costs = new double[any.taskCount()][kinds];
            Arrays.stream(costs).forEach(row -> Arrays.setAll(row, _ -> random.nextInt(1, 9)));
            double[][] rate = new double[zones][zones];
            Arrays.stream(rate).forEach(row -> Arrays.setAll(row, _ -> 1 << random.nextInt(4)));
            Problem likes = new Problem(
                    any.graph(),
                    new Platform(
                            TestProblems.idle(devices),
                            Links.zoned(random.ints(devices, 0, zones).toArray(), rate, new double[zones][zones])),
                    CostTable.perKind(
                            costs,
                            IntStream.range(0, costs.length).toArray(),
                            random.ints(devices, 0, kinds).toArray()));
            Problem problem = Variants.withReadyTimes(
                    likes,
                    random.ints(devices, 0, 2).mapToDouble(late -> 3.0 * late).toArray());
            double optimum = DisjunctiveOptimum.of(problem);
            assertFoundFromAnyStart(problem, seed, optimum);
            assertThat(LowerBounds.of(problem)).isLessThanOrEqualTo(optimum + rounding(optimum));
        });
    }

    /** Every schedule, with gaps filled or not, is one of the orientations or longer. */
    @Test
    void fillingGapsFindsNothingShorterThanTheOptimum() {
        SeededCases.forEach(1000, 150, (random, _) -> {
            Problem problem = TestProblems.random(random, 5, 3);
            double optimum = DisjunctiveOptimum.of(problem);
            assertThat(new Heft().schedule(problem).makespan()).isGreaterThanOrEqualTo(optimum - rounding(optimum));
        });
    }

    /** Turned round in time, with links turned round too, a schedule of idle devices is a schedule of the reversed graph. */
    @Test
    void theReversedProblemHasTheSameOptimum() {
        SeededCases.forEach(2000, 150, (random, _) -> {
            Problem any = TestProblems.random(random, 5, 3);
            Problem problem = Variants.withLinks(
                    Variants.withReadyTimes(any, new double[any.deviceCount()]),
                    Links.uniform(any.deviceCount(), 2, 1));
            double optimum = DisjunctiveOptimum.of(problem);
            Problem reversed = new Problem(Variants.reversed(problem.graph()), problem.platform(), problem.costs());
            Solution solution = new Exact(new Heft(), 1_000_000, List.of()).solve(reversed);
            assertThat(solution.schedule().makespan()).isCloseTo(optimum, within(rounding(optimum)));
            // The bound through earliest and remaining times is the same from either side.
            assertThat(solution.lowerBound()).isCloseTo(optimum, within(rounding(optimum)));
        });
    }

    /** A shorter time, a task that runs everywhere, idle devices: the optimum can only fall. */
    @ParameterizedTest
    @CsvSource({"0", "1", "2"})
    void lessToDoNeverTakesLonger(int change) {
        SeededCases.forEach(3000, 80, (random, _) -> {
            Problem problem = TestProblems.random(random, 5, 3);
            int task = random.nextInt(problem.taskCount());
            int device = random.nextInt(problem.deviceCount());
            Problem easier = switch (change) {
                case 0 -> Variants.withCosts(problem, (t, d, was) -> t == task && d == device ? was / 2 : was);
                case 1 -> Variants.withCosts(problem, (t, _, was) -> t == task ? Math.min(was, 20) : was);
                default -> Variants.withReadyTimes(problem, new double[problem.deviceCount()]);
            };
            double before = new BruteForce().schedule(problem).makespan();
            double after = new BruteForce().schedule(easier).makespan();
            assertThat(after).isLessThanOrEqualTo(before + rounding(before));
            assertThat(LowerBounds.of(easier)).isLessThanOrEqualTo(before + rounding(before));
        });
    }

    /** With n steps it looks at n partial schedules, so more steps find no worse schedule and no worse a bound. */
    @Test
    void moreStepsAreNeverWorse() {
        SeededCases.forEach(4000, 40, (random, seed) -> {
            Problem problem = TestProblems.random(random, 9, 3);
            Schedule start = new RandomChoice(seed).schedule(problem);
            double optimum =
                    BranchAndBound.solve(problem, start, 1_000_000).schedule().makespan();
            double last = start.makespan();
            for (long steps : new long[] {0, 1, 4, 16, 64, 256, 1024}) {
                Solution solution = BranchAndBound.solve(problem, start, steps);
                assertThat(solution.schedule().makespan())
                        .isBetween(optimum - rounding(optimum), last + rounding(last));
                assertThat(solution.lowerBound()).isLessThanOrEqualTo(optimum + rounding(optimum));
                assertThat(ScheduleChecker.check(problem, solution.schedule())).isEmpty();
                last = solution.schedule().makespan();
            }
        });
    }

    /** What the others say, and how {@code exact} puts it together. */
    private record Told(String name, Schedule schedule, double bound, List<String> asked) implements ProvingSolver {
        @Override
        public Solution solve(Problem problem, Schedule known) {
            asked.add(name);
            return new Solution(schedule.makespan() < known.makespan() ? schedule : known, bound);
        }
    }

    /** The example of ten tasks twice, side by side: twenty, so branch and bound is not alone. */
    private static Problem twice() {
        Problem once = TestProblems.topcuoglu2002();
        var graph = TaskGraph.builder().tasks(20);
        double[][] costs = new double[20][3];
        for (int task = 0; task < 10; task++) {
            for (int copy = 0; copy < 20; copy += 10) {
                int row = task;
                Arrays.setAll(costs[task + copy], device -> once.costs().executionTime(row, device));
                for (int e = once.graph().outBegin(task); e < once.graph().outEnd(task); e++) {
                    graph.edge(
                            task + copy,
                            once.graph().outTask(e) + copy,
                            once.graph().outVolume(e));
                }
            }
        }
        return TestProblems.problem(graph.build(), costs);
    }

    @Test
    void solversAreAskedInTurnUntilThereIsAProof() throws Exception {
        Problem problem = twice();
        Schedule heft = new Heft().schedule(problem);
        List<String> asked = new ArrayList<>();
        var weak = new Told("weak", heft, 1, asked);
        var strong = new Told("strong", heft, 100, asked);
        var proof = new Told("proof", new Schedule(heft.assignments(), 101), 101, asked);
        var never = new Told("never", heft, 1, asked);
        Solution solution = new Exact(new Heft(), 100, List.of(weak, strong, proof, never)).solve(problem);
        assertThat(asked).containsExactly("weak", "strong", "proof");
        assertThat(solution.lowerBound()).isEqualTo(101);
        assertThat(solution.schedule().makespan()).isEqualTo(101);
        assertThat(solution.proven()).isTrue();
        // Without the proof the best bound stays, whoever found it.
        Solution open = new Exact(new Heft(), 0, List.of(strong, weak)).solve(problem);
        assertThat(open.lowerBound()).isEqualTo(100);
        assertThat(open.gap()).isEqualTo(open.schedule().makespan() / 100 - 1);
    }

    @Test
    void onSmallProblemsSolversAreNotAsked() throws Exception {
        List<String> asked = new ArrayList<>();
        var told = new Told("told", new Heft().schedule(twice()), 1, asked);
        Problem small = TestProblems.topcuoglu2002();
        assertThat(new Exact(new Heft(), 2_000_000, List.of(told))
                        .solve(small)
                        .schedule()
                        .makespan())
                .isEqualTo(73);
        assertThat(new Exact(new Heft(), 1, List.of(told)).solve(small).proven())
                .isFalse();
        assertThat(asked).isEmpty();
    }

    /** 63 tasks are more than a set in one word holds, and 65 devices more than the search takes: the bound must do. */
    @ParameterizedTest
    @CsvSource({"63, 2", "5, 65"})
    void beyondItsLimitsTheStartIsTheAnswer(int tasks, int devices) throws Exception {
        double[][] costs = new double[tasks][devices];
        IntStream.range(0, tasks).forEach(task -> Arrays.fill(costs[task], 1 + task % 2));
        Problem problem = TestProblems.problem(TaskGraph.builder().tasks(tasks).build(), costs);
        Schedule start = new RandomChoice(1).schedule(problem);
        Solution solution = new Exact(_ -> start, 1_000_000, List.of()).solve(problem);
        assertThat(solution.schedule()).isEqualTo(start);
        assertThat(solution.lowerBound()).isEqualTo(LowerBounds.of(problem)).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "10, 10, true, 0",
        "10.000000005, 10, true, 0",
        "10.00000002, 10, false, 2e-9",
        "12, 8, false, 0.5",
        "0, 0, true, 0"
    })
    void aProofIsABoundThatIsReachedUpToRounding(double makespan, double bound, boolean proven, double gap) {
        var solution = new Solution(new Schedule(List.of(), makespan), bound);
        assertThat(solution.proven()).isEqualTo(proven);
        assertThat(solution.gap()).isCloseTo(gap, within(1e-12));
        assertThat(new Solution(new Schedule(List.of(), 5), 0).gap()).isInfinite();
    }

    @ParameterizedTest
    @CsvSource({"-1", "NaN", "Infinity", "-Infinity"})
    void aBoundThatCannotBeIsNamed(double bound) {
        assertThatThrownBy(() -> new Solution(new Schedule(List.of(), 5), bound))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lowerBound (%s) must be finite and at least 0", bound);
    }
}
