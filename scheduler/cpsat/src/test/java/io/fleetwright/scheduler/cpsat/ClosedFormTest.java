package io.fleetwright.scheduler.cpsat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.FastestNode;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Problems whose optimum is known without a search, and how their times become whole numbers. */
class ClosedFormTest {
    private static Problem problem(TaskGraph graph, double[][] costs, Links links, double... ready) {
        List<Device> devices = new ArrayList<>();
        for (int device = 0; device < costs[0].length; device++) {
            devices.add(new Device("p" + device, device < ready.length ? ready[device] : 0));
        }
        return new Problem(graph, new Platform(devices, links), CostTable.perTask(costs));
    }

    private static Solution solved(Problem problem) throws Exception {
        return solved(problem, new Heft().schedule(problem));
    }

    private static Solution solved(Problem problem, Schedule known) {
        Solution solution = new CpSatSolver().solve(problem, known);
        assertThat(ScheduleChecker.check(problem, solution.schedule())).isEmpty();
        return solution;
    }

    private static void assertOptimum(Problem problem, double optimum) throws Exception {
        Solution solution = solved(problem);
        assertThat(solution.schedule().makespan()).isCloseTo(optimum, within(1e-6 * Math.max(1, optimum)));
        assertThat(solution.lowerBound()).isCloseTo(optimum, within(1e-6 * Math.max(1, optimum)));
    }

    /** Tasks apart on equal devices, by hand: the sum of a fair half is not always reached. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            3                 | 1 | 3
            3 4               | 1 | 7
            3 4               | 2 | 4
            3 3 2 2 2         | 2 | 6
            5 4 3 3 3         | 2 | 9
            7 7 6 6 5 5 4 4 4 | 4 | 12
            8 7 6 5 4         | 2 | 15
            9 1 1 1           | 3 | 9
            2 2 2 2           | 3 | 4
            5 5 4 4 3 3 3     | 3 | 9
            0 0 0             | 2 | 0
            0.5 0.25 0.25     | 2 | 0.5
            """)
    void tasksApartFillEqualDevices(String times, int devices, double optimum) throws Exception {
        double[][] costs = Arrays.stream(times.split(" "))
                .map(time -> {
                    double[] row = new double[devices];
                    Arrays.fill(row, Double.parseDouble(time));
                    return row;
                })
                .toArray(double[][]::new);
        assertOptimum(
                problem(TaskGraph.builder().tasks(costs.length).build(), costs, Links.uniform(devices, 1, 0)), optimum);
    }

    /** On a chain nothing can overlap: the least way through tasks and devices, by dynamic programming. */
    @Test
    void aChainTakesTheShortestWayThroughTheDevices() {
        SeededCases.forEach(1, 8, (random, _) -> {
            int tasks = random.nextInt(2, 9);
            int devices = random.nextInt(1, 4);
            double[][] costs = new double[tasks][devices];
            TaskGraph.Builder graph = TaskGraph.builder().tasks(tasks);
            double[] best = new double[devices];
            for (int task = 0; task < tasks; task++) {
                int volume = random.nextInt(12);
                if (task > 0) {
                    graph.edge(task - 1, task, volume);
                }
                double[] before = best.clone();
                for (int device = 0; device < devices; device++) {
                    costs[task][device] = random.nextInt(1, 20);
                    double arrival = before[device];
                    for (int from = 0; from < devices && task > 0; from++) {
                        arrival = Math.min(arrival, before[from] + (from == device ? 0 : volume));
                    }
                    best[device] = arrival + costs[task][device];
                }
            }
            assertOptimum(
                    problem(graph.build(), costs, Links.uniform(devices, 1, 0)),
                    Arrays.stream(best).min().orElseThrow());
        });
    }

    /** Task 0 takes 10 on device 0, which is ready at 4, and 12 on device 1: 12 is sooner than 14. */
    @ParameterizedTest
    @CsvSource({"0, 10", "1.5, 11.5", "2, 12", "4, 12", "100, 12"})
    void aDeviceThatIsBusyIsWaitedForOrLeft(double ready, double optimum) throws Exception {
        assertOptimum(
                problem(TaskGraph.builder().tasks(1).build(), new double[][] {{10, 12}}, Links.uniform(2, 1, 0), ready),
                optimum);
    }

    /** Two tasks of which each runs on one device alone, and 6 of data between them at a latency of 1. */
    @ParameterizedTest
    @CsvSource({"1, 3 , 14", "2, 3, 11", "6, 0, 6", "12, 0.5, 6"})
    void dataBetweenPinnedTasksTakesItsTime(double bandwidth, double latency, double optimum) throws Exception {
        double[][] costs = {{2, CostTable.CANNOT_RUN}, {CostTable.CANNOT_RUN, 3}};
        assertOptimum(
                problem(
                        TaskGraph.builder().tasks(2).edge(0, 1, 6).build(),
                        costs,
                        Links.uniform(2, bandwidth, latency)),
                optimum);
    }

    /** Without a link from device 1 to device 0, what begins on device 1 stays there: 9 + 9 against 20 + 2. */
    @Test
    void aLinkThatIsNotThereIsNotUsed() throws Exception {
        double[][] costs = {{20, 9}, {2, 9}};
        Links oneWay = Links.perPair(new double[][] {{1, 1}, {0, 1}}, new double[2][2]);
        assertOptimum(problem(TaskGraph.builder().tasks(2).edge(0, 1, 1).build(), costs, oneWay), 18);
        Links both = Links.perPair(new double[][] {{1, 1}, {1, 1}}, new double[2][2]);
        assertOptimum(problem(TaskGraph.builder().tasks(2).edge(0, 1, 1).build(), costs, both), 12);
    }

    /** Three of 4 on devices that are ready at 3 and 5: 3-7-11 and 5-9; a fair half of all would be 10. */
    @Test
    void devicesThatAreBusyStartLate() throws Exception {
        double[][] costs = {{4, 4}, {4, 4}, {4, 4}};
        assertOptimum(problem(TaskGraph.builder().tasks(3).build(), costs, Links.uniform(2, 1, 0), 3, 5), 11);
    }

    /**
     * Two of 4 and a third of 1 that needs both: 4 and 1 if they may be apart, without links between the two fast
     * devices 4 + 4 + 1 on one of them. Device 2 has links, but takes too long.
     */
    @Test
    void withoutLinksWhatBelongsTogetherStaysTogether() throws Exception {
        TaskGraph graph =
                TaskGraph.builder().tasks(3).edge(0, 2, 0).edge(1, 2, 0).build();
        double[][] costs = {{4, 4, 100}, {4, 4, 100}, {1, 1, 100}};
        assertOptimum(problem(graph, costs, Links.uniform(3, 1, 0)), 5);
        double[][] onlyFromTheSlowOne = {{0, 0, 0}, {0, 0, 0}, {1, 1, 0}};
        Problem apart = problem(graph, costs, Links.perPair(onlyFromTheSlowOne, new double[3][3]));
        Solution solution = solved(apart, new FastestNode().schedule(apart));
        assertThat(solution.schedule().makespan()).isEqualTo(9);
        assertThat(solution.lowerBound()).isEqualTo(9);
    }

    @Test
    void aKnownOptimumIsKeptAsItIs() throws Exception {
        Problem problem = problem(
                TaskGraph.builder().tasks(3).build(), new double[][] {{3, 3}, {2, 2}, {1, 1}}, Links.uniform(2, 1, 0));
        Schedule best = solved(problem).schedule();
        assertThat(best.makespan()).isEqualTo(3);
        assertThat(new CpSatSolver().solve(problem, best).schedule()).isSameAs(best);
        assertThat(new CpSatSolver().name()).isEqualTo("cp-sat");
    }

    /** All times ten times as long: so is the optimum. */
    @Test
    void theOptimumScalesWithTheTimes() {
        SeededCases.forEach(40, 8, (random, _) -> {
            double[][] costs = new double[6][2];
            double[][] scaled = new double[6][2];
            TaskGraph.Builder graph = TaskGraph.builder().tasks(6);
            TaskGraph.Builder larger = TaskGraph.builder().tasks(6);
            for (int task = 0; task < 6; task++) {
                for (int device = 0; device < 2; device++) {
                    costs[task][device] = random.nextInt(1, 15);
                    scaled[task][device] = 10 * costs[task][device];
                }
                if (task > 1) {
                    int volume = random.nextInt(9);
                    graph.edge(task - 2, task, volume);
                    larger.edge(task - 2, task, 10 * volume);
                }
            }
            double one = solved(problem(graph.build(), costs, Links.uniform(2, 1, 0)))
                    .schedule()
                    .makespan();
            double ten = solved(problem(larger.build(), scaled, Links.uniform(2, 1, 0)))
                    .schedule()
                    .makespan();
            assertThat(ten).isEqualTo(10 * one);
        });
    }

    /** The least of 1, 10, 100 and 1000 that makes a time, a transfer of 1 and a ready time whole. */
    @ParameterizedTest
    @CsvSource({
        "3,      1,     0,     1",
        "3.5,    1,     0,     10",
        "3.25,   1,     0,     100",
        "3.125,  1,     0,     1000",
        "3,      2,     0,     10",
        "3,      4,     0,     100",
        "3,      1,     0.5,   10",
        "3,      1,     0.375, 1000",
    })
    void timesBecomeWholeByTheLeastPowerOfTen(double time, double bandwidth, double ready, double units) {
        Problem problem = problem(
                TaskGraph.builder().tasks(2).edge(0, 1, 1).build(),
                new double[][] {{time, 3}, {3, 3}},
                Links.uniform(2, bandwidth, 0),
                ready);
        assertThat(TimeScale.of(problem, 20).unitsPerTime()).isEqualTo(units);
    }

    @ParameterizedTest
    @CsvSource({"0.0625, 20, 500000", "3, 1e9, 0.01"})
    void timesThatDoNotBecomeWholeAreRoundedToTenMillionthsOfTheMakespan(double time, double makespan, double units) {
        Problem problem =
                problem(TaskGraph.builder().tasks(1).build(), new double[][] {{time}}, Links.uniform(1, 1, 0));
        assertThat(TimeScale.of(problem, makespan).unitsPerTime()).isCloseTo(units, within(1e-9 * units));
    }

    @ParameterizedTest
    @CsvSource({"10, 0.35, 3, 4", "10, 0.3, 3, 3", "1, 7, 7, 7", "1000, 0.0001, 0, 1", "0.5, 3, 1, 2", "100, 0, 0, 0"})
    void timesAreRoundedDownOrUp(double units, double time, long down, long up) {
        assertThat(new TimeScale(units).down(time)).isEqualTo(down);
        assertThat(new TimeScale(units).up(time)).isEqualTo(up);
    }
}
