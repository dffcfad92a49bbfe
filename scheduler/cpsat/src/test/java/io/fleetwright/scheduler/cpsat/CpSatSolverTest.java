package io.fleetwright.scheduler.cpsat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.format.CanonicalWorkload;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.optimum.BruteForce;
import io.fleetwright.scheduler.optimum.ProvingSolver;
import io.fleetwright.scheduler.plan.BoundedScheduler;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.testkit.SharedData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CpSatSolverTest {
    @Test
    void provesTheOptimaOfThePapers() throws Exception {
        assertThat(proven("topcuoglu2002")).isEqualTo(73);
        assertThat(proven("arabnejad2014")).isEqualTo(113);
    }

    @Test
    void agreesWithBruteForceAndItsSchedulesAreValid() {
        SeededCases.forEach(1, 25, (random, _) -> {
            Problem problem = random(random, 6, 3, random.nextBoolean());
            double optimum = new BruteForce().schedule(problem).makespan();
            Solution solution = new CpSatSolver().solve(problem, new Heft().schedule(problem));
            assertThat(ScheduleChecker.check(problem, solution.schedule())).isEmpty();
            // Times that are no whole numbers are rounded to some ten millionth of the makespan.
            assertThat(solution.schedule().makespan()).isCloseTo(optimum, within(1e-5 * optimum));
            assertThat(solution.lowerBound()).isBetween(optimum * (1 - 1e-5), optimum * (1 + 1e-9));
        });
    }

    @Test
    void exactFindsItAndProvesWhatItsOwnSearchCannot() throws Exception {
        Problem problem = random(new SplittableRandom(2), 20, 3, true);
        List<ProvingSolver> found = ServiceLoader.load(ProvingSolver.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        assertThat(found).hasOnlyElementsOfType(CpSatSolver.class).hasSize(1);
        var alone = new Algorithms.Settings(1, Budget.ofSteps(1000), 1000, List.of());
        var helped = new Algorithms.Settings(1, Budget.ofSteps(1000), 1000, found);
        Solution solution = ((BoundedScheduler) Algorithms.named("exact", helped)).solve(problem);
        assertThat(ScheduleChecker.check(problem, solution.schedule())).isEmpty();
        assertThat(solution.proven()).isTrue();
        assertThat(((BoundedScheduler) Algorithms.named("exact", alone))
                        .solve(problem)
                        .proven())
                .isFalse();
    }

    @Test
    void aProblemThatIsTooLargeKeepsItsScheduleAndItsBound() throws Exception {
        double[][] costs = new double[300][700];
        Arrays.stream(costs).forEach(row -> Arrays.fill(row, 1));
        var problem = new Problem(
                TaskGraph.builder().tasks(300).build(),
                new Platform(devices(700), Links.uniform(700, 1, 0)),
                CostTable.perTask(costs));
        Schedule known = Schedule.of(new Heft().schedule(problem).assignments());
        Solution solution = new CpSatSolver().solve(problem, known);
        assertThat(solution.schedule()).isSameAs(known);
        assertThat(solution.lowerBound()).isEqualTo(1);
    }

    private static List<Device> devices(int count) {
        return IntStream.range(0, count)
                .mapToObj(device -> new Device("p" + device, 0))
                .toList();
    }

    private static double proven(String name) throws Exception {
        Problem problem = CanonicalWorkload.read(SharedData.require("workloads/canonical/" + name + ".json"))
                .problem();
        Solution solution = new CpSatSolver().solve(problem, new Heft().schedule(problem));
        assertThat(ScheduleChecker.check(problem, solution.schedule())).isEmpty();
        assertThat(solution.proven()).isTrue();
        return solution.schedule().makespan();
    }

    private static Problem random(SplittableRandom random, int tasks, int devices, boolean whole) {
        var graph = TaskGraph.builder().tasks(tasks);
        double[][] costs = new double[tasks][devices];
        for (int task = 0; task < tasks; task++) {
            for (int from = 0; from < task; from++) {
                if (random.nextInt(4) == 0) {
                    graph.edge(from, task, figure(random, 30, whole));
                }
            }
            for (int device = 0; device < devices; device++) {
                costs[task][device] = 1 + figure(random, 20, whole);
            }
            if (random.nextInt(4) == 0) {
                costs[task][random.nextInt(1, devices)] = CostTable.CANNOT_RUN;
            }
        }
        List<Device> all = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
            all.add(new Device("p" + device, random.nextInt(3) == 0 ? figure(random, 10, whole) : 0));
        }
        return new Problem(graph.build(), new Platform(all, Links.uniform(devices, 1, 0)), CostTable.perTask(costs));
    }

    private static double figure(SplittableRandom random, int bound, boolean whole) {
        return whole ? random.nextInt(bound) : random.nextDouble(bound);
    }
}
