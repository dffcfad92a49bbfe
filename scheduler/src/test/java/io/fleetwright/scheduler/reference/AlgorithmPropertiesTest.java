package io.fleetwright.scheduler.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.optimum.LowerBounds;
import io.fleetwright.scheduler.plan.Alternative;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.BoundedScheduler;
import io.fleetwright.scheduler.plan.Copies;
import io.fleetwright.scheduler.plan.Explanation;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold of any schedule and of any two related problems, whatever the algorithm. */
class AlgorithmPropertiesTest {
    private static final double ROUNDING = 1e-9;

    static Stream<String> algorithms() {
        return Algorithms.names().stream().filter(name -> !name.equals("brute"));
    }

    static Stream<String> listSchedulers() {
        return References.byName().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    void aScheduleHoldsAndIsNoShorterThanItsLongestChainAndItsWork(String name) {
        SeededCases.forEach(1, 60, (random, _) -> {
            RawProblem problem = RawProblems.whole(random, 20, 6);
            Schedule schedule;
            try {
                schedule = named(name).schedule(problem.toProblem());
            } catch (UnschedulableException none) {
                return;
            }
            assertThat(ScheduleChecker.check(problem.toProblem(), schedule, Algorithms.copies(name)))
                    .isEmpty();
            assertThat(schedule.makespan())
                    .isGreaterThanOrEqualTo(fastestChain(problem))
                    .isGreaterThanOrEqualTo(fastestWork(problem) / problem.devices());
        });
    }

    /** Length of the longest path when every task takes its least time and data none. */
    private static double fastestChain(RawProblem problem) {
        return Arrays.stream(Figures.staticLevels(problem, task -> leastCost(problem, task)))
                .max()
                .orElseThrow();
    }

    private static double fastestWork(RawProblem problem) {
        return IntStream.range(0, problem.tasks())
                .mapToDouble(task -> leastCost(problem, task))
                .sum();
    }

    private static double leastCost(RawProblem problem, int task) {
        return Arrays.stream(problem.cost()[task]).min().orElseThrow();
    }

    /** The exact search allows a fixed rounding, so of equally short schedules it may find another one. */
    @ParameterizedTest
    @MethodSource("algorithms")
    void twiceTheTimesAndVolumesTakeTwiceAsLong(String name) {
        SeededCases.forEach(1, 40, (random, _) -> {
            RawProblem problem = RawProblems.whole(random, 15, 5);
            try {
                Schedule once = named(name).schedule(problem.toProblem());
                Schedule twice = named(name).schedule(problem.scaled(2).toProblem());
                assertThat(twice.makespan()).isEqualTo(2 * once.makespan());
                if (!Set.of("exact", "portfolio").contains(name)) {
                    assertThat(twice.assignments())
                            .isEqualTo(once.assignments().stream()
                                    .map(AlgorithmPropertiesTest::doubled)
                                    .toList());
                }
            } catch (UnschedulableException none) {
                assertThat(none).hasMessageMatching("task \\d+ .*|no single device .*");
            }
        });
    }

    private static Assignment doubled(Assignment assignment) {
        return new Assignment(assignment.task(), assignment.device(), 2 * assignment.start(), 2 * assignment.finish());
    }

    @ParameterizedTest
    @MethodSource("listSchedulers")
    void otherNumbersForTheDevicesChangeNothing(String name) {
        SeededCases.forEach(1, 60, (random, _) -> {
            RawProblem problem = RawProblems.fewKinds(random, 20, 6);
            RawProblem renumbered = withKinds(problem, shuffled(problem.kindOfDevice(), random));
            try {
                double makespan = named(name).schedule(problem.toProblem()).makespan();
                assertThat(named(name).schedule(renumbered.toProblem()).makespan())
                        .isCloseTo(makespan, within(ROUNDING * makespan));
            } catch (UnschedulableException none) {
                assertThat(name).isEqualTo("fastest-node");
            }
        });
    }

    private static int[] shuffled(int[] values, SplittableRandom random) {
        int[] shuffled = values.clone();
        for (int i = shuffled.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int swapped = shuffled[i];
            shuffled[i] = shuffled[other];
            shuffled[other] = swapped;
        }
        return shuffled;
    }

    private static RawProblem withKinds(RawProblem problem, int[] kindOfDevice) {
        return new RawProblem(
                problem.tasks(),
                problem.edges(),
                kindOfDevice,
                problem.zoneOfDevice(),
                problem.cost(),
                problem.bandwidth(),
                problem.latency(),
                problem.ready());
    }

    /** DLS is left out: its median is over all devices, those that cannot run the task among them. */
    static Stream<String> withoutMedians() {
        return listSchedulers().filter(name -> !name.equals("dls"));
    }

    @ParameterizedTest
    @MethodSource("withoutMedians")
    void aDeviceThatRunsNothingAndReachesNothingChangesNothing(String name) {
        SeededCases.forEach(1, 60, (random, _) -> {
            RawProblem problem = RawProblems.whole(random, 20, 6);
            RawProblem larger = withUselessDevice(problem);
            try {
                assertThat(named(name).schedule(larger.toProblem()))
                        .isEqualTo(named(name).schedule(problem.toProblem()));
            } catch (UnschedulableException none) {
                assertThat(none).hasMessageMatching("task \\d+ .*|no single device .*");
            }
        });
    }

    private static RawProblem withUselessDevice(RawProblem problem) {
        int kinds = problem.cost()[0].length;
        int zones = problem.bandwidth().length;
        double[][] cost = Arrays.stream(problem.cost())
                .map(row -> Arrays.copyOf(row, kinds + 1))
                .toArray(double[][]::new);
        for (double[] row : cost) {
            row[kinds] = Double.POSITIVE_INFINITY;
        }
        return new RawProblem(
                problem.tasks(),
                problem.edges(),
                with(problem.kindOfDevice(), kinds),
                with(problem.zoneOfDevice(), zones),
                cost,
                enlarged(problem.bandwidth()),
                enlarged(problem.latency()),
                Arrays.copyOf(problem.ready(), problem.devices() + 1));
    }

    private static int[] with(int[] values, int last) {
        int[] longer = Arrays.copyOf(values, values.length + 1);
        longer[values.length] = last;
        return longer;
    }

    private static double[][] enlarged(double[][] table) {
        double[][] larger = new double[table.length + 1][table.length + 1];
        for (int row = 0; row < table.length; row++) {
            System.arraycopy(table[row], 0, larger[row], 0, table.length);
        }
        return larger;
    }

    @Test
    void boundsAreBelowTheOptimumOfTheExhaustiveReferenceAndTheExactSearchFindsIt() {
        var tight = new AtomicInteger();
        SeededCases.forEach(1, 150, (random, seed) -> {
            RawProblem problem = RawProblems.plain(random, 4, 3);
            double optimum = BruteForceReference.schedule(problem).makespan();
            double bound = LowerBounds.of(problem.toProblem());
            assertThat(bound).isLessThanOrEqualTo(optimum * (1 + ROUNDING));
            Solution exact = ((BoundedScheduler) Algorithms.named("exact", seed)).solve(problem.toProblem());
            assertThat(exact.schedule().makespan()).isCloseTo(optimum, within(ROUNDING * Math.max(1, optimum)));
            assertThat(exact.proven()).isTrue();
            if (bound >= optimum * (1 - ROUNDING)) {
                tight.incrementAndGet();
            }
        });
        // A bound that was hardly ever reached would be too low to say anything.
        assertThat(tight.get()).isGreaterThan(50);
    }

    @Test
    void aBestOfManyIsNoWorseThanAnyOfThem() {
        SeededCases.forEach(500, 60, (random, _) -> {
            RawProblem problem = RawProblems.plain(random, 20, 5);
            double portfolio = makespan("portfolio", problem);
            for (String member : Algorithms.portfolioMembers()) {
                assertThat(makespan(member, problem)).as(member).isGreaterThanOrEqualTo(portfolio);
            }
            assertThat(makespan("improve", problem)).isLessThanOrEqualTo(portfolio);
        });
    }

    private static double makespan(String name, RawProblem problem) throws UnschedulableException {
        return named(name).schedule(problem.toProblem()).makespan();
    }

    /** Each device's offer is the first gap that is left when the task is taken out, found by walking over the plan. */
    @Test
    void anExplanationOffersEachDeviceWhereTheTaskWouldFit() {
        SeededCases.forEach(1, 60, (random, _) -> {
            RawProblem problem = RawProblems.plain(random, 15, 5);
            Schedule schedule = Algorithms.named("heft", 0).schedule(problem.toProblem());
            var explanation = new Explanation(problem.toProblem(), schedule);
            for (Assignment planned : schedule.assignments()) {
                List<Alternative> alternatives = explanation.of(planned.task());
                assertThat(alternatives.getFirst().device()).isEqualTo(planned.device());
                assertThat(alternatives.stream().map(Alternative::device))
                        .containsExactlyInAnyOrderElementsOf(
                                IntStream.range(0, problem.devices()).boxed().toList());
                for (Alternative alternative : alternatives) {
                    var possible = (Alternative.Possible) alternative;
                    double start = possible.device() == planned.device()
                            ? planned.start()
                            : firstFit(problem, schedule, planned.task(), possible.device());
                    assertThat(possible.start()).isEqualTo(start);
                    assertThat(possible.laterBy())
                            .isEqualTo(start + problem.cost(planned.task(), possible.device()) - planned.finish());
                }
            }
        });
    }

    private static double firstFit(RawProblem problem, Schedule schedule, int task, int device) {
        var others = Draft.of(
                problem,
                schedule.assignments().stream()
                        .filter(assignment -> assignment.task() != task)
                        .toList());
        return others.start(task, device, Draft.Room.ANYWHERE);
    }

    /** As by name, with less work where that is a matter of budget. */
    private static StaticScheduler named(String name) {
        return Algorithms.named(name, new Algorithms.Settings(3, Budget.ofSteps(500), 200, List.of()));
    }

    @Test
    void onlyTheDuplicatingSchedulerRepeatsTasks() {
        assertThat(Algorithms.names().stream().filter(name -> Algorithms.copies(name) == Copies.ALLOWED))
                .containsExactly("hld");
    }
}
