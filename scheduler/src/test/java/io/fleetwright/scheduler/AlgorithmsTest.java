package io.fleetwright.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.optimum.BruteForce;
import io.fleetwright.scheduler.optimum.LowerBounds;
import io.fleetwright.scheduler.plan.BoundedScheduler;
import io.fleetwright.scheduler.plan.Copies;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Needs;
import io.fleetwright.scheduler.platform.Offer;
import io.fleetwright.scheduler.platform.Platform;
import io.fleetwright.testkit.SeededCases;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AlgorithmsTest {
    @Test
    void anUnknownNameIsAnsweredWithTheKnownOnes() {
        assertThatThrownBy(() -> Algorithms.named("heftier", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'heftier'")
                .hasMessageContaining(
                        "heft cpop peft lookahead dls minmin maxmin sufferage met mct etf-start etf-finish olb stf"
                                + " fastest-node fcp flb hld random portfolio improve exact brute");
    }

    @Test
    void everyAlgorithmSchedulesRandomProblemsValidlyAndRepeatably() {
        SeededCases.forEach(1, 120, (random, seed) -> {
            Problem problem = TestProblems.random(random, 30, 5);
            double bound = LowerBounds.of(problem);
            for (String name : Algorithms.names()) {
                if (refuses(name, problem)) {
                    assertThatThrownBy(() -> small(name, seed).schedule(problem))
                            .isInstanceOf(UnschedulableException.class);
                    continue;
                }
                if (name.equals("brute") && problem.taskCount() > 5) {
                    continue;
                }
                Schedule schedule = small(name, seed).schedule(problem);
                assertThat(ScheduleChecker.check(problem, schedule, Algorithms.copies(name)))
                        .as(name)
                        .isEmpty();
                assertThat(small(name, seed).schedule(problem)).as(name).isEqualTo(schedule);
                if (Algorithms.copies(name) == Copies.FORBIDDEN) {
                    assertThat(schedule.makespan()).as(name).isGreaterThanOrEqualTo(bound - 1e-9 * bound);
                }
            }
        });
    }

    @Test
    void noAlgorithmBeatsTheOptimumAndTheExactOneAlwaysFindsIt() {
        var optimal = new AtomicInteger();
        SeededCases.forEach(1, 80, (random, seed) -> {
            Problem problem = TestProblems.random(random, 6, 3);
            double optimum = new BruteForce().schedule(problem).makespan();
            Solution exact = ((BoundedScheduler) Algorithms.named("exact", seed)).solve(problem);
            assertThat(exact.schedule().makespan()).isCloseTo(optimum, within(1e-9 * Math.max(1, optimum)));
            assertThat(exact.proven()).isTrue();
            for (String name : Algorithms.names()) {
                if (refuses(name, problem) || Algorithms.copies(name) == Copies.ALLOWED) {
                    continue;
                }
                double makespan = small(name, seed).schedule(problem).makespan();
                assertThat(makespan).as(name).isGreaterThanOrEqualTo(optimum - 1e-9);
                if (name.equals("heft") && makespan <= optimum + 1e-9) {
                    optimal.incrementAndGet();
                }
            }
        });
        // A sanity check of the oracle: a lower bound that HEFT never met would be too low to test anything.
        assertThat(optimal.get()).isPositive();
    }

    @Test
    void thePortfolioIsNeverWorseThanAMemberAndImprovingNeverWorseThanThePortfolio() {
        var improved = new AtomicInteger();
        SeededCases.forEach(1000, 60, (random, seed) -> {
            Problem problem = TestProblems.random(random, 25, 5);
            double portfolio = small("portfolio", seed).schedule(problem).makespan();
            double bestMember = Double.POSITIVE_INFINITY;
            for (String member : Algorithms.portfolioMembers()) {
                if (!refuses(member, problem)) {
                    double makespan = small(member, seed).schedule(problem).makespan();
                    assertThat(makespan).as(member).isGreaterThanOrEqualTo(portfolio);
                    bestMember = Math.min(bestMember, makespan);
                }
            }
            double improve = small("improve", seed).schedule(problem).makespan();
            assertThat(improve).isLessThanOrEqualTo(portfolio);
            if (improve < bestMember) {
                improved.incrementAndGet();
            }
        });
        assertThat(improved.get()).isPositive();
    }

    @Test
    void aMissingLinkIsWorkedAroundOrReported() {
        SeededCases.forEach(1, 100, (random, seed) -> {
            Problem linked = TestProblems.random(random, 12, 4);
            int devices = linked.deviceCount();
            double[][] bandwidth = new double[devices][devices];
            for (double[] row : bandwidth) {
                for (int to = 0; to < devices; to++) {
                    row[to] = random.nextInt(2);
                }
            }
            var links = Links.perPair(bandwidth, new double[devices][devices]);
            var problem =
                    new Problem(linked.graph(), new Platform(linked.platform().devices(), links), linked.costs());
            for (String name : Algorithms.names()) {
                if (name.equals("brute")) {
                    continue;
                }
                try {
                    Schedule schedule = small(name, seed).schedule(problem);
                    assertThat(ScheduleChecker.check(problem, schedule, Algorithms.copies(name)))
                            .as(name)
                            .isEmpty();
                } catch (UnschedulableException refused) {
                    assertThat(refused).hasMessageMatching("task \\d+ .*|no single device .*");
                }
            }
        });
    }

    @Test
    void aPinnedTaskStaysWhereItIsPinned() {
        SeededCases.forEach(1, 40, (random, seed) -> {
            Problem free = TestProblems.random(random, 10, 4);
            int task = random.nextInt(free.taskCount());
            int pin = new Heft().schedule(free).assignments().get(task).device();
            Problem pinned = free.restrictedTo((any, device) -> any != task || device == pin);
            for (String name : Algorithms.names()) {
                if (name.equals("brute") || refuses(name, pinned)) {
                    continue;
                }
                assertThat(small(name, seed).schedule(pinned).assignments())
                        .as(name)
                        .filteredOn(assignment -> assignment.task() == task)
                        .allMatch(assignment -> assignment.device() == pin);
            }
        });
    }

    @Test
    void aTaskThatIsAllowedNowhereIsNamed() {
        Problem problem = TestProblems.topcuoglu2002();
        assertThatThrownBy(() -> problem.restrictedTo((task, _) -> task != 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("task 4 ('t4') runs on no device");
        assertThatThrownBy(() -> problem.constrainedBy(
                        Collections.nCopies(3, Needs.NOTHING), Collections.nCopies(3, Offer.EVERYTHING)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("demands of 3 tasks and offers of 3 devices given, there are 10 and 3");
    }

    @Test
    void theImmediateRulesDifferAsTheirNamesSay() throws Exception {
        // Independent tasks; p0 is quick, p1 slow, and both are idle.
        Problem problem =
                TestProblems.problem(TaskGraph.builder().tasks(3).build(), new double[][] {{2, 5}, {2, 5}, {2, 5}});
        assertThat(Algorithms.named("met", 0).schedule(problem).makespan()).isEqualTo(6);
        assertThat(Algorithms.named("mct", 0).schedule(problem).makespan()).isEqualTo(5);
        assertThat(Algorithms.named("olb", 0).schedule(problem).makespan()).isEqualTo(5);
        assertThat(Algorithms.named("fastest-node", 0).schedule(problem).makespan())
                .isEqualTo(6);
    }

    @Test
    void minMinTakesTheShortTaskFirstAndMaxMinTheLong() throws Exception {
        Problem problem =
                TestProblems.problem(TaskGraph.builder().tasks(3).build(), new double[][] {{1, 1}, {1, 1}, {4, 4}});
        assertThat(Algorithms.named("minmin", 0).schedule(problem).makespan()).isEqualTo(5);
        assertThat(Algorithms.named("maxmin", 0).schedule(problem).makespan()).isEqualTo(4);
    }

    @Test
    void aDuplicatedTaskSavesItsTransfer() throws Exception {
        // Both branches need the root's data; sending it takes 100, computing it again 1.
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(3).edge(0, 1, 100).edge(0, 2, 100).build(),
                new double[][] {{1, 1}, {10, 10}, {10, 10}});
        Schedule schedule = Algorithms.named("hld", 0).schedule(problem);
        assertThat(schedule.makespan()).isEqualTo(11);
        assertThat(schedule.assignments()).hasSize(4);
        assertThat(ScheduleChecker.check(problem, schedule, Copies.ALLOWED)).isEmpty();
        assertThat(Algorithms.named("heft", 0).schedule(problem).makespan()).isEqualTo(21);
    }

    /** As by name, with less work where that is a matter of budget. */
    private static StaticScheduler small(String name, long seed) {
        return Algorithms.named(name, new Algorithms.Settings(seed, Budget.ofSteps(500), 200, List.of()));
    }

    private static boolean refuses(String name, Problem problem) {
        return switch (name) {
            case "fastest-node" -> !someDeviceRunsAll(problem);
            case "brute" -> problem.taskCount() > BruteForce.TASKS_MAX;
            default -> false;
        };
    }

    private static boolean someDeviceRunsAll(Problem problem) {
        for (int device = 0; device < problem.deviceCount(); device++) {
            double sum = 0;
            for (int task = 0; task < problem.taskCount(); task++) {
                sum += problem.costs().executionTime(task, device);
            }
            if (sum < CostTable.CANNOT_RUN) {
                return true;
            }
        }
        return false;
    }
}
