package io.fleetwright.scheduler.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.reference.NaiveSystem.Run;
import io.fleetwright.scheduler.reference.RawProblem.Edge;
import io.fleetwright.scheduler.reference.RawWorkload.App;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.LinkChange;
import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.Tenant;
import io.fleetwright.scheduler.sim.Tenants;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How runs change when what is simulated is changed in a way whose effect is known. */
class MetamorphicSimulationTest {
    static Stream<String> policies() {
        return OnlinePolicies.names().stream();
    }

    /** Without plans, whose search depends on the order and number of what there is to choose from. */
    static Stream<String> rules() {
        return Stream.of("met", "eft", "etf", "stf", "etf-lb", "heft-rt", "fair");
    }

    /** A system and what comes to it. */
    private record Setting(RawWorkload raw, List<double[]> arrivals) {
        static Setting real(SplittableRandom random) {
            RawWorkload raw = RawWorkloads.real(random);
            return new Setting(raw, RawWorkloads.arrivals(random, raw.apps().size(), 10, 15, false));
        }

        /** All figures are whole, and transfers too, so that sums of times are exact. */
        static Setting whole(SplittableRandom random) {
            RawWorkload raw = RawWorkloads.whole(random);
            double[][] rates = new double[raw.sizes().length][raw.sizes().length];
            Arrays.stream(rates).forEach(row -> Arrays.fill(row, 1));
            RawWorkload exact = with(raw, raw.apps(), raw.sizes(), raw.watts(), rates);
            return new Setting(exact, RawWorkloads.arrivals(random, raw.apps().size(), 10, 15, true));
        }

        SimulationResult run(String policy) {
            return run(policy, SimulationOptions.real());
        }

        SimulationResult run(String policy, SimulationOptions.Builder options) {
            Workload workload = raw.toWorkload(Workload.Transfers.EXACT);
            return new Simulator(
                            workload,
                            OnlinePolicies.named(policy),
                            new TraceArrivals(
                                    new ArrivalTrace(arrivals.stream()
                                            .map(arrival -> new ArrivalTrace.Arrival(
                                                    arrival[0], RawWorkload.appName((int) arrival[1])))
                                            .toList()),
                                    workload),
                            options.recordSchedule(true).build())
                    .run();
        }

        Setting withArrivals(UnaryOperator<double[]> change) {
            return new Setting(raw, arrivals.stream().map(change).toList());
        }
    }

    private static RawWorkload with(
            RawWorkload raw, List<App> apps, int[] sizes, double[][] watts, double[][] bandwidth) {
        double[][] megahertz = new double[sizes.length][];
        double[][] volts = new double[sizes.length][];
        for (int c = 0; c < sizes.length; c++) {
            megahertz[c] = raw.megahertz()[0];
            volts[c] = raw.volts()[0];
        }
        return new RawWorkload(apps, sizes, megahertz, volts, watts, bandwidth, raw.bandwidthWithin());
    }

    private static List<Run> mapped(SimulationResult result, UnaryOperator<Run> change) {
        return NaiveRuns.of(result).stream().map(change).toList();
    }

    private static Run moved(Run run, ToIntFunction<Run> app, double factor, double shift) {
        return new Run(
                run.job(),
                app.applyAsInt(run),
                run.task(),
                run.device(),
                factor * run.start() + shift,
                factor * run.finish() + shift,
                run.completed());
    }

    // ---- time ----

    /** Everything that has a time, or energy that lasts for one, twice as large. */
    @ParameterizedTest
    @MethodSource("rules")
    void twiceTheTimeOfEverythingTakesTwiceAsLong(String policy) {
        SeededCases.forEach(1, 25, (random, _) -> {
            Setting setting = Setting.real(random);
            double decision = random.nextDouble();
            double[] deadlines =
                    random.doubles(setting.raw().apps().size(), 40, 300).toArray();
            double[] joules =
                    random.doubles(setting.raw().devices(), 40e-6, 400e-6).toArray();
            double lost = 80 * random.nextDouble();
            double slow = 80 * random.nextDouble();
            List<SimulationResult> results = new ArrayList<>();
            for (double factor : new double[] {1, 2}) {
                List<App> apps = setting.raw().apps().stream()
                        .map(app -> scaled(app, factor))
                        .toList();
                RawWorkload raw = new RawWorkload(
                        apps,
                        setting.raw().sizes(),
                        setting.raw().megahertz(),
                        setting.raw().volts(),
                        setting.raw().watts(),
                        setting.raw().bandwidth(),
                        setting.raw().bandwidthWithin());
                results.add(new Setting(raw, setting.arrivals())
                        .withArrivals(arrival -> new double[] {factor * arrival[0], arrival[1]})
                        .run(
                                policy,
                                SimulationOptions.real()
                                        .seed(9)
                                        .executionNoise(0.2)
                                        .transferNoise(0.2)
                                        .linkContention(true)
                                        .decisionMicros(factor * decision)
                                        .outages(List.of(new Outage(0, factor * lost, factor * (lost + 30))))
                                        .linkChanges(List.of(new LinkChange(factor * slow, 0, 0, 2.5)))
                                        .batteryJoules(Arrays.stream(joules)
                                                .map(value -> factor * value)
                                                .toArray())
                                        .deadlineMicros(
                                                Deadline.ENFORCED,
                                                Arrays.stream(deadlines)
                                                        .map(value -> factor * value)
                                                        .toArray())));
            }
            SimulationResult once = results.getFirst();
            SimulationResult twice = results.getLast();
            assertThat(NaiveRuns.of(twice)).isEqualTo(mapped(once, run -> moved(run, Run::app, 2, 0)));
            assertThat(twice.missed()).isEqualTo(once.missed());
            assertThat(twice.joules()).isCloseTo(2 * once.joules(), within(1e-9 * once.joules()));
        });
    }

    private static App scaled(App app, double factor) {
        return new App(
                Arrays.stream(app.cost())
                        .map(row ->
                                Arrays.stream(row).map(cost -> factor * cost).toArray())
                        .toArray(double[][]::new),
                app.edges().stream()
                        .map(edge -> new Edge(edge.from(), edge.to(), factor * edge.volume()))
                        .toList());
    }

    /** All that comes from outside comes later; nothing in it knows the hour. */
    @ParameterizedTest
    @MethodSource("rules")
    void aLaterBeginningMovesEverything(String policy) {
        SeededCases.forEach(1, 25, (random, _) -> {
            Setting setting = Setting.whole(random);
            double lost = random.nextInt(60);
            double shift = 4096;
            SimulationResult early =
                    setting.run(policy, SimulationOptions.real().outages(List.of(new Outage(0, lost, lost + 20))));
            SimulationResult late = setting.withArrivals(arrival -> new double[] {arrival[0] + shift, arrival[1]})
                    .run(
                            policy,
                            SimulationOptions.real().outages(List.of(new Outage(0, lost + shift, lost + 20 + shift))));
            assertThat(NaiveRuns.of(late)).isEqualTo(mapped(early, run -> moved(run, Run::app, 1, shift)));
            assertThat(late.latencies()).isEqualTo(early.latencies());
        });
    }

    /** What has ended when another job comes has ended as it would have without it. */
    @ParameterizedTest
    @MethodSource("policies")
    void nobodyKnowsTheFuture(String policy) {
        SeededCases.forEach(1, policy.equals("energy") ? 5 : 15, (random, _) -> {
            Setting setting = Setting.real(random);
            int known = random.nextInt(1, setting.arrivals().size());
            double next = setting.arrivals().get(known)[0];
            SimulationResult all = setting.run(policy);
            SimulationResult some =
                    new Setting(setting.raw(), setting.arrivals().subList(0, known)).run(policy);
            assertThat(before(all, next)).isEqualTo(before(some, next));
        });
    }

    private static List<Run> before(SimulationResult result, double time) {
        return NaiveRuns.of(result).stream().filter(run -> run.finish() < time).toList();
    }

    // ---- what does not matter ----

    /** Limits that are never reached, outages after the end, links that change when nothing is sent any more. */
    @ParameterizedTest
    @MethodSource("policies")
    void conditionsThatNeverBiteChangeNothing(String policy) {
        SeededCases.forEach(1, policy.equals("energy") ? 5 : 15, (random, _) -> {
            Setting setting = Setting.real(random);
            int apps = setting.raw().apps().size();
            double[] none = new double[apps];
            Arrays.fill(none, Double.POSITIVE_INFINITY);
            double[] full = new double[setting.raw().devices()];
            Arrays.fill(full, Double.POSITIVE_INFINITY);
            SimulationResult plain = setting.run(policy);
            SimulationResult limited = setting.run(
                    policy,
                    SimulationOptions.real()
                            .seed(random.nextLong())
                            .queueCap(10)
                            .powerCapWatts(1000)
                            .batteryJoules(full)
                            .deadlineMicros(Deadline.ENFORCED, none)
                            .outages(List.of(new Outage(0, plain.endMicros() + 1, Double.POSITIVE_INFINITY)))
                            .linkChanges(List.of(new LinkChange(plain.endMicros() + 1, 0, 0, 9))));
            assertThat(limited.schedule()).isEqualTo(plain.schedule());
            assertThat(limited.latencies()).isEqualTo(plain.latencies());
            assertThat(limited.missed() + limited.abandoned() + limited.refused())
                    .isZero();
        });
    }

    /** Applications in another order, each job still of its own. (Of equal shares the first tenant's task would be first.) */
    @ParameterizedTest
    @ValueSource(strings = {"met", "eft", "etf", "stf", "etf-lb", "heft-rt", "portfolio", "energy", "deadline"})
    void theOrderOfApplicationsIsNoMatter(String policy) {
        SeededCases.forEach(1, policy.equals("energy") ? 4 : 15, (random, _) -> {
            Setting setting = Setting.real(random);
            int apps = setting.raw().apps().size();
            List<App> reversed = setting.raw().apps().reversed();
            RawWorkload raw = setting.raw();
            Setting other = new Setting(
                            new RawWorkload(
                                    reversed,
                                    raw.sizes(),
                                    raw.megahertz(),
                                    raw.volts(),
                                    raw.watts(),
                                    raw.bandwidth(),
                                    raw.bandwidthWithin()),
                            setting.arrivals())
                    .withArrivals(arrival -> new double[] {arrival[0], apps - 1 - arrival[1]});
            assertThat(NaiveRuns.of(other.run(policy)))
                    .isEqualTo(mapped(setting.run(policy), run -> moved(run, each -> apps - 1 - each.app(), 1, 0)));
        });
    }

    /** A cluster whose devices add up their power is the same as two that share it out. */
    @ParameterizedTest
    @MethodSource("rules")
    void aClusterInTwoPartsIsTheSame(String policy) {
        SeededCases.forEach(1, 25, (random, _) -> {
            Setting setting = Setting.real(random);
            RawWorkload raw = setting.raw();
            int clusters = raw.sizes().length;
            int split = random.nextInt(clusters);
            if (raw.sizes()[split] < 2) {
                return;
            }
            int first = random.nextInt(1, raw.sizes()[split]);
            int[] from = IntStream.rangeClosed(0, clusters)
                    .map(c -> c <= split ? c : c - 1)
                    .toArray();
            int[] sizes = Arrays.stream(from).map(c -> raw.sizes()[c]).toArray();
            sizes[split] = first;
            sizes[split + 1] = raw.sizes()[split] - first;
            double[][] watts = Arrays.stream(from).mapToObj(c -> raw.watts()[c]).toArray(double[][]::new);
            double[][] bandwidth = Arrays.stream(from)
                    .mapToObj(a -> Arrays.stream(from)
                            .mapToDouble(b -> raw.bandwidth()[a][b])
                            .toArray())
                    .toArray(double[][]::new);
            List<App> apps = raw.apps().stream()
                    .map(app -> new App(
                            Arrays.stream(app.cost())
                                    .map(row -> Arrays.stream(from)
                                            .mapToDouble(c -> row[c])
                                            .toArray())
                                    .toArray(double[][]::new),
                            app.edges()))
                    .toList();
            SimulationResult parts =
                    new Setting(with(raw, apps, sizes, watts, bandwidth), setting.arrivals()).run(policy);
            SimulationResult whole = setting.run(policy);
            assertThat(NaiveRuns.of(parts)).isEqualTo(NaiveRuns.of(whole));
            assertThat(parts.joules()).isCloseTo(whole.joules(), within(1e-9 * whole.joules()));
        });
    }

    /** One more cluster that can only do what nobody asks for. Shares count devices, and ranks the links between them. */
    @ParameterizedTest
    @ValueSource(strings = {"met", "eft", "etf", "stf", "etf-lb"})
    void aDeviceThatRunsNothingChangesNothing(String policy) {
        SeededCases.forEach(1, 25, (random, _) -> {
            Setting setting = Setting.real(random);
            RawWorkload raw = setting.raw();
            int clusters = raw.sizes().length;
            int[] sizes = Arrays.copyOf(raw.sizes(), clusters + 1);
            sizes[clusters] = 2;
            double[][] watts = Arrays.copyOf(raw.watts(), clusters + 1);
            watts[clusters] = new double[] {1, 2};
            double[][] bandwidth = new double[clusters + 1][clusters + 1];
            Arrays.stream(bandwidth).forEach(row -> Arrays.fill(row, 1));
            for (int a = 0; a < clusters; a++) {
                System.arraycopy(raw.bandwidth()[a], 0, bandwidth[a], 0, clusters);
            }
            List<App> apps = new ArrayList<>();
            for (App app : raw.apps()) {
                apps.add(new App(
                        Arrays.stream(app.cost())
                                .map(row -> {
                                    double[] more = Arrays.copyOf(row, clusters + 1);
                                    more[clusters] = Double.POSITIVE_INFINITY;
                                    return more;
                                })
                                .toArray(double[][]::new),
                        app.edges()));
            }
            double[][] never = new double[1][clusters + 1];
            Arrays.fill(never[0], 1);
            apps.add(new App(never, List.of()));
            assertThat(NaiveRuns.of(
                            new Setting(with(raw, apps, sizes, watts, bandwidth), setting.arrivals()).run(policy)))
                    .isEqualTo(NaiveRuns.of(setting.run(policy)));
        });
    }

    /** Links without limit are as good as messages without content. */
    @ParameterizedTest
    @MethodSource("policies")
    void withLinksThatTakeNoTimeVolumesAreNoMatter(String policy) {
        SeededCases.forEach(1, policy.equals("energy") ? 4 : 15, (random, _) -> {
            Setting setting = Setting.real(random);
            RawWorkload raw = setting.raw();
            double[][] endless = new double[raw.sizes().length][raw.sizes().length];
            Arrays.stream(endless).forEach(row -> Arrays.fill(row, 1e200));
            List<App> silent = raw.apps().stream()
                    .map(app -> new App(
                            app.cost(),
                            app.edges().stream()
                                    .map(edge -> new Edge(edge.from(), edge.to(), 0))
                                    .toList()))
                    .toList();
            SimulationResult quick = new Setting(
                            with(raw, raw.apps(), raw.sizes(), raw.watts(), endless), setting.arrivals())
                    .run(policy);
            SimulationResult empty = new Setting(
                            with(raw, silent, raw.sizes(), raw.watts(), raw.bandwidth()), setting.arrivals())
                    .run(policy);
            assertThat(quick.schedule()).isEqualTo(empty.schedule());
        });
    }

    // ---- shares ----

    /** Two tenants of half the weight get together what one got, within the length of a few tasks. */
    @Test
    void aTenantInTwoHalvesGetsWhatTheWholeGot() {
        double[][] cost = {{7}};
        RawWorkload raw = new RawWorkload(
                IntStream.range(0, 3).mapToObj(_ -> new App(cost, List.of())).toList(),
                new int[] {2},
                new double[][] {{1000}},
                new double[][] {{1}},
                new double[][] {{1, 2}},
                new double[][] {{1}},
                1);
        // 3 jobs each 10 us for 2 devices that do one each 3.5 us: all tenants always wait.
        List<double[]> arrivals = new ArrayList<>();
        for (int job = 0; job < 900; job++) {
            arrivals.add(new double[] {10.0 * (job / 3), job % 3});
            arrivals.add(new double[] {10.0 * (job / 3), job % 3});
        }
        var setting = new Setting(raw, arrivals);
        double whole = share(setting, new Tenant("x", 2), new Tenant("x", 2), new Tenant("y", 1));
        double halves = share(setting, new Tenant("x", 1), new Tenant("z", 1), new Tenant("y", 1));
        assertThat(whole).isCloseTo(2.0 / 3, within(0.02));
        assertThat(halves).isCloseTo(whole, within(0.02));
    }

    /** Of the first two applications, in the first 2000 us. */
    private static double share(Setting setting, Tenant... tenants) {
        Workload workload = setting.raw().toWorkload(Workload.Transfers.EXACT);
        Map<String, Tenant> byApplication = new HashMap<>();
        for (int app = 0; app < tenants.length; app++) {
            byApplication.put(RawWorkload.appName(app), tenants[app]);
        }
        SimulationResult result = setting.run(
                "fair",
                SimulationOptions.real()
                        .tenants(new Tenants(workload, byApplication))
                        .horizonMicros(2000));
        long first = result.schedule().stream().filter(run -> run.app() < 2).count();
        return (double) first / result.schedule().size();
    }
}
