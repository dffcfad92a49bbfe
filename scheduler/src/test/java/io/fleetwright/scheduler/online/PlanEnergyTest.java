package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.OperatingPoint;
import io.fleetwright.scheduler.sim.PowerProfile;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Three accelerators of 1, 1.9 and 2.7 W for one, two and three that are busy; a job is three tasks of 10, 6 and 3 us. */
class PlanEnergyTest {
    private static final Workload WORKLOAD = workload();
    /** What memory and GPU draw besides. */
    private static final double BASE_WATTS = 0.0473 + 0.1201;

    /** All three busy to 3 us, two to 6, one to 10: 3 x 2.7 + 3 x 1.9 + 4 x 1 = 17.8 uJ. */
    @Test
    void aPlanTakesThePowerOfAsManyAsAreBusyAtATime() {
        assertThat(firstPlan((state, window, energy) -> energy.microjoules(state, window, new int[] {1})))
                .isCloseTo(17.8, within(1e-9));
    }

    /** Half the clock at 0.8 of the voltage takes 0.32 of the power, and twice the time: 0.64 of 17.8. */
    @Test
    void aSlowerClockTakesLessPowerForLonger() {
        assertThat(firstPlan((state, window, energy) -> {
                    window.stretch[0] = 2;
                    window.plan(state);
                    return energy.microjoules(state, window, new int[] {0});
                }))
                .isCloseTo(0.64 * 17.8, within(1e-9));
    }

    @Test
    void powersAreThoseOfTheClustersMeasurement() {
        firstPlan((_, _, energy) -> {
            assertThat(energy.highestPoint(0)).isEqualTo(1);
            assertThat(energy.wattsPerDevice(0, 1)).isCloseTo(0.9, within(1e-12));
            assertThat(energy.wattsPerDevice(0, 0)).isCloseTo(0.32 * 0.9, within(1e-12));
            assertThat(energy.wattsOfAll()).isCloseTo(2.7, within(1e-12));
            return 0.0;
        });
    }

    /** Followed to its end, the plan has taken what it said: the meter agrees, base power aside. */
    @Test
    void theMeterAgreesWithThePlanThatIsFollowed() {
        List<Double> planned = new ArrayList<>();
        SimulationResult result = run(planning((state, window, energy) -> {
            planned.add(energy.microjoules(state, window, new int[] {1}));
            return planned.getFirst();
        }));
        assertThat(result.endMicros()).isEqualTo(10);
        assertThat(result.joules() * 1e6).isCloseTo(planned.getFirst() + 10 * BASE_WATTS, within(1e-9));
    }

    private interface Question {
        double ask(SystemState state, Window window, PlanEnergy energy);
    }

    private static double firstPlan(Question question) {
        List<Double> answers = new ArrayList<>();
        run(planning((state, window, energy) -> {
            answers.add(question.ask(state, window, energy));
            return answers.getFirst();
        }));
        return answers.getFirst();
    }

    /** Plans all tasks by arrival, asks, and then places each where the first plan has it. */
    private static OnlinePolicy planning(Question question) {
        var window = new Window();
        return state -> {
            assertThat(window.collect(state, 100)).isTrue();
            for (int i = 0; i < window.size(); i++) {
                window.priority[i] = i;
            }
            window.plan(state);
            window.keep();
            question.ask(state, window, new PlanEnergy(state));
            placeAll(state, task -> {
                int position = window.position(task);
                state.place(task, window.device(position), window.finish(position));
            });
        };
    }

    private static void placeAll(SystemState state, Consumer<Integer> place) {
        IntStream.range(0, state.readyCount())
                .map(state::readyTask)
                .boxed()
                .toList()
                .forEach(place);
    }

    private static SimulationResult run(OnlinePolicy policy) {
        var trace = new ArrivalTrace(List.of(new ArrivalTrace.Arrival(0, "app")));
        return new Simulator(
                        WORKLOAD,
                        policy,
                        new TraceArrivals(trace, WORKLOAD),
                        SimulationOptions.real().build())
                .run();
    }

    private static Workload workload() {
        var cluster = new SocCluster(
                0,
                "ACC",
                "C",
                List.of(0, 1, 2),
                List.of(new OperatingPoint(500, 0.8), new OperatingPoint(1000, 1)),
                List.of(new PowerProfile(1000, List.of(1.0, 1.9, 2.7))),
                Map.of("a", 10.0, "b", 6.0, "c", 3.0));
        var graph = TaskGraph.builder().task("a").task("b").task("c").build();
        return new Workload(
                new Soc(List.of(cluster), new double[][] {{1}}, 1),
                List.of(new Application("app", graph)),
                Workload.Transfers.EXACT);
    }
}
