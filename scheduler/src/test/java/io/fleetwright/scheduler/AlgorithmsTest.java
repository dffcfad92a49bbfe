package io.fleetwright.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import io.fleetwright.testkit.SeededCases;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AlgorithmsTest {
    @Test
    void anUnknownNameIsAnsweredWithTheKnownOnes() {
        assertThatThrownBy(() -> Algorithms.named("heftier", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'heftier'")
                .hasMessageContaining("heft cpop peft minmin maxmin met mct olb fastest-node random");
    }

    @Test
    void everyAlgorithmSchedulesRandomProblemsValidlyAndRepeatably() {
        SeededCases.forEach(1, 300, (random, seed) -> {
            Problem problem = TestProblems.random(random, 30, 5);
            for (String name : Algorithms.names()) {
                if (name.equals("fastest-node") && !someDeviceRunsAll(problem)) {
                    assertThatThrownBy(() -> Algorithms.named(name, seed).schedule(problem))
                            .isInstanceOf(UnschedulableException.class);
                    continue;
                }
                Schedule schedule = Algorithms.named(name, seed).schedule(problem);
                assertThat(ScheduleChecker.check(problem, schedule)).as(name).isEmpty();
                assertThat(Algorithms.named(name, seed).schedule(problem))
                        .as(name)
                        .isEqualTo(schedule);
            }
        });
    }

    @Test
    void noAlgorithmBeatsTheOptimum() {
        var optimal = new AtomicInteger();
        SeededCases.forEach(1, 100, (random, seed) -> {
            Problem problem = TestProblems.random(random, 6, 3);
            double optimum = BruteForce.makespan(problem);
            for (String name : Algorithms.names()) {
                if (name.equals("fastest-node") && !someDeviceRunsAll(problem)) {
                    continue;
                }
                double makespan = Algorithms.named(name, seed).schedule(problem).makespan();
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
                try {
                    Schedule schedule = Algorithms.named(name, seed).schedule(problem);
                    assertThat(ScheduleChecker.check(problem, schedule))
                            .as(name)
                            .isEmpty();
                } catch (UnschedulableException refused) {
                    assertThat(refused).hasMessageMatching("task \\d+ .*|no single device .*");
                }
            }
        });
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
