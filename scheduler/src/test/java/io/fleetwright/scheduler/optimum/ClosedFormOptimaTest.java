package io.fleetwright.scheduler.optimum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.GraphFamily;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.plan.Variants;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The exact search and the bounds on problems that other, exact methods solve. */
class ClosedFormOptimaTest {
    private static final double NO = CostTable.CANNOT_RUN;

    private static double solved(Problem problem) throws Exception {
        Solution solution = new Exact(new RandomChoice(1), 3_000_000, List.of()).solve(problem);
        assertThat(solution.proven()).isTrue();
        double makespan = solution.schedule().makespan();
        assertThat(LowerBounds.of(problem)).isLessThanOrEqualTo(makespan * (1 + 1e-9));
        return makespan;
    }

    private static Problem alone(double[][] costs) {
        return TestProblems.problem(GraphFamily.INDEPENDENT.graph(costs.length, 0), costs);
    }

    private static double[] figures(SplittableRandom random, int count) {
        return IntStream.range(0, count).mapToDouble(_ -> random.nextInt(1, 15)).toArray();
    }

    /** One device is always just as long as its work, and not before it is ready. */
    @Test
    void oneDeviceTakesItsWork() {
        SeededCases.forEach(1, 40, (random, _) -> {
            double[] cost = figures(random, 7);
            double ready = random.nextInt(9);
            Problem problem =
                    Variants.withReadyTimes(Variants.alike(GraphFamily.layered(random, 7, 1, 0.5, 9), 1, cost), ready);
            assertThat(solved(problem)).isEqualTo(ready + Arrays.stream(cost).sum());
            assertThat(LowerBounds.of(problem))
                    .isEqualTo(ready + Arrays.stream(cost).sum());
        });
    }

    /** Two like devices: the least half that the times can be divided into, by dynamic programming over sums. */
    @Test
    void twoLikeDevicesDivideTheWork() {
        SeededCases.forEach(1, 60, (random, _) -> {
            double[] cost = figures(random, random.nextInt(1, 9));
            int sum = (int) Arrays.stream(cost).sum();
            boolean[] reachable = new boolean[sum + 1];
            reachable[0] = true;
            for (double time : cost) {
                for (int load = sum; load >= time; load--) {
                    reachable[load] |= reachable[load - (int) time];
                }
            }
            int optimum = IntStream.rangeClosed(0, sum)
                    .filter(load -> reachable[load] && 2 * load >= sum)
                    .min()
                    .orElseThrow();
            Problem problem = Variants.alike(GraphFamily.INDEPENDENT.graph(cost.length, 0), 2, cost);
            assertThat(solved(problem)).isEqualTo(optimum);
        });
    }

    /** Unlike devices: every way to give each task a device, which is all there is to it without edges. */
    @Test
    void unlikeDevicesAreTriedForEachTask() {
        SeededCases.forEach(1, 60, (random, _) -> {
            int devices = random.nextInt(2, 4);
            double[][] costs = new double[random.nextInt(1, 7)][];
            Arrays.setAll(costs, _ -> figures(random, devices));
            double[] ready = random.ints(devices, 0, 10).asDoubleStream().toArray();
            double optimum = Double.POSITIVE_INFINITY;
            for (int choice = 0; choice < Math.pow(devices, costs.length); choice++) {
                double[] load = ready.clone();
                boolean[] used = new boolean[devices];
                int rest = choice;
                for (double[] row : costs) {
                    load[rest % devices] += row[rest % devices];
                    used[rest % devices] = true;
                    rest /= devices;
                }
                optimum = Math.min(
                        optimum,
                        IntStream.range(0, devices)
                                .filter(device -> used[device])
                                .mapToDouble(device -> load[device])
                                .max()
                                .orElseThrow());
            }
            assertThat(solved(Variants.withReadyTimes(alone(costs), ready))).isEqualTo(optimum);
        });
    }

    /**
     * Jobs of two steps, the first on one device, the second on the other: first the jobs whose first step is the shorter,
     * by rising first step, then the others by falling second step.
     *
     * @see "Johnson, 1954: Optimal two- and three-stage production schedules with setup times included"
     */
    @Test
    void aFlowShopOfTwoDevicesIsJohnsons() {
        SeededCases.forEach(1, 60, (random, _) -> {
            int jobs = random.nextInt(1, 6);
            double[] first = figures(random, jobs);
            double[] second = figures(random, jobs);
            List<Integer> order = IntStream.range(0, jobs)
                    .boxed()
                    .sorted(Comparator.comparing((Integer job) -> first[job] >= second[job])
                            .thenComparingDouble(job -> first[job] < second[job] ? first[job] : -second[job]))
                    .toList();
            double left = 0;
            double right = 0;
            for (int job : order) {
                left += first[job];
                right = Math.max(left, right) + second[job];
            }
            var graph = TaskGraph.builder().tasks(2 * jobs);
            double[][] costs = new double[2 * jobs][];
            for (int job = 0; job < jobs; job++) {
                graph.edge(job, jobs + job, 0);
                costs[job] = new double[] {first[job], NO};
                costs[jobs + job] = new double[] {NO, second[job]};
            }
            assertThat(solved(TestProblems.problem(graph.build(), costs))).isEqualTo(right);
        });
    }

    /**
     * A chain is never in its own way, so the best device for each end is known step by step. The bound through chains is
     * exact then.
     */
    @Test
    void aChainIsAShortestPathOverItsDevices() {
        SeededCases.forEach(1, 150, (random, _) -> {
            Problem any = TestProblems.random(random, 7, 4);
            TaskGraph chain = GraphFamily.CHAIN.graph(any.taskCount(), random.nextInt(20));
            Problem problem = new Problem(chain, any.platform(), any.costs());
            int devices = problem.deviceCount();
            double[] finish = new double[devices];
            for (int task = 0; task < problem.taskCount(); task++) {
                double[] next = new double[devices];
                for (int device = 0; device < devices; device++) {
                    double start = problem.platform().device(device).readyTime();
                    if (task > 0) {
                        double arrival = Double.POSITIVE_INFINITY;
                        for (int from = 0; from < devices; from++) {
                            double volume = chain.inVolume(chain.inBegin(task));
                            arrival = Math.min(
                                    arrival,
                                    finish[from] + problem.platform().links().transferTime(volume, from, device));
                        }
                        start = Math.max(start, arrival);
                    }
                    next[device] = start + problem.costs().executionTime(task, device);
                }
                finish = next;
            }
            double optimum = Arrays.stream(finish).min().orElseThrow();
            assertThat(solved(problem)).isCloseTo(optimum, within(1e-9 * (1 + optimum)));
            assertThat(LowerBounds.of(problem)).isCloseTo(optimum, within(1e-9 * (1 + optimum)));
        });
    }

    /**
     * A fork of equal branches and devices for all of them: some number of the dearest transfers are saved by staying where
     * the fork was, one after the other; the others wait for theirs.
     */
    @Test
    void aForkKeepsItsDearestBranches() {
        SeededCases.forEach(1, 80, (random, _) -> {
            int branches = random.nextInt(1, 6);
            double[] volumes = figures(random, branches);
            double branch = random.nextInt(1, 6);
            var graph = TaskGraph.builder().tasks(branches + 1);
            IntStream.range(0, branches).forEach(i -> graph.edge(0, i + 1, volumes[i]));
            double[] cost = new double[branches + 1];
            Arrays.fill(cost, branch);
            cost[0] = 3;
            double[] falling = Arrays.stream(volumes)
                    .map(volume -> -volume)
                    .sorted()
                    .map(volume -> -volume)
                    .toArray();
            double optimum = IntStream.rangeClosed(0, branches)
                    .mapToDouble(kept -> Math.max(kept * branch, kept < branches ? falling[kept] + branch : 0))
                    .min()
                    .orElseThrow();
            Problem problem = Variants.alike(graph.build(), branches + 1, cost);
            assertThat(solved(problem)).isEqualTo(3 + optimum);
            assertThat(LowerBounds.of(problem)).isCloseTo(3 + optimum, within(1e-9));
        });
    }

    /**
     * Between a fork and a join without transfers the branches are independent tasks: fork, two like devices' division of the
     * branches, join.
     */
    @Test
    void aForkJoinWithoutTransfersIsADivisionOfItsBranches() {
        SeededCases.forEach(1, 40, (random, _) -> {
            int branches = random.nextInt(1, 7);
            double[] branch = figures(random, branches);
            TaskGraph forkJoin = GraphFamily.FORK_JOIN.graph(branches, 0);
            // Numbered fork, branch 0, join, branch 1, branch 2, ...
            double[] cost = new double[branches + 2];
            cost[0] = 4;
            cost[1] = branch[0];
            cost[2] = 2;
            System.arraycopy(branch, 1, cost, 3, branches - 1);
            double between = IntStream.range(0, 1 << branches)
                    .mapToDouble(here -> Math.max(load(branch, here), load(branch, ~here)))
                    .min()
                    .orElseThrow();
            assertThat(solved(Variants.alike(forkJoin, 2, cost))).isEqualTo(4 + between + 2);
        });
    }

    private static double load(double[] times, int set) {
        return IntStream.range(0, times.length)
                .filter(i -> (set >> i & 1) != 0)
                .mapToDouble(i -> times[i])
                .sum();
    }

    /**
     * Independent tasks on like devices: if tasks could be interrupted, the longest of them or the mean load would do, and
     * the bound is that.
     *
     * @see "McNaughton, 1959: Scheduling with deadlines and loss functions, theorem 3.1"
     */
    @Test
    void withoutEdgesOnLikeDevicesTheBoundIsMcNaughtons() {
        SeededCases.forEach(1, 100, (random, _) -> {
            double[] cost = figures(random, random.nextInt(1, 30));
            int devices = random.nextInt(1, 8);
            double bound = Math.max(
                    Arrays.stream(cost).max().orElseThrow(), Arrays.stream(cost).sum() / devices);
            Problem problem = Variants.alike(GraphFamily.INDEPENDENT.graph(cost.length, 0), devices, cost);
            assertThat(LowerBounds.of(problem)).isCloseTo(bound, within(1e-9 * bound));
        });
    }

    /** Devices of speeds 1, 2, 4: all work over all speeds, or the longest task on the fastest. */
    @Test
    void withoutEdgesOnUniformDevicesTheBoundIsWorkOverSpeed() {
        SeededCases.forEach(1, 100, (random, _) -> {
            double[] work = figures(random, random.nextInt(1, 20));
            double[] speed = IntStream.range(0, random.nextInt(1, 5))
                    .mapToDouble(_ -> 1 << random.nextInt(3))
                    .toArray();
            double[][] costs = new double[work.length][];
            Arrays.setAll(
                    costs,
                    task -> Arrays.stream(speed).map(of -> work[task] / of).toArray());
            double bound = Math.max(
                    Arrays.stream(work).max().orElseThrow()
                            / Arrays.stream(speed).max().orElseThrow(),
                    Arrays.stream(work).sum() / Arrays.stream(speed).sum());
            assertThat(LowerBounds.of(alone(costs))).isCloseTo(bound, within(1e-9 * bound));
        });
    }

    /**
     * Two devices, work shared out in fractions: tasks by rising ratio of their times fill the first device until both end
     * together. The search for weights comes close to that and never above.
     */
    @Test
    void onTwoDevicesTheWorkBoundIsCloseToTheBestFractionalShare() {
        double[] least = {1};
        SeededCases.forEach(1, 150, (random, _) -> {
            double[][] costs = new double[random.nextInt(1, 15)][];
            Arrays.setAll(costs, _ -> figures(random, 2));
            double fractional = fractional(costs);
            double bound = WorkBound.of(alone(costs));
            assertThat(bound).isLessThanOrEqualTo(fractional * (1 + 1e-9));
            least[0] = Math.min(least[0], bound / fractional);
        });
        assertThat(least[0]).isGreaterThan(0.95);
    }

    /** The least C for which the tasks, sorted by what they cost on the first per what they save the second, fit. */
    private static double fractional(double[][] costs) {
        double[][] sorted = costs.clone();
        Arrays.sort(sorted, Comparator.comparingDouble(row -> row[0] / row[1]));
        double first = 0;
        double second = Arrays.stream(sorted).mapToDouble(row -> row[1]).sum();
        for (double[] row : sorted) {
            if (first + row[0] >= second - row[1]) {
                // This one is cut where both are equal: first + x a = second - x b.
                double part = (second - first) / (row[0] + row[1]);
                return first + part * row[0];
            }
            first += row[0];
            second -= row[1];
        }
        return first;
    }

    /** Unit tasks in a tree on like devices, by Hu's formula; the search must agree with more than a bound. */
    @Test
    void treesOfUnitTasksAreHus() {
        SeededCases.forEach(1, 40, (random, _) -> {
            int tasks = random.nextInt(1, 10);
            int devices = random.nextInt(1, 4);
            var tree = TaskGraph.builder().tasks(tasks);
            int[] level = new int[tasks];
            for (int task = 1; task < tasks; task++) {
                int parent = random.nextInt(task);
                tree.edge(task, parent, 0);
                level[task] = level[parent] + 1;
            }
            double optimum = IntStream.rangeClosed(0, Arrays.stream(level).max().orElseThrow())
                    .map(k -> k
                            + Math.ceilDiv(
                                    (int) Arrays.stream(level)
                                            .filter(of -> of >= k)
                                            .count(),
                                    devices))
                    .max()
                    .orElseThrow();
            double[] unit = new double[tasks];
            Arrays.fill(unit, 1);
            assertThat(solved(Variants.alike(tree.build(), devices, unit))).isEqualTo(optimum);
        });
    }
}
