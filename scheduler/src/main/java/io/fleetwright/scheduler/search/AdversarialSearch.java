package io.fleetwright.scheduler.search;

import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.SplittableRandom;

/**
 * Simulated annealing over small problems (costs, edges, volumes, bandwidths) for one on which a scheduler is many times
 * worse than another. The same seed finds the same problem.
 *
 * @see "Coleman, Krishnamachari, 2024: PISA, adversarial analysis of task graph schedulers"
 */
public final class AdversarialSearch {
    private static final double TEMPERATURE_FIRST = 0.2;
    private static final double TEMPERATURE_LAST = 0.005;

    /**
     * What was found.
     *
     * @param ratio makespan of the scheduler under attack over that of its rival
     */
    public record Found(Problem problem, double ratio) {}

    private final int tasksMax;
    private final int devicesMax;
    private final int steps;

    /**
     * @param tasksMax tasks of a problem, 3 to 100
     * @param devicesMax devices of a problem, 2 to 100
     * @param steps problems to look at, at least 1
     */
    public AdversarialSearch(int tasksMax, int devicesMax, int steps) {
        check("tasksMax", tasksMax, 3, 100);
        check("devicesMax", devicesMax, 2, 100);
        check("steps", steps, 1, Integer.MAX_VALUE);
        this.tasksMax = tasksMax;
        this.devicesMax = devicesMax;
        this.steps = steps;
    }

    /** The worst problem for {@code attacked} against {@code rival} that this seed comes across. */
    public Found worst(StaticScheduler attacked, StaticScheduler rival, long seed) throws UnschedulableException {
        var random = new SplittableRandom(seed);
        Instance current = Instance.random(random, tasksMax, devicesMax);
        Problem problem = current.problem();
        double currentRatio = ratio(problem, attacked, rival);
        var worst = new Found(problem, currentRatio);
        double cooling = Math.log(TEMPERATURE_LAST / TEMPERATURE_FIRST);
        for (int step = 1; step < steps; step++) {
            Instance next = current.changed(random);
            problem = next.problem();
            double ratio = ratio(problem, attacked, rival);
            double temperature = TEMPERATURE_FIRST * Math.exp(cooling * step / steps);
            // A ratio is judged by its logarithm: from 1 to 2 is as far as from 2 to 4.
            if (random.nextDouble() < Math.pow(ratio / currentRatio, 1 / temperature)) {
                current = next;
                currentRatio = ratio;
            }
            if (ratio > worst.ratio()) {
                worst = new Found(problem, ratio);
            }
        }
        return worst;
    }

    private static double ratio(Problem problem, StaticScheduler attacked, StaticScheduler rival)
            throws UnschedulableException {
        return attacked.schedule(problem).makespan() / rival.schedule(problem).makespan();
    }

    private static void check(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("%s (%d) must be %d to %d".formatted(name, value, least, most));
        }
    }
}
