package io.fleetwright.scheduler.optimum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LowerBoundsTest {
    @Test
    void aChainIsAsLongAsItsQuickestTasks() {
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(3).edge(0, 1, 1).edge(1, 2, 100).build(),
                new double[][] {{2, 9}, {9, 3}, {4, 9}});
        // 2, then 1 of transfer and 3 on the other device; the last task cannot afford to come back.
        assertThat(LowerBounds.of(problem)).isEqualTo(2 + 1 + 3 + 9);
    }

    @Test
    void workOnDevicesOfUnequalSpeedIsSharedInProportion() {
        double[][] costs = new double[30][];
        Arrays.setAll(costs, _ -> new double[] {1, 2, 4});
        Problem problem = TestProblems.problem(TaskGraph.builder().tasks(30).build(), costs);
        assertThat(LowerBounds.of(problem)).isCloseTo(30 / 1.75, within(1e-9));
    }

    @Test
    void noBoundIsAboveTheOptimum() {
        SeededCases.forEach(500, 200, (random, _) -> {
            Problem problem = TestProblems.random(random, 6, 3);
            double optimum = new BruteForce().schedule(problem).makespan();
            assertThat(LowerBounds.of(problem)).isBetween(0.0, optimum * (1 + 1e-9));
        });
    }

    @Test
    void manyDevicesAreBoundedByTheirKinds() throws Exception {
        double[][] costs = new double[3][100];
        Arrays.stream(costs).forEach(row -> Arrays.fill(row, 5));
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(3).edge(0, 1, 2).edge(1, 2, 2).build(), costs);
        assertThat(LowerBounds.of(problem)).isEqualTo(15);
        assertThat(new Solution(new Heft().schedule(problem), 15).proven()).isTrue();
    }

    @Test
    void aSearchThatRunsOutOfStepsKeepsItsBestAndDoesNotClaimProof() throws Exception {
        Problem problem = TestProblems.topcuoglu2002();
        Schedule known = new Heft().schedule(problem);
        Solution cut = BranchAndBound.solve(problem, known, 5);
        assertThat(cut.proven()).isFalse();
        assertThat(cut.schedule().makespan()).isLessThanOrEqualTo(known.makespan());
        assertThat(cut.lowerBound()).isEqualTo(LowerBounds.of(problem)).isLessThan(73);
        assertThat(cut.gap()).isPositive();
    }

    @Test
    void bruteForceRefusesMoreThanTenTasks() {
        Problem problem = TestProblems.problem(TaskGraph.builder().tasks(11).build(), new double[11][1]);
        assertThatThrownBy(() -> new BruteForce().solve(problem))
                .isInstanceOf(UnschedulableException.class)
                .hasMessageContaining("at most 10 tasks, not 11");
    }

    @Test
    void aBoundIsANumberAndItsGapIsRelative() {
        var schedule = new Schedule(List.of(), 12);
        assertThat(new Solution(schedule, 10).gap()).isCloseTo(0.2, within(1e-12));
        assertThat(new Solution(schedule, 12).gap()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Solution(schedule, Double.NaN))
                .withMessageContaining("lowerBound (NaN)");
    }
}
