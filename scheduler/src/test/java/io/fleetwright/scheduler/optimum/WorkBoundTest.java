package io.fleetwright.scheduler.optimum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkBoundTest {
    /** Six tasks of 4 on three like devices: 24 / 3. */
    @Test
    void likeDevicesShareTheWorkEvenly() {
        assertThat(WorkBound.of(
                        alone(new double[][] {{4, 4, 4}, {4, 4, 4}, {4, 4, 4}, {4, 4, 4}, {4, 4, 4}, {4, 4, 4}})))
                .isCloseTo(8, within(1e-9));
    }

    /** One device is three times as fast: it does 3 of 4 parts of 8 tasks of 3, so 8 x 3 x 3 / 4 / 3 = 6. */
    @Test
    void aFasterDeviceDoesMore() {
        double[][] costs = new double[8][];
        Arrays.setAll(costs, _ -> new double[] {3, 1});
        assertThat(WorkBound.of(alone(costs))).isCloseTo(6, within(1e-9));
    }

    /** Two tasks that only device 0 runs take 10; the third can go elsewhere. */
    @Test
    void workThatOneDeviceAloneDoesIsItsBound() {
        double no = CostTable.CANNOT_RUN;
        assertThat(WorkBound.of(alone(new double[][] {{5, no}, {5, no}, {1, 1}})))
                .isBetween(9.8, 10 + 1e-9);
    }

    /** Devices free at 0 and 6, work of 10: the first does 8 until 8, the second 2. */
    @Test
    void aBusyDeviceJoinsLater() {
        List<Device> devices = List.of(new Device("a", 0), new Device("b", 6));
        double[][] costs = new double[5][];
        Arrays.setAll(costs, _ -> new double[] {2, 2});
        Problem problem = new Problem(
                TaskGraph.builder().tasks(5).build(),
                new Platform(devices, Links.uniform(2, 1, 0)),
                CostTable.perTask(costs));
        assertThat(WorkBound.of(problem)).isCloseTo(8, within(1e-9));
    }

    /** Whatever the weights, {@code sum w max(0, C - ready)} of the bound C is at most the least weighted work. */
    @Test
    void theWeightsProveTheBound() {
        SeededCases.forEach(1, 200, (random, _) -> {
            Problem problem = TestProblems.random(random, 20, 5);
            double[] weights = WorkBound.weights(problem);
            assertThat(Arrays.stream(weights)).allMatch(weight -> weight >= 0);
            double bound = WorkBound.of(problem);
            double capacity = 0;
            for (int device = 0; device < weights.length; device++) {
                capacity += weights[device]
                        * Math.max(0, bound - problem.platform().device(device).readyTime());
            }
            double work = IntStream.range(0, problem.taskCount())
                    .mapToDouble(task -> IntStream.range(0, weights.length)
                            .filter(device -> problem.costs().canRun(task, device))
                            .mapToDouble(
                                    device -> weights[device] * problem.costs().executionTime(task, device))
                            .min()
                            .orElseThrow())
                    .sum();
            assertThat(capacity).isLessThanOrEqualTo(work + 1e-9 * (1 + work));
        });
    }

    private static Problem alone(double[][] costs) {
        return TestProblems.problem(TaskGraph.builder().tasks(costs.length).build(), costs);
    }
}
