package io.fleetwright.controller.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.gate.SequentialTest.Evidence;
import io.fleetwright.controller.rollout.Policy;
import io.fleetwright.controller.rollout.PolicyJson;
import io.fleetwright.controller.rollout.PureRollout;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.Wave;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Observation;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * 10,000 devices of six equal classes in waves of 1, 5, 25 and 100 %, energy with a deviation of 10 %, an accuracy of 90 %
 * before: what is worse stops before the second wave, what is not goes through. The tests are those that the controller makes
 * of the policy, the waves and every start are its own decisions; {@code -Dfleetwright.gate.runs=N} runs more.
 */
class GateFiguresTest {
    private static final int RUNS = Integer.getInteger("fleetwright.gate.runs", 200);
    private static final int DEVICES = 10_000;
    private static final List<DeviceClass> CLASSES = List.of(
            DeviceClass.CPU, DeviceClass.GPU, DeviceClass.DSP, DeviceClass.FPGA, DeviceClass.NPU, DeviceClass.MCU);
    private static final List<String> NAMES =
            CLASSES.stream().map(DeviceClass::wireName).toList();
    private static final String GATES = "{\"alpha\":0.02,\"beta\":0.05,\"metrics\":"
            + "[{\"metric\":\"energy-mean\",\"minSamples\":600},{\"metric\":\"accuracy\",\"minSamples\":600}]}";
    private static final Policy POLICY = PolicyJson.read(
            "{\"waves\":[{\"percent\":1},{\"percent\":5},{\"percent\":25},{\"percent\":100}]}",
            Policy.of(List.of(new Wave.Percent(100)), Duration.ofMinutes(2)));

    /** How often the controller looks, and how many looks a device's window takes. */
    private static final long LOOK_MILLIS = 500;

    private static final int LOOKS_PER_WINDOW = 10;
    private static final int LOOKS_MAX = 100_000;

    private static final double ENERGY_DEVIATION = 0.1;
    private static final double ACCURACY = 0.90;
    /** Windows of the running version that a device's own mean of energy comes from. */
    private static final int BASELINE = 50;

    /** As the controller has stored them when the rollout was made. */
    private static List<GateTestRow> made = List.of();

    @BeforeAll
    static void testsThatTheControllerMakesOfThePolicy() {
        made = new Fleet().tests();
        assertThat(made).hasSize(2 * CLASSES.size()).allSatisfy(test -> {
            assertThat(test.alpha).isEqualTo(0.02 / 12);
            assertThat(test.beta).isEqualTo(0.05);
            assertThat(test.samplesMin).isEqualTo(600);
        });
    }

    /** A device of each class on one board, which has told of the version that it runs. */
    private static final class Fleet {
        private final TestFleet fleet = new TestFleet();
        private final TestBoard board = fleet.enrol(TestFleet.TENANT, "all");

        List<GateTestRow> tests() {
            board.birth(board.birthOf(List.of(), 0)
                    .withDevices(CLASSES.stream()
                            .map(type -> TestBoard.device(type.wireName(), type))
                            .toList())
                    .withMetrics(IntStream.range(0, CLASSES.size())
                            .mapToObj(place -> new Birth.Metric(
                                    place + 1, NAMES.get(place), "inference.energy", "mJ", false, EnergyMethod.RAPL))
                            .toList()));
            String digest = fleet.publish("glyphs", "1.0.0");
            fleet.rollOut("glyphs", "1.0.0");
            board.sendOk(
                    Topic.Kind.UP_REPORTED,
                    new Reported(
                                    new Stamp(board.boot, 1),
                                    board.node().desiredVersion,
                                    true,
                                    NAMES.stream()
                                            .map(name -> new SlotReport(
                                                    name, "glyphs", digest, SlotReport.State.ACTIVE, null))
                                            .toList(),
                                    null)
                            .encode());
            board.sendOk(
                    Topic.Kind.UP_TELEMETRY,
                    new TelemetryFrame(
                                    new Stamp(board.boot, 1),
                                    fleet.clock.millis(),
                                    List.of(),
                                    0,
                                    NAMES.stream()
                                            .map(name -> observed(name, digest))
                                            .toList())
                            .encode());
            fleet.publish("glyphs", "1.1.0");
            Rollouts.Request request = new Rollouts.Request(
                    "glyphs",
                    "1.1.0",
                    List.of(),
                    List.of(),
                    null,
                    List.of(),
                    POLICY,
                    null,
                    null,
                    null,
                    Set.of(Rollouts.Allowance.UNAPPROVED),
                    GATES);
            fleet.core()
                    .run(scope -> fleet.core()
                            .rollouts()
                            .create(scope.tx(), scope.effects(), TestFleet.TENANT, request, scope.nowMillis()));
            return fleet.all(GateTestRow.class);
        }

        private static Observation observed(String device, String digest) {
            int count = 1000;
            double log = Math.log(5000);
            return new Observation(
                    device,
                    "glyphs",
                    digest,
                    5000,
                    count,
                    false,
                    LatencyHistogram.EMPTY,
                    new Observation.Energy(count, count * log, count * log * log, EnergyMethod.RAPL),
                    new Observation.Labels(count, (int) (ACCURACY * count)),
                    Observation.Comparison.NONE,
                    0,
                    0,
                    false);
        }
    }

    private static GateTestRow fresh(GateMetric metric, String stratum) {
        GateTestRow of = made.stream()
                .filter(test -> test.metric() == metric && test.stratum.equals(stratum))
                .findFirst()
                .orElseThrow();
        GateTestRow row = new GateTestRow();
        row.id = of.id;
        row.metric = of.metric;
        row.stratum = of.stratum;
        // There it is the only wave that has the one device; here every class has devices in the first one.
        row.firstWave = 0;
        row.threshold = of.threshold;
        row.tolerated = of.tolerated;
        row.worse = of.worse;
        row.alpha = of.alpha;
        row.beta = of.beta;
        row.samplesMin = of.samplesMin;
        row.decision = of.decision;
        return row;
    }

    /** One rollout; in the first classes the new version takes {@code factor} of the energy and is right with {@code accuracy}. */
    private static PureRollout roll(long seed, double factor, double accuracy, int worseClasses) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] classes = IntStream.range(0, DEVICES).map(i -> i % NAMES.size()).toArray();
        List<GateTestRow> energies = new ArrayList<>();
        List<GateTestRow> accuracies = new ArrayList<>();
        for (String name : NAMES) {
            energies.add(fresh(GateMetric.ENERGY_MEAN, name));
            accuracies.add(fresh(GateMetric.ACCURACY, name));
        }
        List<GateTestRow> tests = new ArrayList<>(energies);
        tests.addAll(accuracies);
        double[] baselineErrors = new double[DEVICES];
        for (int device = 0; device < DEVICES; device++) {
            baselineErrors[device] = ENERGY_DEVIATION / Math.sqrt(BASELINE) * random.nextGaussian();
        }
        PureRollout rollout = new PureRollout(POLICY, classes, NAMES);
        for (int look = 0; look < LOOKS_MAX && !rollout.hasEnded(); look++) {
            long now = look * LOOK_MILLIS;
            rollout.look(Gates.verdict(tests, rollout.wave()), now);
            for (int device = look % LOOKS_PER_WINDOW; device < DEVICES; device += LOOKS_PER_WINDOW) {
                if (!rollout.isRunning() || !rollout.runs(device)) {
                    continue;
                }
                GateTestRow energy = energies.get(classes[device]);
                GateTestRow right = accuracies.get(classes[device]);
                boolean worse = classes[device] < worseClasses;
                double log = Math.log(worse ? factor : 1) + ENERGY_DEVIATION * random.nextGaussian();
                boolean moved = moves(energy, Evidence.of(log - baselineErrors[device]), now);
                boolean isRight = random.nextDouble() < (worse ? accuracy : ACCURACY);
                if (moves(right, Evidence.of(1, isRight ? 0 : 1), now) || moved) {
                    rollout.look(Gates.verdict(tests, rollout.wave()), now); // In the transaction of the frame.
                }
            }
        }
        assertThat(rollout.hasEnded()).as("seed %d", seed).isTrue();
        return rollout;
    }

    /** Counts a sample; true when that may have changed the verdict. */
    private static boolean moves(GateTestRow test, Evidence sample, long now) {
        String before = test.decision;
        test.observe(sample, now);
        return !test.decision.equals(before) || test.samples == test.samplesMin;
    }

    /** Share of rollouts that the gates stopped, and took back, while less than 5 % of the devices had ever been told. */
    private static double stoppedEarly(double factor, double accuracy, int worseClasses) {
        int early = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            PureRollout rollout = roll(seed, factor, accuracy, worseClasses);
            early += rollout.end().equals("rolled-back gate-breach") && rollout.started() < DEVICES / 20 ? 1 : 0;
        }
        return early / (double) RUNS;
    }

    @Test
    void fifthMoreEnergyIsStoppedBeforeFivePercent() {
        double share = stoppedEarly(1.2, ACCURACY, NAMES.size());
        System.out.printf("gates: +20 %% energy stopped before 5 %% exposure in %.4f of %d%n", share, RUNS);
        assertThat(share).isGreaterThanOrEqualTo(0.95);
    }

    @Test
    void fivePointsLessAccuracyIsStoppedBeforeFivePercent() {
        double share = stoppedEarly(1, ACCURACY - 0.05, NAMES.size());
        System.out.printf("gates: -5 pp accuracy stopped before 5 %% exposure in %.4f of %d%n", share, RUNS);
        assertThat(share).isGreaterThanOrEqualTo(0.95);
    }

    @Test
    void fivePointsLessAccuracyInOneClassOfSixIsStoppedToo() {
        double share = stoppedEarly(1, ACCURACY - 0.05, 1);
        System.out.printf("gates: -5 pp accuracy in one class stopped early in %.4f of %d%n", share, RUNS);
        assertThat(share).isGreaterThanOrEqualTo(0.93);
    }

    @Test
    void cleanRolloutsGoThroughToEveryDevice() {
        int stopped = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            PureRollout rollout = roll(1_000_000 + seed, 1, ACCURACY, 0);
            boolean through = rollout.end().equals("succeeded") && rollout.started() == DEVICES;
            stopped += through ? 0 : 1;
        }
        System.out.printf("gates: clean rollouts stopped in %.4f of %d%n", stopped / (double) RUNS, RUNS);
        assertThat(stopped / (double) RUNS).isLessThanOrEqualTo(0.02);
    }
}
