package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The meter against {@link NaiveMeter} in random lives of platforms, and against closed forms of the thermal model. */
class MeterModelTest {
    @Test
    void itAgreesWithTheModelInEveryLifeOfAPlatform() {
        SeededCases.forEach(1, 60, (random, _) -> {
            Workload workload = platform(random);
            var meter = new EnergyMeter(workload, SimulationOptions.Governor.PERFORMANCE);
            var naive = new NaiveMeter(clusters(workload));
            double now = 0;
            for (int step = 0; step < 120; step++) {
                int c = random.nextInt(workload.clusterCount());
                live(random, meter, naive.parts.get(c), c);
                now += random.nextInt(4) == 0 ? random.nextInt(200) : 30 * random.nextDouble();
                meter.advance(now);
                naive.advance(now);
                assertThat(meter.totalWatts()).isCloseTo(naive.totalWatts(), within(1e-12));
                assertThat(meter.joules()).isCloseTo(naive.joules, within(1e-12 * naive.joules));
                assertThat(meter.celsiusMax()).isCloseTo(naive.celsius(), within(1e-9));
                assertThat(meter.leakageWatts(c)).isCloseTo(naive.parts.get(c).leakage, within(1e-12));
                assertThat(meter.dynamicWatts(c, 1, meter.point(c)))
                        .isCloseTo(naive.parts.get(c).dynamic(1), within(1e-12));
            }
        });
    }

    private static void live(SplittableRandom random, EnergyMeter meter, NaiveMeter.Part part, int c) {
        switch (random.nextInt(5)) {
            case 0 -> {
                int more = part.busy < part.online ? 1 : -part.busy;
                part.busy += more;
                meter.addBusy(c, more);
            }
            case 1 -> {
                int more = part.busy > 0 ? -1 : 0;
                part.busy += more;
                meter.addBusy(c, more);
            }
            case 2 -> {
                int more =
                        part.online > part.busy ? -1 : part.cluster.deviceIds().size() - part.online;
                part.online += more;
                meter.addOnline(c, more);
            }
            case 3 -> {
                part.point = random.nextInt(part.cluster.points().size());
                meter.setPoint(c, part.point);
            }
            default -> {
                int more = part.cluster.deviceIds().size() - part.online;
                part.online += more;
                meter.addOnline(c, more);
            }
        }
    }

    /** One to three clusters with one to four points and a profile for each of some of them. */
    private static Workload platform(SplittableRandom random) {
        List<SocCluster> clusters = new ArrayList<>();
        int count = random.nextInt(1, 4);
        for (int id = 0; id < count; id++) {
            int devices = random.nextInt(1, 5);
            List<OperatingPoint> points = IntStream.rangeClosed(1, random.nextInt(1, 5))
                    .mapToObj(point -> new OperatingPoint(400 * point + random.nextInt(100), 0.7 + 0.15 * point))
                    .toList();
            List<PowerProfile> power = new ArrayList<>();
            for (OperatingPoint point : points) {
                if (power.isEmpty() || point.equals(points.getLast()) || random.nextBoolean()) {
                    double first = random.nextInt(3) == 0 ? 1e-3 : 0.05 + random.nextDouble();
                    power.add(new PowerProfile(
                            point.megahertz() + 1,
                            IntStream.rangeClosed(1, devices)
                                    .mapToObj(busy -> first * (0.5 + busy))
                                    .toList()));
                }
            }
            String type = List.of("BIG", "LTL", "ACC").get(random.nextInt(3));
            clusters.add(new SocCluster(
                    id,
                    type,
                    "C" + id,
                    IntStream.range(0, devices).boxed().toList(),
                    points,
                    power,
                    Map.of("a", 10.0)));
        }
        var graph = TaskGraph.builder().task("a").build();
        return new Workload(
                new Soc(clusters, new double[count][count], 1),
                List.of(new Application("app", graph)),
                Workload.Transfers.EXACT);
    }

    private static List<SocCluster> clusters(Workload workload) {
        return IntStream.range(0, workload.clusterCount())
                .mapToObj(workload::cluster)
                .toList();
    }

    /**
     * Constant power is a linear recurrence: after n steps {@code x = (1 - A^n) (1 - A)^-1 B p}. Four busy big cores or little ones draw
     * what was measured, whatever they leak; accelerators heat nothing.
     */
    @ParameterizedTest
    @CsvSource({
        "BIG, 1",
        "BIG, 2",
        "BIG, 50",
        "BIG, 1000",
        "BIG, 3900",
        "LTL, 1",
        "LTL, 300",
        "LTL, 3000",
        "ACC, 7",
        "ACC, 2000"
    })
    void constantPowerWarmsAsTheClosedFormSays(String type, int steps) {
        var meter = new EnergyMeter(four(type, 3), SimulationOptions.Governor.PERFORMANCE);
        meter.addBusy(0, 4);
        meter.advance(steps * 20.0);
        double[] power = {type.equals("BIG") ? 3 : 0, type.equals("LTL") ? 3 : 0, 0.0473, 0.1201};
        double[] settled = solve(lessOne(NaiveMeter.A), NaiveMeter.times(NaiveMeter.B, power));
        double[] gone = NaiveMeter.times(power(NaiveMeter.A, steps), settled);
        double highest = Double.NEGATIVE_INFINITY;
        for (int spot = 0; spot < 5; spot++) {
            highest = Math.max(highest, settled[spot] - gone[spot]);
        }
        assertThat(meter.celsiusMax()).isCloseTo(42 + highest, within(1e-8));
        assertThat(meter.joules()).isCloseTo((3 + 0.0473 + 0.1201) * steps * 20e-6, within(1e-12));
    }

    /** When it has been on for a second, it is as warm as it gets. */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 2, 5})
    void aLongTimeOfConstantPowerSettles(double watts) {
        var meter = new EnergyMeter(four("BIG", watts), SimulationOptions.Governor.PERFORMANCE);
        meter.addBusy(0, 4);
        meter.advance(1e6);
        double[] settled =
                solve(lessOne(NaiveMeter.A), NaiveMeter.times(NaiveMeter.B, new double[] {watts, 0, 0.0473, 0.1201}));
        double highest = java.util.Arrays.stream(settled).max().orElseThrow();
        assertThat(meter.celsiusMax()).isCloseTo(42 + highest, within(0.01 * highest));
    }

    /** Cooling is warming upside down: the warmth above what idling settles at falls by {@code A} with every step. */
    @Test
    void whatIsNoLongerBusyCoolsDownToWhatIdlingSettlesAt() {
        var meter = new EnergyMeter(four("ACC", 3), SimulationOptions.Governor.PERFORMANCE);
        meter.advance(1e6);
        double idle = meter.celsiusMax();
        var hot = new EnergyMeter(four("BIG", 3), SimulationOptions.Governor.PERFORMANCE);
        hot.addBusy(0, 4);
        hot.advance(60_000);
        double warm = hot.celsiusMax();
        hot.addBusy(0, -4);
        hot.addOnline(0, -4);
        hot.advance(100_000);
        double cooling = hot.celsiusMax();
        hot.advance(2e6);
        assertThat(warm).isGreaterThan(cooling + 1);
        assertThat(cooling).isGreaterThan(idle);
        assertThat(hot.celsiusMax()).isCloseTo(idle, within(0.01));
    }

    private static Workload four(String type, double watts) {
        return Scenario.on("C 4: a=10")
                .type(0, type)
                .watts(0, watts / 4, watts / 2, 0.75 * watts, watts)
                .app("app", "a")
                .workload();
    }

    private static double[][] lessOne(double[][] matrix) {
        double[][] result = new double[matrix.length][matrix.length];
        for (int row = 0; row < matrix.length; row++) {
            for (int column = 0; column < matrix.length; column++) {
                result[row][column] = (row == column ? 1 : 0) - matrix[row][column];
            }
        }
        return result;
    }

    private static double[][] power(double[][] matrix, int exponent) {
        if (exponent == 0) {
            double[][] zero = new double[matrix.length][matrix.length];
            return lessOne(zero);
        }
        double[][] half = power(matrix, exponent / 2);
        double[][] square = product(half, half);
        return exponent % 2 == 0 ? square : product(square, matrix);
    }

    private static double[][] product(double[][] one, double[][] other) {
        double[][] product = new double[one.length][other.length];
        for (int row = 0; row < one.length; row++) {
            for (int column = 0; column < other.length; column++) {
                for (int k = 0; k < other.length; k++) {
                    product[row][column] += one[row][k] * other[k][column];
                }
            }
        }
        return product;
    }

    /** Gauss without a choice of pivot, which the diagonal here allows. */
    private static double[] solve(double[][] matrix, double[] right) {
        int n = right.length;
        for (int k = 0; k < n; k++) {
            for (int row = k + 1; row < n; row++) {
                double factor = matrix[row][k] / matrix[k][k];
                for (int column = k; column < n; column++) {
                    matrix[row][column] -= factor * matrix[k][column];
                }
                right[row] -= factor * right[k];
            }
        }
        double[] x = new double[n];
        for (int row = n - 1; row >= 0; row--) {
            double sum = right[row];
            for (int column = row + 1; column < n; column++) {
                sum -= matrix[row][column] * x[column];
            }
            x[row] = sum / matrix[row][row];
        }
        return x;
    }

    /** The simulator's energy is that of its own schedule, with leakage and heat, on cores of all kinds. */
    @ParameterizedTest
    @ValueSource(strings = {"eft", "etf", "fair", "portfolio"})
    void theEnergyOfARunIsThatOfItsSchedule(String policy) {
        SeededCases.forEach(1, 12, (random, _) -> {
            Scenario scenario = Scenario.on("A 4: a=40 b=25 c=8", "B 2: a=15 b=10", "C 1: c=2")
                    .type(0, "LTL")
                    .type(1, "BIG")
                    .watts(0, 0.4, 0.7, 0.9, 1)
                    .watts(1, 1.5, 2.5)
                    .app("app", "a b c; a>b 3; a>c 5")
                    .app("one", "b");
            for (int job = 0; job < 25; job++) {
                scenario.jobs((random.nextBoolean() ? "app@" : "one@") + 12.0 * job);
            }
            SimulationResult result = scenario.run(OnlinePolicies.named(policy));
            double expected = NaiveMeter.joules(scenario.workload(), result);
            assertThat(result.joules()).isCloseTo(expected, within(1e-10 * expected));
        });
    }

    /** Where each busy device of a cluster takes the same, energy is a sum over runs, and the base over all the time. */
    @Test
    void withPowerThatAddsUpEnergyIsASumOverRuns() {
        SeededCases.forEach(1, 40, (random, _) -> {
            Scenario scenario = Scenario.on("A 3: a=10 b=4", "B 2: a=3 b=9")
                    .watts(1, 2.5, 5)
                    .app("app", "a b; a>b 5");
            double at = 0;
            for (int job = 0; job < 20; job++) {
                at += 6 * random.nextDouble();
                scenario.jobs("app@" + at);
            }
            SimulationResult result = scenario.run(OnlinePolicies.named("eft"));
            double sum = result.schedule().stream()
                    .mapToDouble(run -> (run.device() < 3 ? 1 : 2.5) * (run.finishMicros() - run.startMicros()))
                    .sum();
            assertThat(result.joules() * 1e6).isCloseTo(sum + result.endMicros() * Scenario.BASE_WATTS, within(1e-7));
        });
    }
}
