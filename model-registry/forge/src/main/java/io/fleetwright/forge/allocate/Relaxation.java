package io.fleetwright.forge.allocate;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Lower bound on the objective under one budget when the groups from some depth on may mix their two choices: the
 * linear relaxation of the knapsack, solved by taking steps in order of gain per cost.
 *
 * @see "Dantzig, Discrete-variable extremum problems, Operations Research 5(2), 1957"
 */
final class Relaxation {
    private final Budget budget;
    private final double[] step;
    private final double[] gain;
    private final double[] cheapestCost;
    private final double[] cheapestSensitivity;
    private final int[] byWorth;

    /** @param cost {@code [group][four, eight]} of this budget's measure */
    Relaxation(Budget budget, double[][] sensitivity, double[][] cost) {
        int count = cost.length;
        this.budget = budget;
        step = new double[count];
        gain = new double[count];
        cheapestCost = new double[count + 1];
        cheapestSensitivity = new double[count + 1];
        for (int g = count - 1; g >= 0; g--) {
            int cheap = cheaper(cost[g], sensitivity[g]);
            int dear = 1 - cheap;
            step[g] = cost[g][dear] - cost[g][cheap];
            gain[g] = sensitivity[g][cheap] - sensitivity[g][dear];
            cheapestCost[g] = cheapestCost[g + 1] + cost[g][cheap];
            cheapestSensitivity[g] = cheapestSensitivity[g + 1] + sensitivity[g][cheap];
        }
        byWorth = IntStream.range(0, count)
                .filter(g -> gain[g] > 0)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer g) -> gain[g] / step[g])
                        .reversed())
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * @param depth groups before it are decided
     * @param objective of the decided groups
     * @param spent by the decided groups
     * @return positive infinity when even the cheapest choices break the budget
     */
    double bound(int depth, double objective, double spent) {
        double cheapest = spent + cheapestCost[depth];
        if (!budget.admits(cheapest)) {
            return Double.POSITIVE_INFINITY;
        }
        double bound = objective + cheapestSensitivity[depth];
        for (int g : byWorth) {
            if (g < depth) {
                continue;
            }
            if (!budget.admits(cheapest + step[g])) {
                return bound - gain[g] * Math.max(budget.limit() - cheapest, 0) / step[g];
            }
            cheapest += step[g];
            bound -= gain[g];
        }
        return bound;
    }

    private static int cheaper(double[] cost, double[] sensitivity) {
        if (cost[Choices.FOUR] != cost[Choices.EIGHT]) {
            return cost[Choices.FOUR] < cost[Choices.EIGHT] ? Choices.FOUR : Choices.EIGHT;
        }
        return sensitivity[Choices.FOUR] < sensitivity[Choices.EIGHT] ? Choices.FOUR : Choices.EIGHT;
    }
}
