package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.reference.RawProblem.Edge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** What the papers compute of a problem before they place anything, by plain recursion over the formulas. */
final class Figures {
    private final RawProblem problem;
    private final double[] known;
    private final double[][] knownCosts;

    Figures(RawProblem problem) {
        this.problem = problem;
        known = new double[problem.tasks()];
        Arrays.fill(known, Double.NaN);
        knownCosts = new double[problem.tasks()][problem.devices()];
        Arrays.stream(knownCosts).forEach(row -> Arrays.fill(row, Double.NaN));
    }

    /**
     * {@code rank(t) = mean cost(t) + max over successors (mean transfer + rank)}.
     *
     * @see "Topcuoglu, Hariri, Wu, 2002, equations 8 and 9"
     */
    static double[] upwardRanks(RawProblem problem) {
        var figures = new Figures(problem);
        return perTask(problem, figures::upwardRank);
    }

    private double upwardRank(int task) {
        if (Double.isNaN(known[task])) {
            known[task] = problem.costMean(task)
                    + problem.outOf(task).stream()
                            .mapToDouble(edge -> problem.transferMean(edge.volume()) + upwardRank(edge.to()))
                            .reduce(0, Math::max);
        }
        return known[task];
    }

    /**
     * {@code rank(t) = max over predecessors (rank + mean cost + mean transfer)}.
     *
     * @see "Topcuoglu, Hariri, Wu, 2002, equation 10"
     */
    static double[] downwardRanks(RawProblem problem) {
        var figures = new Figures(problem);
        return perTask(problem, figures::downwardRank);
    }

    private double downwardRank(int task) {
        if (Double.isNaN(known[task])) {
            known[task] = problem.into(task).stream()
                    .mapToDouble(edge -> downwardRank(edge.from())
                            + problem.costMean(edge.from())
                            + problem.transferMean(edge.volume()))
                    .reduce(0, Math::max);
        }
        return known[task];
    }

    /**
     * {@code OCT(t, p) = max over successors s of min over devices w of OCT(s, w) + cost(s, w) + (mean transfer if w is not
     * p)}, {@code [task][device]}.
     *
     * @see "Arabnejad, Barbosa, 2014, equation 5"
     */
    static double[][] optimisticCosts(RawProblem problem) {
        var figures = new Figures(problem);
        double[][] table = new double[problem.tasks()][problem.devices()];
        for (int task = 0; task < problem.tasks(); task++) {
            for (int device = 0; device < problem.devices(); device++) {
                table[task][device] = figures.optimisticCost(task, device);
            }
        }
        return table;
    }

    private double optimisticCost(int task, int device) {
        if (Double.isNaN(knownCosts[task][device])) {
            knownCosts[task][device] = problem.outOf(task).stream()
                    .mapToDouble(edge -> leastThrough(edge, device))
                    .reduce(0, Math::max);
        }
        return knownCosts[task][device];
    }

    private double leastThrough(Edge edge, int device) {
        return IntStream.range(0, problem.devices())
                .mapToDouble(next -> optimisticCost(edge.to(), next)
                        + problem.cost(edge.to(), next)
                        + (next == device ? 0 : problem.transferMean(edge.volume())))
                .min()
                .orElseThrow();
    }

    /**
     * Longest path of execution times alone, the task's own included.
     *
     * @see "Sih, Lee, 1993, section II: static level"
     */
    static double[] staticLevels(RawProblem problem, IntToDoubleFunction execution) {
        double[] level = new double[problem.tasks()];
        List<Integer> backwards = new ArrayList<>(problem.arrivalOrder()).reversed();
        for (int task : backwards) {
            level[task] = problem.outOf(task).stream()
                            .mapToDouble(edge -> level[edge.to()])
                            .reduce(0, Math::max)
                    + execution.applyAsDouble(task);
        }
        return level;
    }

    /**
     * Median cost over all devices; the highest finite one if the median is none.
     *
     * @see "Sih, Lee, 1993, section IV-A"
     */
    static double costMedian(RawProblem problem, int task) {
        double[] sorted = IntStream.range(0, problem.devices())
                .mapToDouble(device -> problem.cost(task, device))
                .sorted()
                .toArray();
        double median = sorted.length % 2 == 1
                ? sorted[sorted.length / 2]
                : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
        return median < Double.POSITIVE_INFINITY
                ? median
                : DoubleStream.of(sorted)
                        .filter(cost -> cost < Double.POSITIVE_INFINITY)
                        .max()
                        .orElseThrow();
    }

    private static double[] perTask(RawProblem problem, IntToDoubleFunction figure) {
        return IntStream.range(0, problem.tasks()).mapToDouble(figure).toArray();
    }
}
