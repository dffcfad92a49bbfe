package io.fleetwright.scheduler.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.ScheduleEntry;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every run of every online policy on a few seeded streams of jobs, under both semantics: a change of any of them shows as a
 * difference of lines {@code semantics stream job task device start finish}. The differential tests say that the simulator and
 * the simple policies are right; this says that nothing moved. {@code -Dfleetwright.record=true} writes the files anew.
 */
class RecordedRunsTest {
    private static final int STREAMS = 8;
    private static final int JOBS = 12;
    private static final int MEAN_MICROS = 15;
    private static final String FOLDER = "scheduler/src/test/resources/runs";

    static Stream<String> policies() {
        return OnlinePolicies.names().stream();
    }

    @ParameterizedTest
    @MethodSource("policies")
    void everyRunIsTheRecordedOne(String policy) throws IOException {
        Path file = SharedData.projectRoot().resolve(FOLDER).resolve(policy + ".txt");
        List<String> now = runs(policy);
        if (Boolean.getBoolean("fleetwright.record")) {
            Files.createDirectories(file.getParent());
            Files.write(file, now);
        }
        List<String> recorded = Files.readAllLines(file);
        assertThat(recorded).hasSizeGreaterThan(2 * STREAMS * JOBS);
        assertThat(without(now, recorded))
                .as("runs of %s that are not in %s", policy, file)
                .isEmpty();
        assertThat(without(recorded, now))
                .as("runs in %s that %s no longer makes", file, policy)
                .isEmpty();
        assertThat(now).isEqualTo(recorded);
    }

    private static List<String> without(List<String> lines, List<String> others) {
        Set<String> known = new HashSet<>(others);
        return lines.stream().filter(line -> !known.contains(line)).toList();
    }

    private static List<String> runs(String policy) {
        List<String> lines = new ArrayList<>();
        for (int seed = 1; seed <= STREAMS; seed++) {
            var random = new SplittableRandom(seed);
            RawWorkload raw = RawWorkloads.whole(random);
            List<double[]> arrivals = RawWorkloads.arrivals(random, raw.apps().size(), JOBS, MEAN_MICROS, true);
            String ds3 = "ds3 %d".formatted(seed);
            add(lines, ds3, policy, raw.toWorkload(Workload.Transfers.WHOLE_MICROS), arrivals, SimulationOptions.ds3());
            String real = "real %d".formatted(seed);
            add(lines, real, policy, raw.toWorkload(Workload.Transfers.EXACT), arrivals, SimulationOptions.real());
        }
        return lines;
    }

    private static void add(
            List<String> lines,
            String prefix,
            String policy,
            Workload workload,
            List<double[]> arrivals,
            SimulationOptions.Builder options) {
        var trace = new ArrivalTrace(arrivals.stream()
                .map(arrival -> new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])))
                .toList());
        var result = new Simulator(
                        workload,
                        OnlinePolicies.named(policy),
                        new TraceArrivals(trace, workload),
                        options.recordSchedule(true).build())
                .run();
        for (ScheduleEntry run : result.schedule()) {
            lines.add("%s %d %d %d %s %s"
                    .formatted(prefix, run.job(), run.task(), run.device(), run.startMicros(), run.finishMicros()));
        }
    }
}
