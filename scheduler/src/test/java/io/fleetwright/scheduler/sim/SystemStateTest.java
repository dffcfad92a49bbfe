package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.reference.RawWorkload;
import io.fleetwright.scheduler.reference.RawWorkloads;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a policy sees, at every decision of seeded simulations with lost devices and given-up jobs. */
class SystemStateTest {
    @ParameterizedTest
    @ValueSource(strings = {"eft", "etf", "portfolio", "fair", "energy", "deadline"})
    void everyTaskIsInOneStateAndReadyOnesHaveTheirInputs(String policy) {
        SeededCases.forEach(
                1,
                30,
                (random, _) -> watched(random, policy, state -> {
                    int jobs = 0;
                    int last = -1;
                    int ready = 0;
                    for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
                        jobs++;
                        assertThat(state.jobNumber(slot)).isGreaterThan(last);
                        last = state.jobNumber(slot);
                        ready += readyTasks(state, slot);
                    }
                    assertThat(state.liveJobs()).isEqualTo(jobs);
                    assertThat(state.readyCount()).isEqualTo(ready);
                }));
    }

    private static int readyTasks(SystemState state, int slot) {
        TaskGraph graph = state.workload().graph(state.application(slot));
        int ready = 0;
        int left = 0;
        for (int node = 0; node < graph.taskCount(); node++) {
            int task = state.taskOf(slot, node);
            assertThat(state.slotOf(task)).isEqualTo(slot);
            assertThat(state.node(task)).isEqualTo(node);
            boolean begun = state.isDone(task) || state.isRunning(task) || state.isPlaced(task);
            boolean made = true;
            for (int e = graph.inBegin(node); e < graph.inEnd(node); e++) {
                made &= state.isDone(state.taskOf(slot, graph.inTask(e)));
            }
            assertThat(made || !begun).isTrue();
            ready += made && !begun ? 1 : 0;
            left += state.isDone(task) ? 0 : 1;
        }
        assertThat(state.tasksLeft(slot)).isEqualTo(left);
        return ready;
    }

    @Test
    void readyTasksAreListedOnceAndRunningOnesAreOnTheirDevice() {
        SeededCases.forEach(
                1,
                30,
                (random, _) -> watched(random, "eft", state -> {
                    List<Integer> ready = new ArrayList<>();
                    for (int i = 0; i < state.readyCount(); i++) {
                        ready.add(state.readyTask(i));
                    }
                    assertThat(ready).doesNotHaveDuplicates();
                    for (int device = 0; device < state.workload().deviceCount(); device++) {
                        int running = state.runningTask(device);
                        assertThat(state.isIdle(device)).isEqualTo(running == SystemState.NONE);
                        if (running != SystemState.NONE) {
                            assertThat(state.isOnline(device)).isTrue();
                            assertThat(state.isRunning(running)).isTrue();
                            assertThat(state.device(running)).isEqualTo(device);
                            assertThat(state.finish(running)).isGreaterThanOrEqualTo(state.now());
                        }
                    }
                }));
    }

    private static void watched(SplittableRandom random, String policy, Consumer<SystemState> look) {
        RawWorkload raw = RawWorkloads.real(random);
        Workload workload = raw.toWorkload(Workload.Transfers.EXACT);
        double[] deadlines =
                random.doubles(workload.applicationCount(), 30, 300).toArray();
        OnlinePolicy watched = OnlinePolicies.named(policy);
        List<ArrivalTrace.Arrival> arrivals = new ArrayList<>();
        for (double[] arrival : RawWorkloads.arrivals(random, workload.applicationCount(), 15, 10, false)) {
            arrivals.add(new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])));
        }
        SimulationResult result = new Simulator(
                        workload,
                        state -> {
                            look.accept(state);
                            watched.decide(state);
                        },
                        new TraceArrivals(new ArrivalTrace(arrivals), workload),
                        SimulationOptions.real()
                                .outages(List.of(new Outage(0, 20, 60), new Outage(0, 70, 75)))
                                .deadlineMicros(SimulationOptions.Deadline.ENFORCED, deadlines)
                                .build())
                .run();
        assertThat(result.completed() + result.abandoned()).isEqualTo(15);
    }

    /** One task of 10 us on two devices; device 1 is away. */
    @Test
    void placingIsRefusedWhereItCannotBe() {
        single(new Outage(1, 0, 100), state -> {
            int task = state.readyTask(0);
            assertThatThrownBy(() -> state.place(task, 1, 10))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("task 0 cannot run on device 1");
            assertThatThrownBy(() -> state.recall(task)).hasMessage("task 0 is not placed");
            assertThatThrownBy(() -> state.setOperatingPoint(0, 1))
                    .hasMessage("operating point (1) of cluster 0 must be 0 to -1");
            state.place(task, 0, 10);
            assertThatThrownBy(() -> state.place(task, 0, 10)).hasMessage("task 0 is not ready");
        });
    }

    @Test
    void aRecalledTaskIsReadyAgainAndItsEstimateCanBeForgotten() {
        single(new Outage(1, 50, 100), state -> {
            int task = state.readyTask(0);
            state.place(task, 0, 10);
            assertThat(state.estimatedFree(0)).isEqualTo(10);
            assertThat(state.queueLength(0)).isOne();
            state.refreshEstimate(0);
            assertThat(state.estimatedFree(0)).isEqualTo(10);
            state.recall(task);
            assertThat(state.queueLength(0)).isZero();
            assertThat(state.estimatedFree(0)).isEqualTo(10);
            state.refreshEstimate(0);
            assertThat(state.estimatedFree(0)).isZero();
            state.place(task, 1, 10);
        });
    }

    private static void single(Outage outage, Consumer<SystemState> decision) {
        var cluster = new SocCluster(0, "CPU", "C", List.of(0, 1), List.of(), List.of(), Map.of("a", 10.0));
        var workload = new Workload(
                new Soc(List.of(cluster), new double[][] {{1}}, 1),
                List.of(new Application("app", TaskGraph.builder().task("a").build())),
                Workload.Transfers.EXACT);
        var trace = new ArrivalTrace(List.of(new ArrivalTrace.Arrival(0, "app")));
        SimulationResult result = new Simulator(
                        workload,
                        decision::accept,
                        new TraceArrivals(trace, workload),
                        SimulationOptions.real().outages(List.of(outage)).build())
                .run();
        assertThat(result.completed()).isOne();
    }
}
