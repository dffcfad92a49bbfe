package io.fleetwright.scheduler.gantt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a graph is split into paths, against ranks and paths found by plain loops. */
class PathsTest {
    private static final int NONE = -1;

    /** Costs are one figure a task on one device; edges are {@code from-to}; all volumes are 0. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            5           |                     | 0
            5 5 5       |                     | 0 1 2
            1 9 5       |                     | 2 0 1
            1 1 1       | 0-1 1-2             | 0 0 0
            1 2 3       | 0-1 0-2             | 0 1 0
            1 3 2       | 0-1 0-2             | 0 0 1
            1 3 3       | 0-1 0-2             | 0 0 1
            1 2 3 1     | 0-1 0-2 1-3 2-3     | 0 1 0 0
            4 2 3 1     | 0-2 1-2 2-3         | 0 1 0 0
            2 4 3 1     | 0-2 1-2 2-3         | 1 0 0 0
            4 4 3 1     | 0-2 1-2 2-3         | 0 1 0 0
            1 1 1 1 1   | 0-1 0-2 0-3 0-4     | 0 0 1 2 3
            1 1 9 1 1   | 0-1 1-3 0-2 2-4     | 0 1 0 1 0
            0 0 0       | 0-1 1-2             | 0 0 0
            # the second path begins below the first one's end, and may join nothing that is taken
            5 1 4 1 3   | 0-2 1-2 2-3 1-4     | 0 1 0 0 1
            5 6 4 1 1   | 0-2 1-2 2-3 1-4     | 1 0 0 0 2
            """)
    void aGraphIsSplitFromTheHighestRankDown(String costs, String edges, String paths) {
        double[][] rows = Arrays.stream(costs.split(" "))
                .map(cost -> new double[] {Double.parseDouble(cost)})
                .toArray(double[][]::new);
        TaskGraph.Builder graph = TaskGraph.builder().tasks(rows.length);
        for (String edge : edges == null ? new String[0] : edges.split(" ")) {
            graph.edge(Integer.parseInt(edge.split("-")[0]), Integer.parseInt(edge.split("-")[1]), 0);
        }
        assertThat(Paths.of(TestProblems.problem(graph.build(), rows)))
                .containsExactly(Arrays.stream(paths.split(" "))
                        .mapToInt(Integer::parseInt)
                        .toArray());
    }

    /**
     * Ranks of Topcuoglu et al., 2002: 108 77 80 80 69 63.3 42.7 35.7 44.3 14.7. After 0 come 2 6 9 or, since both are
     * 80 up to rounding, 3 8 9; then the other of the two, 1 7, 4 and 5.
     */
    @Test
    void theExampleOfTopcuogluHasFivePaths() {
        assertThat(Arrays.toString(Paths.of(TestProblems.topcuoglu2002())))
                .isIn("[0, 2, 0, 1, 3, 4, 0, 2, 1, 0]", "[0, 2, 1, 0, 3, 4, 1, 2, 0, 0]");
    }

    @Test
    void everySplitIsTheOneThatPlainLoopsGive() {
        SeededCases.forEach(1, 200, (random, _) -> {
            Problem problem = TestProblems.random(random, 25, 4);
            assertThat(Paths.of(problem)).containsExactly(naive(problem));
        });
    }

    private static int[] naive(Problem problem) {
        int[] path = new int[problem.taskCount()];
        double[] rank = new double[path.length];
        for (int position = path.length - 1; position >= 0; position--) {
            int task = problem.graph().topologicalTask(position);
            rank[task] = rank(problem, task, rank);
        }
        Arrays.fill(path, NONE);
        for (int number = 0; Arrays.stream(path).anyMatch(each -> each == NONE); number++) {
            int task = NONE;
            for (int candidate = 0; candidate < path.length; candidate++) {
                task = better(rank, path, task, candidate);
            }
            while (task != NONE) {
                path[task] = number;
                int next = NONE;
                for (int e = problem.graph().outBegin(task); e < problem.graph().outEnd(task); e++) {
                    next = better(rank, path, next, problem.graph().outTask(e));
                }
                task = next;
            }
        }
        return path;
    }

    private static int better(double[] rank, int[] path, int best, int candidate) {
        return path[candidate] == NONE && (best == NONE || rank[candidate] > rank[best]) ? candidate : best;
    }

    /** Mean time of the task, and of the longest way from there to an exit. */
    private static double rank(Problem problem, int task, double[] later) {
        double longest = 0;
        for (int e = problem.graph().outBegin(task); e < problem.graph().outEnd(task); e++) {
            longest = Math.max(
                    longest,
                    problem.platform().links().transferTimeMean(problem.graph().outVolume(e))
                            + later[problem.graph().outTask(e)]);
        }
        return problem.costs().executionTimeMean(task) + longest;
    }

    /** In a chart of a plan a bar has the group of its task's path, wherever and whenever it runs. */
    @Test
    void aPlanIsColouredByItsPaths() {
        SeededCases.forEach(1, 100, (random, _) -> {
            Problem problem = TestProblems.random(random, 25, 4);
            Schedule plan = Algorithms.named("mct", 1).schedule(problem);
            int[] path = naive(problem);
            assertThat(Gantt.ofPlan("", Gantt.Unit.UNSTATED, problem, plan).bars())
                    .extracting(Bar::group)
                    .containsExactlyElementsOf(plan.assignments().stream()
                            .map(run -> path[run.task()])
                            .toList());
        });
    }

    @Test
    void aChainIsOnePathAndTasksApartAreAPathEach() {
        TaskGraph.Builder chain = TaskGraph.builder().tasks(40);
        double[][] costs = new double[40][2];
        for (int task = 0; task < 40; task++) {
            Arrays.fill(costs[task], 1 + task % 7);
            if (task > 0) {
                chain.edge(task - 1, task, 3);
            }
        }
        assertThat(Paths.of(TestProblems.problem(chain.build(), costs))).containsOnly(0);
        assertThat(Paths.of(TestProblems.problem(TaskGraph.builder().tasks(40).build(), costs)))
                .doesNotHaveDuplicates();
    }
}
