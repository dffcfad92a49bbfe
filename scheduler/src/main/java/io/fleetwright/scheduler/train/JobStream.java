package io.fleetwright.scheduler.train;

import io.fleetwright.scheduler.online.EarliestFinishFirst;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.ArrivalTrace.Arrival;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A stream of jobs under fixed conditions: whatever policy runs it meets the same arrivals and the same seed of noise.
 *
 * @param noise standard deviation of execution times, as a part of their mean
 * @param seed decides what the noise does
 */
public record JobStream(Workload workload, ArrivalTrace arrivals, double noise, long seed) {
    /**
     * Jobs at random distances.
     *
     * @param share how often each application comes, to the others
     * @param load work that comes, to what ETF gets done when everything is there at once
     */
    public static JobStream of(Workload workload, double[] share, int jobs, double load, double noise, long seed) {
        var random = new SplittableRandom(seed);
        JobStream atOnce = new JobStream(workload, arrivals(workload, share, jobs, 0, random.split()), 0, seed);
        double interval = atOnce.run(new EarliestFinishFirst(EarliestFinishFirst.Tie.FIRST))
                        .endMicros()
                / jobs
                / load;
        return new JobStream(workload, arrivals(workload, share, jobs, interval, random.split()), noise, seed);
    }

    private static ArrivalTrace arrivals(
            Workload workload, double[] share, int jobs, double interval, SplittableRandom random) {
        double all = 0;
        for (double one : share) {
            all += one;
        }
        List<Arrival> arrivals = new ArrayList<>();
        double at = 0;
        for (int job = 0; job < jobs; job++) {
            at += -interval * StrictMath.log(1 - random.nextDouble());
            double drawn = all * random.nextDouble();
            int app = 0;
            while (app < share.length - 1 && drawn >= share[app]) {
                drawn -= share[app++];
            }
            arrivals.add(new Arrival(Math.floor(at), workload.application(app).name()));
        }
        return new ArrivalTrace(arrivals);
    }

    public SimulationResult run(OnlinePolicy policy) {
        SimulationOptions.Builder options =
                workload.transfers() == Workload.Transfers.EXACT ? SimulationOptions.real() : SimulationOptions.ds3();
        return new Simulator(
                        workload,
                        policy,
                        new TraceArrivals(arrivals, workload),
                        options.seed(seed).executionNoise(noise).build())
                .run();
    }
}
