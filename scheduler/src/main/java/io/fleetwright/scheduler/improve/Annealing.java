package io.fleetwright.scheduler.improve;

import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.SplittableRandom;

/**
 * Simulated annealing on the order of the tasks and on their devices, from the schedule of another scheduler: never
 * worse than that, and repeatable by its seed.
 *
 * <p>A step pins a task to another device, moves it within its order, or both; half of the steps take a task of the
 * critical chain. The search runs in rounds; each starts from the best so far, the first ones hotter.
 *
 * @see "Kirkpatrick, Gelatt, Vecchi, 1983"
 */
public final class Annealing implements StaticScheduler {
    /** Of the makespan, at the start of each round: a step that costs this much is taken with probability 1/e. */
    private static final double[] TEMPERATURES = {0.3, 0.1, 0.03, 0.03};

    private static final double COOLING = Math.log(0.01);
    /** Steps between two looks at the critical chain and at the caller's wish to stop. */
    private static final int STEPS_BETWEEN = 64;

    private final StaticScheduler start;
    private final long seed;
    private final Budget budget;

    public Annealing(StaticScheduler start, long seed, Budget budget) {
        this.start = start;
        this.seed = seed;
        this.budget = budget;
    }

    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        Schedule known = start.schedule(problem);
        return new Run(problem, known).toEnd(known);
    }

    private final class Run {
        private final SplittableRandom random = new SplittableRandom(seed);
        private final Problem problem;
        private Schedule best;

        Run(Problem problem, Schedule known) {
            this.problem = problem;
            best = known;
        }

        Schedule toEnd(Schedule known) {
            long steps = budget.stepsFor(problem);
            long perRound = steps / TEMPERATURES.length;
            for (int round = 0; round < TEMPERATURES.length && !budget.stop().getAsBoolean(); round++) {
                anneal(TEMPERATURES[round], round == 0 ? steps - perRound * (TEMPERATURES.length - 1) : perRound);
            }
            return best.makespan() < known.makespan() ? best : known;
        }

        private void anneal(double hottest, long steps) {
            var sequence = new Sequence(problem, best);
            double current = sequence.evaluate();
            keepIfBetter(sequence, current);
            int[] chain = new int[problem.taskCount()];
            int chainLength = sequence.criticalChain(chain);
            double first = hottest * current;
            double temperature = first;
            for (long step = 0; step < steps; step++) {
                if (step % STEPS_BETWEEN == 0) {
                    if (budget.stop().getAsBoolean()) {
                        return;
                    }
                    temperature = first * Math.exp(COOLING * step / steps);
                    sequence.evaluate();
                    chainLength = sequence.criticalChain(chain);
                }
                int task =
                        random.nextBoolean() ? chain[random.nextInt(chainLength)] : random.nextInt(problem.taskCount());
                int device = sequence.device(task);
                int position = sequence.position(task);
                change(sequence, task);
                double makespan = sequence.evaluate();
                if (makespan <= current || random.nextDouble() < Math.exp((current - makespan) / temperature)) {
                    current = makespan;
                    keepIfBetter(sequence, makespan);
                } else {
                    sequence.pin(task, device);
                    sequence.move(task, position);
                }
            }
        }

        private void change(Sequence sequence, int task) {
            int kind = random.nextInt(4);
            if (kind != 0) {
                sequence.pin(task, anyDevice(task, sequence.device(task)));
            }
            if (kind != 1) {
                int first = sequence.firstPosition(task);
                sequence.move(task, first + random.nextInt(sequence.lastPosition(task) - first + 1));
            }
        }

        /** One that runs {@code task}; {@code present} if none turns up. */
        private int anyDevice(int task, int present) {
            for (int tries = problem.deviceCount(); tries > 0; tries--) {
                int device = random.nextInt(problem.deviceCount());
                if (problem.costs().canRun(task, device)) {
                    return device;
                }
            }
            return present;
        }

        private void keepIfBetter(Sequence sequence, double makespan) {
            if (makespan < best.makespan()) {
                best = sequence.toSchedule();
            }
        }
    }
}
