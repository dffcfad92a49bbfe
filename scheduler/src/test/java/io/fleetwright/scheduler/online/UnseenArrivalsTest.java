package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.SharedWorkloads;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies against ETF on arrivals that nothing was tuned on: the same arrivals for both, 8 seeds. */
class UnseenArrivalsTest {
    private static final int SEEDS = 8;
    private static final int JOBS = 150;
    /** Student's t of 7 degrees of freedom, 95 % on both sides. */
    private static final double T_95 = 2.365;

    private static final List<String> APPLICATIONS =
            List.of("WiFi_Transmitter", "WiFi_Receiver", "lag_detection", "SC-T", "SC-R", "Temporal_Mitigation");
    private static final double[] SHARES = {0.2, 0.2, 0.2, 0.1, 0.1, 0.2};

    /** Means of the ratios with their interval of 95 %. */
    private record Ratio(double mean, double margin) {
        static Ratio of(double[] ratios) {
            double mean = 0;
            for (double ratio : ratios) {
                mean += ratio / ratios.length;
            }
            double squares = 0;
            for (double ratio : ratios) {
                squares += (ratio - mean) * (ratio - mean);
            }
            double deviation = Math.sqrt(squares / (ratios.length - 1));
            return new Ratio(mean, T_95 * deviation / Math.sqrt(ratios.length));
        }

        double high() {
            return mean + margin;
        }
    }

    private record Arrivals(long seed, int scale) {}

    /** Every policy is compared with the same runs of ETF. */
    private static final Map<Arrivals, SimulationResult> ETF = new ConcurrentHashMap<>();

    private static @Nullable Workload workload;

    @BeforeAll
    static void readWorkload() throws Exception {
        workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
    }

    @AfterAll
    static void forget() {
        ETF.clear();
        workload = null;
    }

    /** Scale is the mean interval in microseconds; then bounds on mean latency and energy as parts of ETF's. */
    @ParameterizedTest
    @CsvSource({
        "portfolio, 400, 0.99, 1",
        "portfolio, 100, 0.94, 1",
        "portfolio, 50,  0.96, 1",
        "portfolio, 30,  0.90, 1.01",
        "learned,   400, 1.00, 1",
        "learned,   100, 0.98, 1",
        "learned,   50,  0.95, 1",
        "learned,   30,  0.80, 1.01",
        "energy,    400, 1.10, 0.80",
        "energy,    100, 1.10, 0.80",
    })
    void areBetterWithCertainty(String policy, int scale, double latency, double energy) {
        double[] latencies = new double[SEEDS];
        double[] energies = new double[SEEDS];
        for (int seed = 0; seed < SEEDS; seed++) {
            var arrivals = new Arrivals(1000 + seed, scale);
            SimulationResult etf = ETF.computeIfAbsent(arrivals, same -> run("etf", same));
            SimulationResult other = run(policy, arrivals);
            assertThat(other.completed()).isEqualTo(JOBS);
            latencies[seed] = ratio(other, etf, SimulationResult::meanMicros);
            energies[seed] = ratio(other, etf, SimulationResult::joules);
        }
        System.out.printf(
                "%s at %d us: latency %s, energy %s of ETF's%n",
                policy, scale, Ratio.of(latencies), Ratio.of(energies));
        assertThat(Ratio.of(latencies).high()).isLessThan(latency);
        assertThat(Ratio.of(energies).high()).isLessThan(energy);
    }

    private static double ratio(SimulationResult one, SimulationResult other, ToDoubleFunction<SimulationResult> what) {
        return what.applyAsDouble(one) / what.applyAsDouble(other);
    }

    private static ArrivalTrace trace(Arrivals wanted) {
        var random = new SplittableRandom(wanted.seed());
        List<ArrivalTrace.Arrival> arrivals = new ArrayList<>();
        double at = 0;
        for (int job = 0; job < JOBS; job++) {
            at += -wanted.scale() * Math.log(1 - random.nextDouble());
            double drawn = random.nextDouble();
            int app = 0;
            while (app < SHARES.length - 1 && drawn >= SHARES[app]) {
                drawn -= SHARES[app++];
            }
            arrivals.add(new ArrivalTrace.Arrival(Math.floor(at), APPLICATIONS.get(app)));
        }
        return new ArrivalTrace(arrivals);
    }

    private static SimulationResult run(String policy, Arrivals arrivals) {
        Workload same = Objects.requireNonNull(workload);
        return new Simulator(
                        same,
                        OnlinePolicies.named(policy),
                        new TraceArrivals(trace(arrivals), same),
                        SimulationOptions.ds3().build())
                .run();
    }
}
