package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.format.MalformedWorkloadException;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.online.RollingHorizon;
import io.fleetwright.scheduler.sim.ArrivalSource;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.ArrivalTrace.Arrival;
import io.fleetwright.scheduler.sim.OnlinePolicy;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * The learned policy against the others, on arrivals, platforms and applications that it never saw: the same arrivals and noise for
 * all, ratios to ETF's mean latency with their interval of 95 %.
 */
final class LearnedBench {
    private static final int SEEDS = 10;
    private static final int JOBS = 200;
    private static final long FIRST_SEED = 2000;
    /** Student's t of 9 degrees of freedom, 95 % on both sides. */
    private static final double T_95 = 2.262;

    private static final double[] NOISE = {0, 0.1, 0.3};
    private static final List<String> APPLICATIONS =
            List.of("WiFi_Transmitter", "WiFi_Receiver", "lag_detection", "SC-T", "SC-R", "Temporal_Mitigation");
    private static final Map<String, double[]> MIXES = mixes();

    private LearnedBench() {}

    private static Map<String, double[]> mixes() {
        Map<String, double[]> mixes = new LinkedHashMap<>();
        mixes.put("wifi", new double[] {0.8, 0.2, 0, 0, 0, 0});
        mixes.put("sixapp", new double[] {0.2, 0.2, 0.2, 0.1, 0.1, 0.2});
        return mixes;
    }

    static String run() throws IOException, MalformedWorkloadException {
        List<String> lines = new ArrayList<>();
        lines.add(decisions());
        for (String soc : List.of("multiple-bal", "bal-only")) {
            Workload workload = SharedWorkloads.ds3(soc, Semantics.DS3);
            for (Map.Entry<String, double[]> mix : MIXES.entrySet()) {
                for (int interval : soc.equals("bal-only") ? new int[] {300, 200} : new int[] {100, 50, 30}) {
                    for (double noise : NOISE) {
                        String where = "%s %s every %d us".formatted(soc, mix.getKey(), interval);
                        lines.addAll(compare(
                                where,
                                workload,
                                noise,
                                Double.POSITIVE_INFINITY,
                                seed -> new TraceArrivals(arrivals(seed, interval, mix.getValue()), workload)));
                    }
                }
            }
        }
        Workload socrates = SharedWorkloads.socrates();
        for (double noise : NOISE) {
            lines.addAll(compare("socrates", socrates, noise, 5000, seed -> new SteadyQueue(10, 3, 25, seed)));
        }
        return "[" + String.join(",", lines) + "]";
    }

    private static ArrivalTrace arrivals(long seed, double interval, double[] mix) {
        var random = new SplittableRandom(seed);
        List<Arrival> arrivals = new ArrayList<>();
        double at = 0;
        for (int job = 0; job < JOBS; job++) {
            at += -interval * Math.log(1 - random.nextDouble());
            double drawn = random.nextDouble();
            int app = 0;
            while (app < mix.length - 1 && drawn >= mix[app]) {
                drawn -= mix[app++];
            }
            arrivals.add(new Arrival(Math.floor(at), APPLICATIONS.get(app)));
        }
        return new ArrivalTrace(arrivals);
    }

    private static Map<String, Supplier<OnlinePolicy>> policies(double noise) {
        Map<String, Supplier<OnlinePolicy>> policies = new LinkedHashMap<>();
        for (String name : List.of("etf", "eft", "etf-lb", "heft-rt", "learned")) {
            policies.put(name, () -> OnlinePolicies.named(name));
        }
        policies.put("least work first", LeastWorkFirst::new);
        if (noise == 0) {
            policies.put("portfolio", () -> OnlinePolicies.named("portfolio"));
            policies.put(
                    "portfolio over etf", () -> new RollingHorizon(RollingHorizon.Objective.LATENCY, 32, 1));
        }
        return policies;
    }

    private static List<String> compare(
            String where, Workload workload, double noise, double horizon, LongFunction<ArrivalSource> arrivals) {
        List<String> lines = new ArrayList<>();
        double[] etf = new double[SEEDS];
        for (Map.Entry<String, Supplier<OnlinePolicy>> policy : policies(noise).entrySet()) {
            double[] ratios = new double[SEEDS];
            double mean = 0;
            double p95 = 0;
            double jobs = 0;
            for (int i = 0; i < SEEDS; i++) {
                long seed = FIRST_SEED + i;
                SimulationResult result = new Simulator(
                                workload,
                                policy.getValue().get(),
                                arrivals.apply(seed),
                                SimulationOptions.ds3()
                                        .seed(seed)
                                        .executionNoise(noise)
                                        .horizonMicros(horizon)
                                        .build())
                        .run();
                etf[i] = policy.getKey().equals("etf") ? result.meanMicros() : etf[i];
                ratios[i] = result.meanMicros() / etf[i];
                mean += result.meanMicros() / SEEDS;
                p95 += result.quantileMicros(0.95) / SEEDS;
                jobs += (double) result.completed() / SEEDS;
            }
            lines.add(line(where, noise, policy.getKey(), ratios, mean, p95, jobs));
        }
        return lines;
    }

    private static String line(
            String where, double noise, String policy, double[] ratios, double mean, double p95, double jobs) {
        double ratio = 0;
        for (double one : ratios) {
            ratio += one / SEEDS;
        }
        double squares = 0;
        for (double one : ratios) {
            squares += (one - ratio) * (one - ratio);
        }
        double margin = T_95 * Math.sqrt(squares / (SEEDS - 1) / SEEDS);
        String line = String.format(
                Locale.ROOT,
                "{\"where\":\"%s\",\"noise\":%s,\"policy\":\"%s\",\"toEtf\":%.3f,\"margin\":%.3f,\"meanUs\":%.1f,\"p95Us\":%.0f,"
                        + "\"jobs\":%.1f}",
                where,
                noise,
                policy,
                ratio,
                margin,
                mean,
                p95,
                jobs);
        System.err.println(line);
        return line;
    }

    /** Time of a decision with a hundred tasks ready at once on sixteen devices, warm. */
    private static String decisions() throws IOException, MalformedWorkloadException {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        List<Arrival> hundred = new ArrayList<>();
        for (int job = 0; job < 100; job++) {
            hundred.add(new Arrival(0, "WiFi_Transmitter"));
        }
        double least = Double.POSITIVE_INFINITY;
        int ready = 0;
        for (int run = 0; run < 200; run++) {
            OnlinePolicy policy = OnlinePolicies.named("learned");
            long[] nanos = {0, 0};
            var _ = new Simulator(
                            workload,
                            state -> {
                                int count = state.readyCount();
                                long begin = System.nanoTime();
                                policy.decide(state);
                                if (count > nanos[1]) {
                                    nanos[0] = System.nanoTime() - begin;
                                    nanos[1] = count;
                                }
                            },
                            new TraceArrivals(new ArrivalTrace(hundred), workload),
                            SimulationOptions.ds3().batchMicros(200).horizonMicros(400).build())
                    .run();
            ready = (int) nanos[1];
            least = Math.min(least, nanos[0] / 1e3 / ready);
        }
        String line = String.format(
                Locale.ROOT, "{\"ready\":%d,\"devices\":%d,\"microsPerTask\":%.2f}", ready, workload.deviceCount(), least);
        System.err.println(line);
        return line;
    }
}
