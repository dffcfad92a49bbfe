package io.fleetwright.scheduler.gantt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.ScheduleEntry;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GanttTest {
    @Test
    void aPlanShowsEachAssignmentOnItsDevice() throws UnschedulableException {
        for (int seed = 0; seed < 50; seed++) {
            Problem problem = TestProblems.random(new SplittableRandom(seed), 20, 5);
            Schedule schedule =
                    Algorithms.named("heft", Algorithms.Settings.ofSeed(seed)).schedule(problem);
            Gantt chart = Gantt.ofPlan("plan", Gantt.Unit.SECONDS, problem, schedule);
            assertThat(chart.rows()).hasSize(problem.deviceCount());
            assertThat(chart.bars()).as("seed %d", seed).hasSameSizeAs(schedule.assignments());
            for (int i = 0; i < chart.bars().size(); i++) {
                Assignment run = schedule.assignments().get(i);
                assertThat(chart.bars().get(i)).satisfies(bar -> {
                    assertThat(bar.row()).isEqualTo(run.device());
                    assertThat(bar.label()).isEqualTo(problem.graph().name(run.task()));
                    assertThat(bar.start()).isEqualTo(run.start());
                    assertThat(bar.finish()).isEqualTo(run.finish());
                    assertThat(bar.completed()).isTrue();
                });
            }
        }
    }

    @Test
    void tasksOfOneGroupFollowEachOther() {
        for (int seed = 0; seed < 100; seed++) {
            Problem problem = TestProblems.random(new SplittableRandom(seed), 30, 4);
            int[] path = Paths.of(problem);
            TaskGraph graph = problem.graph();
            int[] entered = new int[graph.taskCount()];
            int starts = 0;
            for (int task = 0; task < path.length; task++) {
                int before = 0;
                for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                    if (path[graph.inTask(e)] == path[task]) {
                        before++;
                    }
                }
                entered[task] = before;
                starts += before == 0 ? 1 : 0;
            }
            assertThat(starts)
                    .as("seed %d: one first task a path", seed)
                    .isEqualTo(IntStream.of(path).distinct().count());
            assertThat(IntStream.of(path).min()).hasValue(0);
            assertThat(IntStream.of(path).max()).hasValue(starts - 1);
        }
    }

    /** Nine tasks on two devices, of which one is lost after 5 us with a task of 10 us on it. */
    @Test
    void aSimulationShowsWhatWasCutOff() {
        Workload workload = workload();
        List<ScheduleEntry> runs = simulate(workload, 3).schedule();
        Gantt chart = Gantt.ofRuns("runs", workload, runs);
        assertThat(chart.rows()).containsExactly("P-0", "P-1");
        assertThat(chart.bars()).hasSize(10);
        assertThat(chart.bars().stream().filter(bar -> !bar.completed()))
                .containsExactly(new Bar(0, "a (app)", 0, 0, 0, 5, false));
        assertThat(chart.bars()).allMatch(bar -> bar.group() == bar.job());
        assertThat(chart.bars().stream().mapToInt(Bar::job).distinct().count()).isEqualTo(3);
    }

    @Test
    void aSingleJobIsColouredByItsPaths() {
        Workload workload = workload();
        Gantt chart = Gantt.ofRuns("runs", workload, simulate(workload, 1).schedule());
        assertThat(chart.bars()).hasSize(4).allMatch(bar -> bar.job() == 0);
        assertThat(chart.bars().stream().map(bar -> bar.label() + bar.group()).distinct())
                .containsExactlyInAnyOrder("a (app)0", "b (app)0", "c (app)1");
    }

    @Test
    void tooManyRunsOrDevicesAreRefusedByTheBound() {
        Bar bar = new Bar(0, "t", 0, 0, 0, 1, true);
        assertThatThrownBy(() ->
                        new Gantt("", Gantt.Unit.SECONDS, List.of("a"), Collections.nCopies(Gantt.BARS_MAX + 1, bar)))
                .isInstanceOf(ChartLimitException.class)
                .hasMessageContaining("50001 runs")
                .hasMessageContaining("at most 50000");
        assertThatThrownBy(() ->
                        new Gantt("", Gantt.Unit.SECONDS, Collections.nCopies(Gantt.ROWS_MAX + 1, "a"), List.of()))
                .isInstanceOf(ChartLimitException.class)
                .hasMessageContaining("10001 devices");
    }

    @Test
    void barsThatCannotBeShownAreRefused() {
        assertThatThrownBy(() -> new Bar(0, "late", 0, 0, 2, 1, true))
                .hasMessageContaining("bar 'late' from 2.0 to 1.0");
        assertThatThrownBy(() -> new Bar(0, "t", 0, 0, 0, Double.NaN, true)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> new Bar(0, "t", 0, -1, 0, 1, true)).hasMessageContaining("group (-1)");
        Bar outside = new Bar(1, "out", 0, 0, 0, 1, true);
        assertThatThrownBy(() -> new Gantt("", Gantt.Unit.SECONDS, List.of("a"), List.of(outside)))
                .hasMessageContaining("row (1) of bar 'out' must be 0 to 0");
        assertThatThrownBy(() -> new Gantt("", Gantt.Unit.SECONDS, List.of(), List.of()))
                .hasMessageContaining("at least 1 row");
    }

    private static SimulationResult simulate(Workload workload, int jobs) {
        SimulationOptions options = SimulationOptions.real()
                .outages(List.of(new Outage(0, 5, Double.POSITIVE_INFINITY)))
                .recordSchedule(true)
                .build();
        ArrivalTrace trace = new ArrivalTrace(IntStream.range(0, jobs)
                .mapToObj(_ -> new ArrivalTrace.Arrival(0, "app"))
                .toList());
        return new Simulator(workload, OnlinePolicies.named("eft"), new TraceArrivals(trace, workload), options).run();
    }

    private static Workload workload() {
        SocCluster cluster = new SocCluster(
                0, "ACC", "P", List.of(0, 1), List.of(), List.of(), Map.of("a", 10.0, "b", 6.0, "c", 2.0));
        TaskGraph graph = TaskGraph.builder()
                .task("a")
                .task("b")
                .task("c")
                .edge(0, 1, 5)
                .edge(0, 2, 5)
                .build();
        return new Workload(
                new Soc(List.of(cluster), new double[][] {{1}}, 100),
                List.of(new Application("app", graph)),
                Workload.Transfers.EXACT);
    }
}
