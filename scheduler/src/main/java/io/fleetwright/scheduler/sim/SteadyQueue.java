package io.fleetwright.scheduler.sim;

import java.util.SplittableRandom;

/**
 * SoCRATES' closed queue: full from the start ("pseudo-steady state"), and then a job after each exponential interval
 * of whole microseconds. While the queue is full a job is not lost but asked for again, a microsecond and another
 * interval later. All applications are equally likely.
 *
 * @see "Sung and Ryu, SoCRATES: System-on-Chip Resource Adaptive Scheduling using Deep Reinforcement Learning, 2021"
 */
public final class SteadyQueue implements ArrivalSource {
    private final int applications;
    private final int cap;
    private final double meanMicros;
    private final SplittableRandom random;
    private double next;
    private boolean filling = true;

    public SteadyQueue(int applications, int cap, double meanMicros, long seed) {
        if (applications < 1 || cap < 1 || !(meanMicros > 0 && meanMicros < Double.POSITIVE_INFINITY)) {
            throw new InvalidWorkloadException("queue of %d applications, cap %d, mean interval %s us must be positive"
                    .formatted(applications, cap, meanMicros));
        }
        this.applications = applications;
        this.cap = cap;
        this.meanMicros = meanMicros;
        random = new SplittableRandom(seed);
    }

    @Override
    public double nextMicros() {
        return next;
    }

    @Override
    public int take(int live) {
        boolean full = live >= cap;
        if (filling && live < cap - 1) {
            return random.nextInt(applications);
        }
        filling = false;
        next += (full ? 1 : 0) + Math.floor(-meanMicros * Math.log(1 - random.nextDouble()));
        return full ? NO_JOB : random.nextInt(applications);
    }
}
