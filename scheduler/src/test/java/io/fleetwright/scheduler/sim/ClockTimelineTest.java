package io.fleetwright.scheduler.sim;

import static io.fleetwright.scheduler.sim.Scenario.fixed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.sim.SimulationOptions.Governor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clocks that change while tasks run. At 500, 1000 and 2000 MHz tasks take 4, 2 and 1 times what they take at the highest. */
class ClockTimelineTest {
    private static Scenario clocked() {
        return Scenario.on("A 2: a=10 b=6 tick=0", "B 1: b=6 tick=0")
                .points(0, 500, 0.8, 1000, 1, 2000, 1.25)
                .app("one", "a")
                .app("two", "b")
                .app("tick", "tick");
    }

    /**
     * Jobs of no length on B at 2, 4, ... only let the policy act. A task of 10 us that has run 4 at full speed has 6 left: 12 at
     * half, 24 at a quarter. At a quarter from 2 and half from 4, 7.5 are left at 4: to 19. Begun at half speed, after 4 us it has done 2 and has 8 left at full speed: to 12, or 32 at a quarter:
     * to 36. Changes at 4 and 8: 4 done, 4 us at half for 2 more, 4 left: 12; to a quarter in between: 4 us for 1 more, 5 left: 13.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            4=1       | 16 | 1.6
            4=0       | 28 | 2.8
            4=2       | 10 | 1
            0=1       | 20 | 2
            0=0       | 40 | 4
            0=1 4=2   | 12 | 1.2
            0=1 4=0   | 36 | 3.6
            4=1 8=2   | 12 | 1.2
            4=0 8=2   | 13 | 1.3
            2=1 4=1   | 18 | 1.8
            2=0 4=1   | 19 | 1.9
            12=0      | 10 | 1
            """)
    void whatIsLeftOfARunGoesOnAtTheNewSpeed(String clocks, double finish, double slowdown) {
        SimulationResult result =
                clocked().jobs("one@0 tick@2 tick@4 tick@8 tick@12").run(fixed("a=0 tick=2", clocks));
        assertThat(result.schedule().stream().filter(entry -> entry.app() == 0))
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.finishMicros()).isCloseTo(finish, within(1e-9));
                    assertThat(entry.slowdown()).isCloseTo(slowdown, within(1e-12));
                });
    }

    /** Both devices of A slow down at 4: 6 left of 10 take 12, 2 left of 6 take 4. B's clock is its own: 6 us. */
    @Test
    void theClockIsThatOfTheWholeClusterAndOfNoOther() {
        assertThat(clocked().jobs("one@0 two@0 two@0 tick@4").timeline(fixed("a=0 1b=1 2b=2 tick=2", "4=1")))
                .containsExactly("2b@2 0-6", "3tick@2 6-6", "1b@1 0-8", "0a@0 0-16");
    }

    /** What begins later begins at the clock of then: 10 us at 2000 MHz until 10, then 20 at 1000. */
    @Test
    void whatWaitsRunsAtTheClockOfItsTime() {
        assertThat(clocked().jobs("one@0 one@0 tick@9").timeline(fixed("a=0 tick=2", "9=1")))
                .containsExactly("2tick@2 9-9", "0a@0 0-11", "1a@0 11-31");
    }

    @Test
    void powersaveBeginsAtTheLowestClockAndAPolicyMayRaiseIt() {
        Scenario scenario =
                clocked().with(options -> options.governor(Governor.POWERSAVE)).jobs("one@0 tick@4");
        // 4 us at a quarter have done 1; 9 are left.
        assertThat(scenario.timeline(fixed("a=0 tick=2", "4=2"))).containsExactly("1tick@2 4-4", "0a@0 0-13");
    }

    /** 25 us at 1000 MHz, changed at 4: 6 left of 10, and what a policy is told before and after. */
    @Test
    void aPolicySeesTheTimesOfTheClockThatIsSet() {
        List<Double> seen = new ArrayList<>();
        OnlinePolicy policy = state -> {
            if (state.now() == 4) {
                int running = state.runningTask(0);
                seen.add(state.execution(running, 0));
                seen.add(state.finish(running));
                state.setOperatingPoint(0, 0);
                seen.add(state.execution(running, 0));
                seen.add(state.execution(running, 1));
                seen.add(state.finish(running));
                seen.add(state.slowdown(0, 1));
                seen.add((double) state.operatingPoint(0));
            }
            fixed("a=0 tick=2").decide(state);
        };
        clocked().jobs("one@0 tick@4").run(policy);
        assertThat(seen).containsExactly(10.0, 10.0, 40.0, 40.0, 28.0, 2.0, 0.0);
    }

    /** At full speed 2.5 W and 1.25 V; at half 0.5 x 0.64 = 0.32 of that, at a quarter 0.25 x 0.4096 = 0.1024. */
    @ParameterizedTest
    @CsvSource({"2, 25", "1, 16", "0, 10.24"})
    void slowIsFrugalInEnergyThoughItTakesLonger(int point, double microjoules) {
        SimulationResult result = clocked().watts(0, 2.5, 5).jobs("one@0").run(fixed("a=0", "0=" + point));
        assertThat(result.joules() * 1e6 - result.endMicros() * Scenario.BASE_WATTS)
                .isCloseTo(microjoules, within(1e-9));
    }

    /** 4 us at full speed of 2.5 W and 12 at half of 0.8 W: 10 + 9.6. */
    @Test
    void energyFollowsTheClock() {
        SimulationResult result =
                clocked().watts(0, 2.5, 5).jobs("one@0 tick@4").run(fixed("a=0 tick=2", "4=1"));
        assertThat(result.joules() * 1e6).isCloseTo(19.6 + 16 * Scenario.BASE_WATTS, within(1e-9));
    }

    /** Under ticks what is left is rounded up: 3 of 10 us are done at 3, 7 at half speed take 14; of 5 at a third 15. */
    @ParameterizedTest
    @CsvSource({"1000, 3, 17", "750, 3, 22", "750, 4, 20", "700, 5, 20"})
    void underTicksWhatIsLeftIsWhole(double slow, int at, double finish) {
        Scenario scenario = Scenario.ticking("A 1: a=10", "B 1: tick=3")
                .points(0, slow, 1, 2000, 1)
                .app("one", "a")
                .app("tick", "tick")
                .jobs("one@0 tick@" + at);
        SimulationResult result = scenario.run(fixed("a=0 tick=1", at + "=0"));
        // ceil(7 x 2) = 14, ceil(7 x 2.67) = 19, ceil(6 x 2.67) = 16, ceil(5 x 2.86) = 15
        assertThat(result.schedule().stream()
                        .filter(entry -> entry.app() == 0)
                        .findFirst()
                        .orElseThrow()
                        .finishMicros())
                .isEqualTo(finish);
    }

    /** Up and down again at one instant is no change. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aClockThatIsSetBackAtOnceChangesNothing(int between) {
        OnlinePolicy policy = state -> {
            fixed("a=0 tick=2").decide(state);
            state.setOperatingPoint(0, between);
            state.setOperatingPoint(0, 2);
        };
        assertThat(clocked().jobs("one@0 tick@4").timeline(policy)).containsExactly("1tick@2 4-4", "0a@0 0-10");
    }

    @ParameterizedTest
    @CsvSource({"0, -1, 0 to 2", "0, 3, 0 to 2", "1, 1, 0 to 0"})
    void aClockThatIsNotThereIsRefused(int cluster, int point, String range) {
        OnlinePolicy policy = state -> state.setOperatingPoint(cluster, point);
        org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
                .isThrownBy(() -> clocked().jobs("one@0").run(policy))
                .withMessage("operating point (%d) of cluster %d must be %s".formatted(point, cluster, range));
    }
}
