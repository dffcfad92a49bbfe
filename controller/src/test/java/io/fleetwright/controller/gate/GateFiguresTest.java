package io.fleetwright.controller.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.gate.SequentialTest.Decision;
import io.fleetwright.controller.gate.SequentialTest.Evidence;
import io.fleetwright.controller.rollout.GateVerdict;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * 10,000 devices of six equal classes in waves of 1, 5, 25 and 100 %, energy with a deviation of 10 %, an accuracy of 90 %
 * before: what is worse stops before the second wave, what is not goes through. {@code -Dfleetwright.gate.runs=N} runs more.
 */
class GateFiguresTest {
    private static final int RUNS = Integer.getInteger("fleetwright.gate.runs", 200);
    private static final int DEVICES = 10_000;
    private static final int CLASSES = 6;
    private static final int[] WAVES = {1, 5, 25, 100};
    private static final double ALPHA = 0.02;
    private static final double BETA = 0.05;
    private static final long SAMPLES_MIN = 600;
    /** Windows in which the first wave's devices bring some 600 samples a class, and as often again as gates may take. */
    private static final int WINDOWS = 36;

    private static final int WINDOWS_MAX = 10 * WINDOWS;
    private static final double ENERGY_DEVIATION = 0.1;
    private static final double ACCURACY = 0.90;
    /** Inferences of the running version that a device's own mean of energy comes from. */
    private static final int BASELINE = 50;

    /** How a rollout ended: how many devices had the new version, and whether a gate stopped it. */
    private record End(double exposed, boolean stopped) {}

    private static GateTestRow test(GateMetric metric, int place, double tolerated, double worse) {
        GateTestRow row = new GateTestRow();
        row.metric = metric.label();
        row.stratum = "class-" + place;
        row.tolerated = tolerated;
        row.worse = worse;
        row.alpha = Holm.share(ALPHA, 2 * CLASSES);
        row.beta = BETA;
        row.samplesMin = SAMPLES_MIN;
        row.decision = Decision.OPEN.name();
        return row;
    }

    /** One rollout; the new version takes {@code energyFactor} of the energy and is right with {@code accuracy}. */
    private static End roll(long seed, double energyFactor, double accuracy, int worseClasses) {
        SplittableRandom random = new SplittableRandom(seed);
        List<GateTestRow> tests = new ArrayList<>();
        for (int place = 0; place < CLASSES; place++) {
            double tolerated = Math.log(1.05);
            tests.add(test(GateMetric.ENERGY_MEAN, place, tolerated, tolerated + Math.log(Gates.FOUND_ENERGY)));
            tests.add(test(GateMetric.ACCURACY, place, 1 - ACCURACY, 1 - ACCURACY + Gates.FOUND_SHARE / 100));
        }
        for (int wave = 0; wave < WAVES.length; wave++) {
            int perClass = Math.ceilDiv(DEVICES * WAVES[wave], 100 * CLASSES);
            double[][] baselineError = baselineErrors(random, perClass);
            for (int window = 0; ; window++) {
                GateVerdict verdict = Gates.verdict(tests, wave);
                if (verdict instanceof GateVerdict.Breach || window == WINDOWS_MAX) {
                    return new End(WAVES[wave] / 100.0, true);
                }
                if (verdict instanceof GateVerdict.Pass) {
                    break;
                }
                for (int place = 0; place < CLASSES; place++) {
                    boolean worse = place < worseClasses;
                    for (int device = 0; device < perClass; device++) {
                        double energy = Math.log(worse ? energyFactor : 1)
                                + ENERGY_DEVIATION * random.nextGaussian()
                                - baselineError[place][device];
                        tests.get(2 * place).observe(Evidence.of(energy), 0);
                        boolean right = random.nextDouble() < (worse ? accuracy : ACCURACY);
                        tests.get(2 * place + 1).observe(Evidence.of(1, right ? 0 : 1), 0);
                    }
                }
            }
        }
        return new End(1, false);
    }

    private static double[][] baselineErrors(SplittableRandom random, int perClass) {
        double[][] errors = new double[CLASSES][perClass];
        for (double[] ofClass : errors) {
            for (int device = 0; device < perClass; device++) {
                ofClass[device] = ENERGY_DEVIATION / Math.sqrt(BASELINE) * random.nextGaussian();
            }
        }
        return errors;
    }

    private static double stoppedEarly(double energyFactor, double accuracy, int worseClasses) {
        int early = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            End end = roll(seed, energyFactor, accuracy, worseClasses);
            early += end.stopped && end.exposed < 0.05 ? 1 : 0;
        }
        return early / (double) RUNS;
    }

    @Test
    void fifthMoreEnergyIsStoppedBeforeFivePercent() {
        double share = stoppedEarly(1.2, ACCURACY, CLASSES);
        System.out.printf("gates: +20 %% energy stopped before 5 %% exposure in %.4f of %d%n", share, RUNS);
        assertThat(share).isGreaterThanOrEqualTo(0.95);
    }

    @Test
    void fivePointsLessAccuracyIsStoppedBeforeFivePercent() {
        double share = stoppedEarly(1, ACCURACY - 0.05, CLASSES);
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
    void cleanRolloutsGoThrough() {
        int stopped = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            stopped += roll(1_000_000 + seed, 1, ACCURACY, 0).stopped ? 1 : 0;
        }
        System.out.printf("gates: clean rollouts stopped in %.4f of %d%n", stopped / (double) RUNS, RUNS);
        assertThat(stopped / (double) RUNS).isLessThanOrEqualTo(0.02);
    }
}
