package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Figures of results against counting and scanning, and the account of tenants against the schedule. */
class ResultFiguresTest {
    /** The lowest latency that more than the part of the jobs keeps within, by counting; no interpolation. */
    @Test
    void aQuantileIsTheFirstLatencyThatMoreThanThePartKeepsWithin() {
        SeededCases.forEach(1, 200, (random, _) -> {
            double[] latencies = random.doubles(random.nextInt(1, 40), 0, 9)
                    .map(Math::floor)
                    .sorted()
                    .toArray();
            SimulationResult result = result(latencies, 0, 0, 0, 1);
            for (int i = 0; i < 30; i++) {
                double part = random.nextBoolean()
                        ? random.nextDouble()
                        : (double) random.nextInt(latencies.length + 1) / latencies.length;
                double wanted = part * latencies.length;
                double expected = Arrays.stream(latencies)
                        .filter(latency -> Arrays.stream(latencies)
                                        .filter(other -> other <= latency)
                                        .count()
                                > wanted)
                        .findFirst()
                        .orElse(latencies[latencies.length - 1]);
                assertThat(result.quantileMicros(part)).isEqualTo(expected);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({
        "0.5,  30, 10 20 30 40",
        "0.5,  20, 10 20 30",
        "0.95, 20, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
        "0.94, 19, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
        "0.99, 7,  7",
        "0,    7,  7 8",
        "0.34, 5,  5 5 5 9",
        "0.75, 9,  5 5 5 9",
    })
    void quantilesByHand(double part, double expected, String latencies) {
        assertThat(result(numbers(latencies), 0, 0, 0, 1).quantileMicros(part)).isEqualTo(expected);
    }

    private static double[] numbers(String text) {
        return Arrays.stream(text.trim().split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private static SimulationResult result(double[] latencies, int abandoned, int missed, double joules, double end) {
        return new SimulationResult(
                latencies.length,
                abandoned,
                0,
                0,
                missed,
                latencies,
                joules,
                end,
                0,
                0,
                Map.of(),
                List.of(),
                List.of());
    }

    /** By scanning for one that none is better than, the first in the map. */
    @ParameterizedTest
    @EnumSource(Objective.class)
    void theBestIsOneThatNoneIsBetterThan(Objective objective) {
        SeededCases.forEach(1, 100, (random, _) -> {
            Map<String, SimulationResult> results = new LinkedHashMap<>();
            for (int i = random.nextInt(1, 7); i > 0; i--) {
                results.put("r" + i, drawn(random));
            }
            String expected = "";
            for (String name : results.keySet()) {
                if (expected.isEmpty() || isBetter(objective, results, name, expected)) {
                    expected = name;
                }
            }
            assertThat(objective.best(results)).isEqualTo(expected);
        });
    }

    private static boolean isBetter(
            Objective objective, Map<String, SimulationResult> results, String name, String other) {
        double one = figure(objective, results, name);
        double two = figure(objective, results, other);
        if (Double.isNaN(one) || Double.isNaN(two)) {
            return !Double.isNaN(one) && Double.isNaN(two);
        }
        return objective == Objective.THROUGHPUT ? one > two : one < two;
    }

    private static double figure(Objective objective, Map<String, SimulationResult> results, String name) {
        SimulationResult result = results.getOrDefault(name, drawn(new SplittableRandom(0)));
        double mean = Arrays.stream(result.latencies()).average().orElse(Double.NaN);
        int decided = result.completed() + result.abandoned();
        return switch (objective) {
            case MAKESPAN -> result.endMicros();
            case MEAN_LATENCY -> mean;
            case DEADLINE_MISS -> decided == 0 ? 0 : (double) result.missed() / decided;
            case ENERGY -> result.joules();
            case ENERGY_DELAY -> result.joules() * mean * 1e-6;
            case THROUGHPUT -> 1e6 * result.completed() / result.endMicros();
        };
    }

    /** With few different figures, so that many are equal, and some that are not known. */
    private static SimulationResult drawn(SplittableRandom random) {
        double[] latencies = random.doubles(random.nextInt(4), 1, 4)
                .map(Math::floor)
                .sorted()
                .toArray();
        int abandoned = random.nextInt(3);
        int missed = random.nextInt(latencies.length + abandoned + 1);
        double joules = random.nextInt(4) == 0 ? Double.NaN : random.nextInt(1, 4);
        return result(latencies, abandoned, missed, joules, random.nextInt(1, 4));
    }

    /** What each tenant got, by adding up the schedule; the sum of all is all there was. */
    @Test
    void theAccountOfTenantsIsThatOfTheirRuns() {
        SeededCases.forEach(1, 60, (random, _) -> {
            Scenario scenario = Scenario.on("A 2: a=10 b=6", "B 1: a=7 b=9");
            int apps = random.nextInt(2, 6);
            Map<String, Tenant> tenants = new HashMap<>();
            for (int app = 0; app < apps; app++) {
                scenario.app("app" + app, random.nextBoolean() ? "a" : "a b; a>b 3");
                if (random.nextInt(3) > 0) {
                    int tenant = random.nextInt(3);
                    tenants.put("app" + app, new Tenant("t" + tenant, 1 + tenant));
                }
            }
            double at = 0;
            for (int job = 0; job < 25; job++) {
                at += 12 * random.nextDouble();
                scenario.jobs("app%d@%s".formatted(random.nextInt(apps), at));
            }
            Workload workload = scenario.workload();
            Tenants all = new Tenants(workload, tenants);
            SimulationResult result = scenario.with(
                            options -> options.tenants(all).outages(List.of(new Outage(0, 30, 45))))
                    .admission((state, slot) ->
                            state.jobNumber(slot) % 7 == 3 ? Admission.Answer.TOO_MUCH_WORK : Admission.Answer.ADMITTED)
                    .run(OnlinePolicies.named("fair"));
            assertThat(result.tenants()).hasSize(all.count());
            double micros = result.schedule().stream()
                    .mapToDouble(run -> run.finishMicros() - run.startMicros())
                    .sum();
            for (int position = 0; position < all.count(); position++) {
                int of = position;
                TenantResult got = result.tenants().get(position);
                double own = result.schedule().stream()
                        .filter(run -> all.ofApplication(run.app()) == of)
                        .mapToDouble(run -> run.finishMicros() - run.startMicros())
                        .sum();
                assertThat(got.tenant()).isEqualTo(all.tenant(position));
                assertThat(got.deviceMicros()).isCloseTo(own, within(1e-9));
                assertThat(got.share()).isCloseTo(own / micros, within(1e-12));
            }
            assertThat(result.tenants().stream()
                            .mapToInt(TenantResult::completed)
                            .sum())
                    .isEqualTo(result.completed());
            assertThat(result.tenants().stream().mapToInt(TenantResult::refused).sum())
                    .isEqualTo(result.refused());
            double latencies = result.tenants().stream()
                    .filter(tenant -> tenant.completed() > 0)
                    .mapToDouble(tenant -> tenant.completed() * tenant.meanMicros())
                    .sum();
            assertThat(latencies / result.completed()).isCloseTo(result.meanMicros(), within(1e-9));
        });
    }

    /** Clock readings 100 apart: each of 100 decisions takes 100 ns, but for two that take 5 and 90 us. */
    @Test
    void theTimeOfDecisionsIsTheNinetyNinthPercentile() {
        long[] nanos = {0};
        int[] decisions = {0};
        Scenario scenario = Scenario.on("A 1: a=1").app("one", "a").jobs("one", 100, 5);
        SimulationResult result = scenario.with(options -> options.nanoClock(() -> nanos[0]))
                .run(state -> {
                    int decision = decisions[0]++;
                    nanos[0] += decision == 10 ? 90_000 : decision == 20 ? 5_000 : 100;
                    state.place(state.readyTask(0), 0, 0);
                });
        assertThat(decisions[0]).isEqualTo(100);
        assertThat(result.decisionMicrosP99()).isEqualTo(5);
    }
}
