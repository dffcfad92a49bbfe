package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.Scenario;
import io.fleetwright.scheduler.sim.ScheduleEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the energy-aware policy saves and what that costs, with prices worked out by hand. */
class FrugalTimelineTest {
    /**
     * At first a microsecond is worth a quarter of the power of everything, 0.25 W. At full clock and 1 V a task of 10 us takes 10 uJ
     * and 10 us, worth 12.5; at half clock and v volts 10 v^2 uJ and 20 us: 10 v^2 + 5. They are equal at v = 0.866.
     */
    @ParameterizedTest
    @CsvSource({"0.5, 20", "0.8, 20", "0.86, 20", "0.87, 10", "0.95, 10", "1, 10"})
    void aSlowClockIsChosenWhereItSavesMoreThanTheTimeIsWorth(double volts, double end) {
        Scenario scenario = Scenario.on("A 1: a=10")
                .points(0, 500, volts, 1000, 1)
                .app("a", "a")
                .jobs("a@0");
        assertThat(scenario.run(new EnergyAware(0, 1)).endMicros()).isEqualTo(end);
    }

    /**
     * A takes 10 us at 3 W, B t us at 0.5 W; a microsecond is worth 0.875. On A 30 uJ + 8.75; on B 0.5 t + 0.875 t: equal at 28.18.
     */
    @ParameterizedTest
    @CsvSource({"12, 1", "20, 1", "28, 1", "28.3, 0", "30, 0", "60, 0"})
    void aFrugalDeviceIsChosenWhereItSavesMoreThanTheTimeIsWorth(String micros, int device) {
        Scenario scenario = Scenario.on("A 1: a=10", "B 1: a=" + micros)
                .watts(0, 3)
                .watts(1, 0.5)
                .app("a", "a")
                .jobs("a@0");
        assertThat(scenario.run(new EnergyAware(0, 1)).schedule())
                .extracting(ScheduleEntry::device)
                .containsExactly(device);
    }

    /** Of no power that is known nothing can be saved: the quickest device at once. */
    @Test
    void withoutDifferenceInPowerTheQuickestIsChosen() {
        Scenario scenario = Scenario.on("A 1: a=10", "B 1: a=9")
                .watts(0, 0)
                .watts(1, 0)
                .app("a", "a")
                .jobs("a@0 a@20");
        assertThat(scenario.timeline(new EnergyAware(0, 1))).containsExactly("0a@1 0-9", "1a@1 20-29");
    }

    /** Of more than eighty open tasks none is planned: full clock, though half would be far cheaper. */
    @ParameterizedTest
    @CsvSource({"80, false", "81, true"})
    void inAFloodClocksAreAtTheirHighest(int tasks, boolean full) {
        List<Integer> points = new ArrayList<>();
        OnlinePolicy policy = new EnergyAware(0, 1);
        Scenario.on("A 2: a=10")
                .points(0, 500, 0.1, 1000, 1)
                .app("many", "a ".repeat(tasks).trim())
                .jobs("many@0")
                .with(options -> options.horizonMicros(1))
                .run(state -> {
                    policy.decide(state);
                    points.add(state.operatingPoint(0));
                });
        assertThat(points).containsExactly(full ? 1 : 0);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1e-9, 10.1, Double.NaN, Double.POSITIVE_INFINITY})
    void slackOutOfRangeIsNamed(double slack) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EnergyAware(slack, 1))
                .withMessage("slack (%s) must be 0 to 10".formatted(slack));
    }

    @Test
    void anUnknownPolicyIsNamedWithThoseThatAreKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OnlinePolicies.named("zen"))
                .withMessage(
                        "unknown policy 'zen'; known: met eft etf stf etf-lb heft-rt fair learned portfolio energy deadline");
    }

    /**
     * What each job is promised as it comes, by HEFT on the platform at full clock with what it has promised before.
     *
     * <ul>
     *   <li>one device: 10, 20, 30; later ones find it free again.
     *   <li>b runs on B alone, 6 us: the chain's b has B from 15 to 21, so others have 0-6 and 6-12, and then 21-27.
     *   <li>two devices of A for a: the third at 20.
     *   <li>fork of two equal b after a: one on B at 15-21, the other behind it to 27.
     *   <li>z takes no time and ranks as high as b after it, and still comes first: 10 + 6, and 20 + 6.
     *   <li>z takes no time, so it ranks as high as b after it, and still comes first: 10 + 6.
     * </ul>
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            A 1: a=10 | B 1: b=6  | one@0 one@0 one@0              | 10 20 30
            A 1: a=10 | B 1: b=6  | one@0 one@4 one@30             | 10 16 10
            A 1: a=10 | B 1: b=6  | chain@0 other@0 other@0 other@0| 21 6 12 27
            A 1: a=10 | B 1: b=6  | chain@0 other@3 other@3 other@9| 21 6 12 18
            A 1: a=10 | B 1: b=6  | chain@0 chain@0                | 21 31
            A 2: a=10 | B 1: b=6  | one@0 one@0 one@0              | 10 10 20
            A 1: a=10 | B 1: a=14 b=6 | one@0 one@0 one@0          | 10 14 20
            A 1: a=10 | B 1: b=6 c=6 | fork@0 other@0 other@14        | 27 6 19
            A 1: a=10 z=0 | B 1: b=6 | zero@0 zero@0               | 16 26
            """)
    void aPromiseFillsWhatIsLeftOfThePlatform(String first, String second, String jobs, String expected) {
        Scenario scenario = Scenario.on(first, second)
                .app("one", "a")
                .app("chain", "a b; a>b 5")
                .app("other", "b");
        if (jobs.contains("fork")) {
            scenario.app("fork", "a b c; a>b 5; a>c 5");
        }
        if (jobs.contains("zero")) {
            scenario.app("zero", "a z b; a>z 0; z>b 0");
        }
        scenario.jobs(jobs);
        assertThat(promised(scenario))
                .containsExactly(Arrays.stream(expected.split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray());
    }

    /** As jobs come, under a policy that gives every task to the first device that runs it. */
    private static double[] promised(Scenario scenario) {
        List<Double> promised = new ArrayList<>();
        var reference = new FastReference(scenario.workload());
        int[] known = {0};
        OnlinePolicy met = OnlinePolicies.named("stf");
        scenario.run(state -> {
            for (int slot = state.firstJob(); slot >= 0; slot = state.nextJob(slot)) {
                if (state.jobNumber(slot) == known[0]) {
                    known[0]++;
                    promised.add(reference.take(state, state.application(slot)));
                }
            }
            met.decide(state);
        });
        return promised.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** A takes 10, B 14; what is away until 5 promises nothing to a job that comes at 0. */
    @ParameterizedTest
    @CsvSource({"0, 14", "1, 10", "0 1, Infinity"})
    void devicesThatAreAwayPromiseNothing(String away, double promise) {
        Scenario scenario = Scenario.on("A 1: a=10", "B 1: a=14")
                .app("one", "a")
                .with(options -> options.outages(Arrays.stream(away.split(" "))
                        .map(device -> new Outage(Integer.parseInt(device), 0, 5))
                        .toList()))
                .jobs("one@0");
        assertThat(promised(scenario)).containsExactly(promise);
    }

    /**
     * Jobs of 10 us are promised 10. The first is expected to take 15, the second 5, the third 20: with slack 0 the price of 8 moves by
     * exp(0.5 x 0.5), then by exp(0.5 x (19.55 / 19.7 - 1)), for 0.97 x 10 + 10 = 19.7 and 0.97 x 15 + 5 = 19.55, then by
     * exp(0.5 x (38.9635 / 29.109 - 1)).
     */
    @Test
    void thePriceForgetsOldJobsSlowly() {
        Scenario scenario = Scenario.on("A 1: a=10").app("one", "a").jobs("one@0 one@100 one@200 one@300");
        var price = new LatencyPrice(new FastReference(scenario.workload()), 0, 8);
        double[] expected = {15, 5, 20, 10};
        List<Double> prices = new ArrayList<>();
        scenario.run(state -> {
            price.account(state);
            prices.add(price.microjoulesPerMicro());
            price.expect(state.firstJob(), expected[prices.size() - 1]);
            Scenario.fixed("a=0").decide(state);
        });
        double second = 8 * Math.exp(0.25);
        double third = second * Math.exp(0.5 * (19.55 / 19.7 - 1));
        double fourth = third * Math.exp(0.5 * ((0.97 * 19.55 + 20) / (0.97 * 19.7 + 10) - 1));
        assertThat(prices).hasSize(4);
        for (int i = 0; i < 4; i++) {
            assertThat(prices.get(i))
                    .isCloseTo(List.of(8.0, second, third, fourth).get(i), within(1e-9));
        }
    }
}
