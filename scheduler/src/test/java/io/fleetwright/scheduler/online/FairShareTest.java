package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.ArrivalTrace.Arrival;
import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.ScheduleEntry;
import io.fleetwright.scheduler.sim.SharedWorkloads;
import io.fleetwright.scheduler.sim.SimulationChecker;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import io.fleetwright.scheduler.sim.Tenant;
import io.fleetwright.scheduler.sim.Tenants;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FairShareTest {
    private static final double END = 6000;
    /** Device time of a job; its graph is a diamond. */
    private static final double JOB_MICROS = 10 + 20 + 30 + 5;

    /** Every tenant asks for what all devices have, and a fifth more. */
    @ParameterizedTest
    @CsvSource({"1, 1 1", "4, 1 1", "4, 3 1", "3, 1 5", "4, 1 2 5", "2, 1 2 3 4 5 6 7 8", "1, 1 1 1 1 1"})
    void deviceTimeFollowsTheWeights(int devices, String weights) {
        double[] weight = List.of(weights.split(" ")).stream()
                .mapToDouble(Double::parseDouble)
                .toArray();
        Workload workload = workload(devices, weight.length);
        List<Arrival> arrivals = new ArrayList<>();
        for (int tenant = 0; tenant < weight.length; tenant++) {
            arrivals.addAll(jobs(tenant, 0, END, JOB_MICROS / devices / 1.2));
        }
        SimulationResult result = run(workload, "fair", arrivals, weight);
        double sum =
                IntStream.range(0, weight.length).mapToDouble(i -> weight[i]).sum();
        for (int tenant = 0; tenant < weight.length; tenant++) {
            assertThat(share(workload, result, tenant, 1000, END))
                    .as("tenant %d", tenant)
                    .isCloseTo(weight[tenant] / sum, within(0.02));
        }
    }

    /** 100 jobs per millisecond, several times what the platform can do, of two tenants by turns of a coin. */
    @ParameterizedTest
    @CsvSource({"1, 1", "3, 1", "1, 3"})
    void deviceTimeFollowsTheWeightsOnMixedDevices(double a, double b) throws Exception {
        List<String> names = List.of("#0", "#1");
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3, names);
        SplittableRandom coin = new SplittableRandom(3);
        List<Arrival> arrivals = SharedWorkloads.trace("wifi80-20_scale30").arrivals().stream()
                .map(job -> new Arrival(0.3 * job.micros(), job.application() + names.get(coin.nextInt(2))))
                .toList();
        SimulationResult result = run(workload, "fair", arrivals, a, b);
        double end = arrivals.getLast().micros();
        assertThat(share(workload, result, 0, 200, end)).isCloseTo(a / (a + b), within(0.05));
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 3})
    void aFloodDoesNotDelayALightTenant(double floodWeight) {
        Workload workload = workload(4, 2);
        List<Arrival> light = jobs(1, 0, END, 200);
        List<Arrival> both = new ArrayList<>(light);
        both.addAll(jobs(0, 0, END, JOB_MICROS / 4 / 1.5));
        double alone = mean(run(workload, "fair", light, floodWeight, 1), 1);
        double etf = mean(run(workload, "etf", both, floodWeight, 1), 1);
        double fair = mean(run(workload, "fair", both, floodWeight, 1), 1);
        assertThat(etf).isGreaterThan(20 * alone);
        assertThat(fair).isLessThan(2 * alone);
    }

    @Test
    void aFloodOfMixedDevicesDoesNotDelayALightTenant() throws Exception {
        List<String> names = List.of("#0", "#1");
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3, names);
        List<Arrival> light = SharedWorkloads.trace("wifi80-20_scale300").arrivals().stream()
                .map(job -> new Arrival(job.micros(), job.application() + "#1"))
                .filter(job -> job.micros() < 9000)
                .toList();
        List<Arrival> both = new ArrayList<>(light);
        SharedWorkloads.trace("wifi80-20_scale30").arrivals().stream()
                .map(job -> new Arrival(job.micros(), job.application() + "#0"))
                .forEach(both::add);
        double alone = mean(run(workload, "fair", light, 1, 1), 1);
        double etf = mean(run(workload, "etf", both, 1, 1), 1);
        double fair = mean(run(workload, "fair", both, 1, 1), 1);
        assertThat(fair).isLessThan(2 * alone).isLessThan(0.4 * etf);
    }

    @Test
    void aTenantThatWasAwayCannotClaimThePast() {
        Workload workload = workload(4, 2);
        List<Arrival> arrivals = jobs(0, 0, END, JOB_MICROS / 8);
        arrivals.addAll(jobs(1, END / 2, END, JOB_MICROS / 8));
        SimulationResult result = run(workload, "fair", arrivals, 1, 1);
        assertThat(share(workload, result, 0, 0, END / 2)).isEqualTo(1);
        assertThat(share(workload, result, 0, END / 2 + 100, END / 2 + 1100)).isCloseTo(0.5, within(0.05));
        assertThat(share(workload, result, 0, END / 2 + 1100, END)).isCloseTo(0.5, within(0.02));
    }

    /** The tenant's tasks wait for its only accelerator while the other one has the processors to itself. */
    @Test
    void aTenantThatWaitedForItsOwnDeviceCannotClaimTheOthers() {
        Workload workload = workload(4, 2);
        List<Arrival> arrivals = jobs(1, 0, END, JOB_MICROS / 8);
        arrivals.addAll(jobs("special", new SplittableRandom(9), 0, END, 15));
        arrivals.addAll(jobs(0, END / 2, END, JOB_MICROS / 8));
        SimulationResult result = run(workload, "fair", arrivals, 1, 1);
        assertThat(share(workload, result, 1, 0, END / 2)).isCloseTo(0.8, within(0.02));
        assertThat(share(workload, result, 1, END / 2 + 500, END / 2 + 1500)).isCloseTo(0.5, within(0.05));
    }

    @Test
    void noDeviceIsIdleWhileATaskWaits() {
        Workload workload = workload(3, 3);
        List<Arrival> arrivals = jobs(0, 0, END, 60);
        arrivals.addAll(jobs(1, 0, END, 60));
        arrivals.addAll(jobs(2, 0, END, 120));
        arrivals.sort(Comparator.comparingDouble(Arrival::micros));
        SimulationResult result = run(workload, "fair", arrivals, 1, 2, 4);
        List<ScheduleEntry> byStart = result.schedule().stream()
                .sorted(Comparator.comparingDouble(ScheduleEntry::startMicros))
                .toList();
        double[] free = new double[workload.deviceCount() - 1];
        Map<List<Integer>, Double> done = new HashMap<>();
        int waited = 0;
        for (ScheduleEntry entry : byStart) {
            done.put(List.of(entry.job(), entry.task()), entry.finishMicros());
            double ready = arrivals.get(entry.job()).micros();
            TaskGraph graph = workload.graph(entry.app());
            for (int e = graph.inBegin(entry.task()); e < graph.inEnd(entry.task()); e++) {
                ready = Math.max(
                        ready, done.getOrDefault(List.of(entry.job(), graph.inTask(e)), Double.POSITIVE_INFINITY));
            }
            if (ready < entry.startMicros()) {
                waited++;
                assertThat(Arrays.stream(free).min().orElseThrow())
                        .as("%s, ready at %s", entry, ready)
                        .isGreaterThanOrEqualTo(entry.startMicros());
            }
            free[entry.device()] = entry.finishMicros();
        }
        assertThat(waited).isGreaterThan(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"wifi80-20_scale100", "wifi80-20_scale50", "sixapp_scale60"})
    void fairnessCostsNoThroughput(String trace) throws Exception {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        SimulationResult etf = runEachItsOwn(workload, "etf", trace);
        SimulationResult fair = runEachItsOwn(workload, "fair", trace);
        assertThat(fair.endMicros()).isLessThan(1.01 * etf.endMicros());
        assertThat(fair.meanMicros()).isLessThan(etf.meanMicros());
    }

    private static SimulationResult runEachItsOwn(Workload workload, String policy, String trace) throws Exception {
        return new Simulator(
                        workload,
                        OnlinePolicies.named(policy),
                        new TraceArrivals(SharedWorkloads.trace(trace), workload),
                        SimulationOptions.ds3().build())
                .run();
    }

    @Test
    void lostDevicesAndNoiseLeaveNothingUndone() {
        Workload workload = workload(3, 2);
        List<Arrival> arrivals = jobs(0, 0, END, 40);
        arrivals.addAll(jobs(1, 0, END, 40));
        SimulationOptions.Builder options = SimulationOptions.real()
                .executionNoise(0.3)
                .outages(List.of(new Outage(0, 500, 900), new Outage(1, 700, Double.POSITIVE_INFINITY)));
        SimulationResult result = run(workload, "fair", arrivals, options, 1, 1);
        assertThat(result.completed()).isEqualTo(arrivals.size());
        assertThat(share(workload, result, 0, 2000, END)).isCloseTo(0.5, within(0.03));
    }

    // ---- workloads ----

    /** So many equal processors, and one accelerator that only the task "special" runs on. */
    private static Workload workload(int devices, int tenants) {
        SocCluster processors = new SocCluster(
                0,
                "CPU",
                "P",
                IntStream.range(0, devices).boxed().toList(),
                List.of(),
                List.of(),
                Map.of("a", 10.0, "b", 20.0, "c", 30.0, "d", 5.0));
        SocCluster accelerator =
                new SocCluster(1, "ACC", "A", List.of(devices), List.of(), List.of(), Map.of("special", 20.0));
        TaskGraph diamond = TaskGraph.builder()
                .task("a")
                .task("b")
                .task("c")
                .task("d")
                .edge(0, 1, 0)
                .edge(0, 2, 0)
                .edge(1, 3, 0)
                .edge(2, 3, 0)
                .build();
        List<Application> applications = new ArrayList<>();
        for (int tenant = 0; tenant < tenants; tenant++) {
            applications.add(new Application("job#" + tenant, diamond));
        }
        applications.add(
                new Application("special", TaskGraph.builder().task("special").build()));
        return new Workload(
                new Soc(List.of(processors, accelerator), new double[][] {{1, 1}, {1, 1}}, 1),
                applications,
                Workload.Transfers.EXACT);
    }

    private static List<Arrival> jobs(int tenant, double from, double until, double meanMicros) {
        return jobs("job#" + tenant, new SplittableRandom(tenant), from, until, meanMicros);
    }

    /** With exponential intervals. */
    private static List<Arrival> jobs(
            String app, SplittableRandom random, double from, double until, double meanMicros) {
        List<Arrival> jobs = new ArrayList<>();
        double at = from;
        while (true) {
            at -= meanMicros * Math.log(1 - random.nextDouble());
            if (at >= until) {
                return jobs;
            }
            jobs.add(new Arrival(at, app));
        }
    }

    private static SimulationResult run(Workload workload, String policy, List<Arrival> arrivals, double... weights) {
        SimulationOptions.Builder options =
                workload.transfers() == Workload.Transfers.EXACT ? SimulationOptions.real() : SimulationOptions.ds3();
        SimulationResult result = run(workload, policy, arrivals, options, weights);
        assertThat(SimulationChecker.check(workload, result.schedule())).isEmpty();
        return result;
    }

    /** The tenant of an application is the number at the end of its name; the first one's if there is none. */
    private static SimulationResult run(
            Workload workload,
            String policy,
            List<Arrival> arrivals,
            SimulationOptions.Builder options,
            double... weights) {
        Map<String, Tenant> tenants = new HashMap<>();
        for (int app = 0; app < workload.applicationCount(); app++) {
            int tenant = tenant(workload, app);
            tenants.put(workload.application(app).name(), new Tenant("t" + tenant, weights[tenant]));
        }
        List<Arrival> sorted = new ArrayList<>(arrivals);
        sorted.sort(Comparator.comparingDouble(Arrival::micros));
        SimulationResult result = new Simulator(
                        workload,
                        OnlinePolicies.named(policy),
                        new TraceArrivals(new ArrivalTrace(sorted), workload),
                        options.tenants(new Tenants(workload, tenants))
                                .recordSchedule(true)
                                .build())
                .run();
        assertThat(result.completed()).isEqualTo(arrivals.size());
        return result;
    }

    private static int tenant(Workload workload, int app) {
        String name = workload.application(app).name();
        int mark = name.indexOf('#');
        return mark < 0 ? 0 : Integer.parseInt(name.substring(mark + 1));
    }

    /** Of the device time between two times. */
    private static double share(Workload workload, SimulationResult result, int tenant, double from, double until) {
        double own = 0;
        double all = 0;
        for (ScheduleEntry entry : result.schedule()) {
            double micros = Math.min(until, entry.finishMicros()) - Math.max(from, entry.startMicros());
            if (micros > 0) {
                all += micros;
                own += tenant(workload, entry.app()) == tenant ? micros : 0;
            }
        }
        return own / all;
    }

    private static double mean(SimulationResult result, int tenant) {
        return result.tenants().stream()
                .filter(each -> each.tenant().name().equals("t" + tenant))
                .findFirst()
                .orElseThrow()
                .meanMicros();
    }
}
