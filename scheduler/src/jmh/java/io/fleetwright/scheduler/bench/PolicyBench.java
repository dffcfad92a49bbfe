package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.format.MalformedWorkloadException;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.sim.SharedWorkloads;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.SteadyQueue;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the policies come to on the shared traces, each against ETF on the same arrivals, and on SoCRATES' workload. */
final class PolicyBench {
    private static final List<String> TRACES = List.of(
            "wifi80-20_scale1000",
            "wifi80-20_scale200",
            "wifi80-20_scale100",
            "wifi80-20_scale50",
            "wifi80-20_scale30",
            "sixapp_scale1000",
            "sixapp_scale200",
            "sixapp_scale150",
            "sixapp_scale60");
    private static final List<String> POLICIES = List.of("etf", "met", "eft", "heft-rt", "portfolio", "energy");
    private static final int SOCRATES_SEEDS = 10;

    private PolicyBench() {}

    static String run() throws IOException, MalformedWorkloadException {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        List<String> lines = new ArrayList<>();
        for (String trace : TRACES) {
            double etfMean = 0;
            double etfJoules = 0;
            for (String policy : POLICIES) {
                SimulationResult result = new Simulator(
                                workload,
                                OnlinePolicies.named(policy),
                                new TraceArrivals(SharedWorkloads.trace(trace), workload),
                                SimulationOptions.ds3().nanoClock(System::nanoTime).build())
                        .run();
                etfMean = etfMean == 0 ? result.meanMicros() : etfMean;
                etfJoules = etfJoules == 0 ? result.joules() : etfJoules;
                lines.add(String.format(
                        Locale.ROOT,
                        "{\"trace\":\"%s\",\"policy\":\"%s\",\"meanUs\":%.1f,\"toEtf\":%.3f,\"p95Us\":%.0f,\"energyMj\":%.1f,"
                                + "\"energyToEtf\":%.3f,\"decisionP99Us\":%.0f}",
                        trace,
                        policy,
                        result.meanMicros(),
                        result.meanMicros() / etfMean,
                        result.quantileMicros(0.95),
                        result.joules() * 1e3,
                        result.joules() / etfJoules,
                        result.decisionMicrosP99()));
            }
        }
        lines.add(socrates());
        return "[" + String.join(",", lines) + "]";
    }

    private static String socrates() throws IOException, MalformedWorkloadException {
        Workload workload = SharedWorkloads.socrates();
        double mean = 0;
        double jobs = 0;
        for (int seed = 0; seed < SOCRATES_SEEDS; seed++) {
            SimulationResult result = new Simulator(
                            workload,
                            OnlinePolicies.named("portfolio"),
                            new SteadyQueue(10, 3, 25, seed),
                            SimulationOptions.ds3().horizonMicros(5000).build())
                    .run();
            mean += result.meanMicros() / SOCRATES_SEEDS;
            jobs += (double) result.completed() / SOCRATES_SEEDS;
        }
        return String.format(
                Locale.ROOT, "{\"trace\":\"socrates\",\"policy\":\"portfolio\",\"meanUs\":%.1f,\"jobs\":%.1f}", mean, jobs);
    }
}
