package io.fleetwright.scheduler.optimum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NeighbourhoodTest {
    @Test
    void isNotAboveTheLeastOverAllWaysToHaveNeighboursHereOrElsewhere() {
        SeededCases.forEach(1, 1000, (random, _) -> {
            int size = random.nextInt(9);
            double[] elsewhere = figures(random, size);
            double[] before = figures(random, size);
            double[] execution = figures(random, size);
            boolean together = random.nextBoolean();
            if (together) {
                Arrays.fill(before, random.nextInt(20));
            }
            var neighbours = new Neighbourhood();
            for (int i = 0; i < size; i++) {
                neighbours.add(elsewhere[i], before[i], execution[i]);
            }
            double least = Double.POSITIVE_INFINITY;
            for (int here = 0; here < 1 << size; here++) {
                least = Math.min(least, time(here, elsewhere, before, execution));
            }
            if (together) {
                assertThat(neighbours.bound()).isEqualTo(least);
            } else {
                assertThat(neighbours.bound()).isBetween(0.0, least);
            }
        });
    }

    /** Those here in the order in which they can begin, which is the quickest; and the last transfer from elsewhere. */
    private static double time(int here, double[] elsewhere, double[] before, double[] execution) {
        double transfers = 0;
        double turns = 0;
        Integer[] order = new Integer[elsewhere.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(before[a], before[b]));
        for (int i : order) {
            if ((here >> i & 1) != 0) {
                turns = Math.max(turns, before[i]) + execution[i];
            } else {
                transfers = Math.max(transfers, elsewhere[i]);
            }
        }
        return Math.max(transfers, turns);
    }

    private static double[] figures(SplittableRandom random, int size) {
        double[] figures = new double[size];
        Arrays.setAll(figures, _ -> random.nextInt(12) == 0 ? Double.POSITIVE_INFINITY : random.nextInt(20));
        return figures;
    }

    @Test
    void manyNeighboursAreBoundedByTheWorstOfThem() {
        var neighbours = new Neighbourhood();
        for (int i = 0; i < 2000; i++) {
            neighbours.add(10 + i % 7, 3, 1 + i % 5);
        }
        assertThat(neighbours.bound()).isEqualTo(8);
        neighbours.clear();
        assertThat(neighbours.bound()).isZero();
    }

    /** Ten tasks of 4 that all feed one of 1: apart, each transfer takes 100; on one device they take 40. */
    @Test
    void aJoinOfHeavyTransfersIsBoundedByDoingAllInOnePlace() {
        var graph = TaskGraph.builder().tasks(11);
        double[][] costs = new double[11][4];
        for (int task = 0; task < 10; task++) {
            graph.edge(task, 10, 100);
            Arrays.fill(costs[task], 4);
        }
        Arrays.fill(costs[10], 1);
        Problem join = TestProblems.problem(graph.build(), costs);
        assertThat(LowerBounds.of(join)).isCloseTo(41, within(1e-9));
    }

    /** The same the other way round. */
    @Test
    void aForkOfHeavyTransfersIsToo() {
        var graph = TaskGraph.builder().tasks(11);
        double[][] costs = new double[11][4];
        Arrays.fill(costs[0], 1);
        for (int task = 1; task < 11; task++) {
            graph.edge(0, task, 12);
            Arrays.fill(costs[task], 4);
        }
        Problem fork = TestProblems.problem(graph.build(), costs);
        // Four here take 16; the others, a transfer and a turn elsewhere, are through by then.
        assertThat(LowerBounds.of(fork)).isCloseTo(17, within(1e-9));
    }
}
