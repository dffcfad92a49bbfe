package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.reference.RawWorkload;
import io.fleetwright.scheduler.reference.RawWorkloads;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The window's plan against one that is made by walking over all open tasks in each step, in the middle of simulations. */
class WindowTest {
    private record Planned(int device, double start, double finish) {}

    @Test
    void aPlanIsTheListScheduleOfItsPriorities() {
        var compared = new AtomicInteger();
        SeededCases.forEach(1, 60, (random, seed) -> {
            RawWorkload raw = RawWorkloads.real(random);
            Workload workload = raw.toWorkload(Workload.Transfers.EXACT);
            var window = new Window();
            OnlinePolicy eft = OnlinePolicies.named("eft");
            SimulationResult result = run(workload, random, state -> {
                assertThat(window.collect(state, 1000)).isTrue();
                var choice = new SplittableRandom(seed);
                for (int i = 0; i < window.size(); i++) {
                    window.priority[i] = choice.nextDouble();
                    window.avoided[i] = choice.nextInt(4) == 0 ? 1L << choice.nextInt(workload.clusterCount()) : 0;
                }
                for (int cluster = 0; cluster < workload.clusterCount(); cluster++) {
                    window.toll[cluster] = choice.nextInt(2) * choice.nextDouble();
                    window.stretch[cluster] = 1 + choice.nextInt(2);
                }
                assertThatPlanIsTheListSchedule(state, window);
                assertThat(window.isAsKept()).isFalse();
                compared.addAndGet(window.size());
                eft.decide(state);
            });
            assertThat(result.unfinished()).isZero();
        });
        assertThat(compared.get()).isGreaterThan(5000);
    }

    /** A few exchanges, a task that keeps off a cluster or no longer does, another toll or clock: one of them, or none. */
    @Test
    void aPlanThatIsLikeTheKeptOneAtFirstIsTheListScheduleToItsEnd() {
        var kinds = new int[5];
        var asKept = new int[5];
        SeededCases.forEach(100, 60, (random, seed) -> {
            RawWorkload raw = RawWorkloads.real(random);
            Workload workload = raw.toWorkload(Workload.Transfers.EXACT);
            var window = new Window();
            OnlinePolicy eft = OnlinePolicies.named("eft");
            var choice = new SplittableRandom(seed);
            var _ = run(workload, random, state -> {
                assertThat(window.collect(state, 1000)).isTrue();
                Arrays.fill(window.toll, 0);
                Arrays.fill(window.stretch, 1);
                Arrays.fill(window.avoided, 0);
                for (int i = 0; i < window.size(); i++) {
                    window.priority[i] = i;
                }
                for (int change = 0; change < 6; change++) {
                    window.plan(state);
                    window.keep();
                    int kind = choice.nextInt(kinds.length);
                    change(window, kind, choice, workload.clusterCount());
                    assertThatPlanIsTheListSchedule(state, window);
                    kinds[kind]++;
                    asKept[kind] += window.isAsKept() ? 1 : 0;
                }
                eft.decide(state);
            });
        });
        System.out.printf("plans as the kept one: %s of %s%n", Arrays.toString(asKept), Arrays.toString(kinds));
        assertThat(asKept[0]).isEqualTo(kinds[0]);
        assertThat(asKept[1]).isBetween(kinds[1] / 10, kinds[1] - kinds[1] / 10);
        assertThat(asKept[2]).isBetween(kinds[2] / 10, kinds[2] - kinds[2] / 10);
        assertThat(asKept[3]).isZero();
        assertThat(asKept[4]).isZero();
    }

    private static void change(Window window, int kind, SplittableRandom choice, int clusters) {
        int some = choice.nextInt(window.size());
        int cluster = choice.nextInt(clusters);
        switch (kind) {
            case 1 -> {
                int other = choice.nextInt(window.size());
                double swapped = window.priority[some];
                window.priority[some] = window.priority[other];
                window.priority[other] = swapped;
            }
            case 2 -> window.avoided[some] ^= 1L << cluster;
            case 3 -> window.toll[cluster] += 0.5;
            case 4 -> window.stretch[cluster] += 0.5;
            default -> {}
        }
    }

    private static void assertThatPlanIsTheListSchedule(SystemState state, Window window) {
        window.plan(state);
        Map<Integer, Planned> expected = plan(state, window);
        for (int i = 0; i < window.size(); i++) {
            assertThat(new Planned(window.device(i), window.start(i), window.finish(i)))
                    .isEqualTo(expected.get(window.task(i)));
        }
        assertThat(jobEnds(state, window)).isEqualTo(jobEnds(state, expected));
    }

    private static SimulationResult run(Workload workload, SplittableRandom random, OnlinePolicy policy) {
        List<ArrivalTrace.Arrival> arrivals = new ArrayList<>();
        for (double[] arrival : RawWorkloads.arrivals(random, workload.applicationCount(), 12, 15, false)) {
            arrivals.add(new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])));
        }
        return new Simulator(
                        workload,
                        policy,
                        new TraceArrivals(new ArrivalTrace(arrivals), workload),
                        SimulationOptions.real()
                                .outages(List.of(new Outage(0, 40, 90)))
                                .build())
                .run();
    }

    /** Again and again the open task of lowest priority whose inputs are made or planned, to where it costs least. */
    private static Map<Integer, Planned> plan(SystemState state, Window window) {
        Map<Integer, Planned> plan = new HashMap<>();
        double[] free = new double[state.workload().deviceCount()];
        for (int device = 0; device < free.length; device++) {
            free[device] = free(state, window, device);
        }
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < window.size(); i++) {
            open.add(window.task(i));
        }
        while (!open.isEmpty()) {
            int task = open.stream()
                    .filter(candidate -> inputs(state, candidate).stream().noneMatch(open::contains))
                    .min(Comparator.comparingDouble(candidate -> window.priority[window.position(candidate)]))
                    .orElseThrow();
            open.removeIf(other -> other == task);
            Planned planned = best(state, window, plan, free, task, window.avoided[window.position(task)]);
            if (planned.device() == SystemState.NONE) {
                planned = best(state, window, plan, free, task, 0);
            }
            plan.put(task, planned);
            if (planned.device() != SystemState.NONE) {
                free[planned.device()] = Math.max(free[planned.device()], planned.finish());
            }
        }
        return plan;
    }

    private static double free(SystemState state, Window window, int device) {
        if (!state.isOnline(device)) {
            return Double.POSITIVE_INFINITY;
        }
        double running = runningUntil(state, window, device);
        return state.queueLength(device) == 0 ? running : Math.max(running, state.estimatedFree(device));
    }

    private static double runningUntil(SystemState state, Window window, int device) {
        int task = state.runningTask(device);
        double stretch = window.stretch[state.workload().clusterOf(device)];
        return task == SystemState.NONE ? state.now() : state.now() + (state.finish(task) - state.now()) * stretch;
    }

    private static Planned best(
            SystemState state, Window window, Map<Integer, Planned> plan, double[] free, int task, long avoided) {
        Planned best = new Planned(SystemState.NONE, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
        double least = Double.POSITIVE_INFINITY;
        for (int device = 0; device < free.length; device++) {
            int cluster = state.workload().clusterOf(device);
            if ((avoided & 1L << cluster) != 0) {
                continue;
            }
            double execution = state.execution(task, device) * window.stretch[cluster];
            double start = Math.max(free[device], inputsAt(state, window, plan, task, device));
            double cost = start + execution * (1 + window.toll[cluster]);
            if (cost < least) {
                least = cost;
                best = new Planned(device, start, start + execution);
            }
        }
        return best;
    }

    private static double inputsAt(SystemState state, Window window, Map<Integer, Planned> plan, int task, int device) {
        int slot = state.slotOf(task);
        int app = state.application(slot);
        TaskGraph graph = state.workload().graph(app);
        double latest = Double.NEGATIVE_INFINITY;
        for (int e = graph.inBegin(state.node(task)); e < graph.inEnd(state.node(task)); e++) {
            int from = state.taskOf(slot, graph.inTask(e));
            Planned made = plan.containsKey(from) ? plan.get(from) : made(state, window, from);
            latest = Math.max(
                    latest,
                    made.device() == SystemState.NONE
                            ? Double.POSITIVE_INFINITY
                            : made.finish() + state.transfer(app, e, made.device(), device));
        }
        return latest;
    }

    private static Planned made(SystemState state, Window window, int task) {
        int device = state.device(task);
        double finish = state.isPlaced(task)
                ? state.estimatedFree(device)
                : state.isRunning(task) ? runningUntil(state, window, device) : state.finish(task);
        return new Planned(device, Double.NaN, finish);
    }

    private static List<Integer> inputs(SystemState state, int task) {
        int slot = state.slotOf(task);
        TaskGraph graph = state.workload().graph(state.application(slot));
        List<Integer> inputs = new ArrayList<>();
        for (int e = graph.inBegin(state.node(task)); e < graph.inEnd(state.node(task)); e++) {
            inputs.add(state.taskOf(slot, graph.inTask(e)));
        }
        return inputs;
    }

    private static Map<Integer, Double> jobEnds(SystemState state, Window window) {
        Map<Integer, Double> ends = new HashMap<>();
        for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
            ends.put(slot, window.jobEnd(slot));
        }
        return ends;
    }

    private static Map<Integer, Double> jobEnds(SystemState state, Map<Integer, Planned> plan) {
        Map<Integer, Double> ends = new HashMap<>();
        for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
            ends.put(slot, Double.NEGATIVE_INFINITY);
        }
        plan.forEach((task, planned) -> ends.merge(state.slotOf(task), planned.finish(), Math::max));
        return ends;
    }
}
