package io.fleetwright.controller.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.controller.gate.SequentialTest.Decision;
import io.fleetwright.controller.gate.SequentialTest.Evidence;
import io.fleetwright.controller.gate.SequentialTest.Progress;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SequentialTestTest {
    private static final int RUNS = 2000;

    /** Shares over many runs. */
    record Shares(double rejected, double samples) {}

    private static Shares run(SequentialTest test, Function<SplittableRandom, Evidence> sample) {
        return run(test, RUNS, sample);
    }

    private static Shares run(SequentialTest test, int runs, Function<SplittableRandom, Evidence> sample) {
        int rejected = 0;
        long samples = 0;
        for (int seed = 0; seed < runs; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Progress progress = Progress.START;
            while (progress.decision() == Decision.OPEN) {
                progress = test.observe(progress, sample.apply(random));
            }
            rejected += progress.decision() == Decision.REJECTED ? 1 : 0;
            samples += progress.evidence().count();
        }
        return new Shares(rejected / (double) runs, samples / (double) runs);
    }

    private static Function<SplittableRandom, Evidence> bad(double share) {
        return random -> Evidence.of(1, random.nextDouble() < share ? 1 : 0);
    }

    @ParameterizedTest
    @CsvSource({"0.10,0.15,467", "0.10,0.13,1217", "0.10,0.12,2642", "0.02,0.04,764", "0.05,0.08,720", "0.5,0.6,266"})
    void sprtKeepsItsErrorsWithSixTenthsOfTheFixedSamples(double p0, double p1, long fixed) {
        BernoulliSprt test = new BernoulliSprt(p0, p1, 0.05, 0.05);
        assertThat(test.fixedSamples()).isBetween(fixed - 1, fixed + 1);
        Shares clean = run(test, bad(p0));
        Shares worse = run(test, bad(p1));
        assertThat(clean.rejected()).as("false alarms").isLessThanOrEqualTo(0.055);
        assertThat(worse.rejected()).as("detection").isGreaterThanOrEqualTo(0.935);
        assertThat(clean.samples()).as("clean samples").isLessThanOrEqualTo(0.6 * fixed);
        assertThat(worse.samples()).as("worse samples").isLessThanOrEqualTo(0.6 * fixed);
    }

    @Test
    void pairsAndPercentilesAreSprtsOfTheirOwnShares() {
        assertThat(BernoulliSprt.discordant(0.05, 0.05)).isEqualTo(new BernoulliSprt(0.5, 0.6, 0.05, 0.05));
        assertThat(BernoulliSprt.percentile95(0.05, 0.05)).isEqualTo(new BernoulliSprt(0.05, 0.08, 0.05, 0.05));
    }

    @Test
    void shareBetweenTheHypothesesEndsWithinThreeFixedTests() {
        BernoulliSprt test = new BernoulliSprt(0.10, 0.12, 0.05, 0.05);
        Progress progress = Progress.START;
        for (int i = 0; progress.decision() == Decision.OPEN; i++) {
            progress = test.observe(progress, Evidence.of(1, i % 9 == 8 ? 1 : 0));
        }
        assertThat(progress.evidence().count()).isEqualTo(3 * test.fixedSamples());
        assertThat(progress.decision()).isEqualTo(Decision.REJECTED);
    }

    @ParameterizedTest
    @CsvSource({"0.1", "0.4", "1.5"})
    void meanKeepsItsErrorsWithoutKnowingTheDeviation(double deviation) {
        MeanSprt test = new MeanSprt(0.05, 0.15, 0.05, 0.05);
        Shares clean = run(test, random -> Evidence.of(0.05 + deviation * random.nextGaussian()));
        Shares worse = run(test, random -> Evidence.of(0.15 + deviation * random.nextGaussian()));
        assertThat(clean.rejected()).as("false alarms").isLessThanOrEqualTo(0.055);
        assertThat(worse.rejected()).as("detection").isGreaterThanOrEqualTo(0.935);
    }

    /** Samples of mean 0 and deviation 1. */
    enum Shape {
        NORMAL,
        /** Lognormal, its deviation a tenth of its mean. */
        SKEWED_UP,
        SKEWED_DOWN;

        double next(SplittableRandom random) {
            double normal = random.nextGaussian();
            double width = Math.sqrt(Math.log1p(0.01));
            double skewed = (Math.exp(width * normal - width * width / 2) - 1) / 0.1;
            return switch (this) {
                case NORMAL -> normal;
                case SKEWED_UP -> skewed;
                case SKEWED_DOWN -> -skewed;
            };
        }
    }

    /** No more than alpha and two standard errors of so many runs. */
    @ParameterizedTest
    @CsvSource({
        "NORMAL,0.2,0.05",
        "NORMAL,0.4,0.05",
        "NORMAL,0.2,0.00167",
        "SKEWED_UP,0.2,0.05",
        "SKEWED_UP,0.4,0.05",
        "SKEWED_UP,0.2,0.00167",
        "SKEWED_DOWN,0.2,0.05",
        "SKEWED_DOWN,0.4,0.05",
        "SKEWED_DOWN,0.2,0.00167"
    })
    void meanRaisesNoMoreFalseAlarmsThanPromisedAlsoOfSkewedSamples(Shape shape, double deviation, double alpha) {
        int runs = 20_000;
        MeanSprt test = new MeanSprt(0.05, 0.15, alpha, 0.05);
        double falseAlarms = run(test, runs, random -> Evidence.of(0.05 + deviation * shape.next(random)))
                .rejected();
        System.out.printf(
                "mean test, %s at deviation %.1f: false alarms %.5f of %.5f%n", shape, deviation, falseAlarms, alpha);
        assertThat(falseAlarms).isLessThanOrEqualTo(alpha + 2 * Math.sqrt(alpha * (1 - alpha) / runs));
    }

    @ParameterizedTest
    @CsvSource({"0.1,1.3", "0.2,0.75", "0.4,0.6", "1.0,0.6"})
    void meanTakesSixTenthsOfTheFixedSamplesWhereThoseAreMany(double deviation, double most) {
        MeanSprt test = new MeanSprt(0.05, 0.15, 0.05, 0.05);
        double fixed = Math.pow(2 * Errors.upperQuantile(0.05) * deviation / 0.10, 2);
        Shares clean = run(test, random -> Evidence.of(0.05 + deviation * random.nextGaussian()));
        Shares worse = run(test, random -> Evidence.of(0.15 + deviation * random.nextGaussian()));
        Shares twice = run(test, random -> Evidence.of(0.25 + deviation * random.nextGaussian()));
        System.out.printf(
                "mean test at deviation %.1f: %.2f of the fixed test's %.0f samples at what is tolerated, %.2f at what must be found,"
                        + " %.2f at twice the distance%n",
                deviation, clean.samples() / fixed, fixed, worse.samples() / fixed, twice.samples() / fixed);
        assertThat(clean.samples()).as("at what is tolerated").isLessThanOrEqualTo(most * fixed);
        assertThat(worse.samples()).as("at what must be found").isLessThanOrEqualTo(most * fixed);
        assertThat(twice.samples()).as("at twice the distance").isLessThanOrEqualTo(most * fixed);
    }

    @Test
    void meanDecidesWithItsFirstSamplesWhenNothingVaries() {
        MeanSprt test = new MeanSprt(0.05, 0.15, 0.001, 0.001);
        assertThat(run(test, _ -> Evidence.of(0.3))).isEqualTo(new Shares(1, MeanSprt.SAMPLES_MIN));
        assertThat(run(test, _ -> Evidence.of(0.0))).isEqualTo(new Shares(0, MeanSprt.SAMPLES_MIN));
    }

    @Test
    void farBeyondCountsForMoreThanJustBeyond() {
        MeanSprt test = new MeanSprt(0.05, 0.15, 0.001, 0.001);
        double before = 0;
        for (double mean : new double[] {0.1, 0.15, 0.2, 0.5, 3, 100}) {
            double ratio = test.logRatio(new Evidence(20, 20 * mean, 20 * (mean * mean + 0.04)));
            assertThat(ratio).isGreaterThanOrEqualTo(before);
            before = ratio + 1e-9;
        }
        assertThat(before).isGreaterThan(10);
    }

    @Test
    void alwaysValidPValueIsRarelySmallHoweverOftenOneLooks() {
        MeanSprt mean = new MeanSprt(0, 1, 1e-9, 1e-9);
        BernoulliSprt share = new BernoulliSprt(0.1, 0.15, 1e-9, 1e-9);
        int meanSmall = 0;
        int shareSmall = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Progress ofMean = Progress.START;
            Progress ofShare = Progress.START;
            for (int i = 0; i < 500; i++) {
                ofMean = mean.observe(ofMean, Evidence.of(random.nextGaussian()));
                ofShare = share.observe(ofShare, bad(0.1).apply(random));
            }
            meanSmall += ofMean.pValue() <= 0.05 ? 1 : 0;
            shareSmall += ofShare.pValue() <= 0.05 ? 1 : 0;
        }
        assertThat(meanSmall / (double) RUNS).isBetween(0.001, 0.055);
        assertThat(shareSmall / (double) RUNS).isBetween(0.001, 0.055);
    }

    @Test
    void progressTakenFromNumbersGoesOnTheSameWay() {
        MeanSprt test = new MeanSprt(0, 0.5, 0.05, 0.05);
        SplittableRandom random = new SplittableRandom(7);
        Progress straight = Progress.START;
        Progress stored = Progress.START;
        for (int i = 0; i < 200; i++) {
            Evidence sample = Evidence.of(0.25 + random.nextGaussian());
            straight = test.observe(straight, sample);
            Evidence all = stored.evidence();
            stored = test.observe(
                    new Progress(new Evidence(all.count(), all.sum(), all.squares()), stored.peak(), stored.decision()),
                    sample);
        }
        assertThat(stored).isEqualTo(straight);
    }

    @Test
    void decisionStays() {
        BernoulliSprt test = new BernoulliSprt(0.1, 0.15, 0.05, 0.05);
        Progress rejected = test.observe(Progress.START, Evidence.of(100, 60));
        assertThat(rejected.decision()).isEqualTo(Decision.REJECTED);
        assertThat(test.observe(rejected, Evidence.of(10_000, 0)).decision()).isEqualTo(Decision.REJECTED);
    }

    @Test
    void holmStepsDownUntilTheFirstThatIsNotBelowItsShare() {
        // Each is compared with alpha/4, alpha/3, alpha/2, alpha in order.
        assertThat(Holm.rejected(Map.of("a", 0.004, "b", 0.011, "c", 0.039, "d", 0.5), 0.05))
                .containsExactlyInAnyOrder("a", "b");
        assertThat(Holm.rejected(Map.of("a", 0.02, "b", 0.02, "c", 0.02), 0.05)).isEmpty();
        assertThat(Holm.share(0.05, 5)).isCloseTo(0.01, within(1e-12));
    }

    @Test
    void anErrorThatIsNextToNothingIsNotDecidedByTheFirstSample() {
        BernoulliSprt test = new BernoulliSprt(0.1, 0.15, 0.05, 1e-17);
        assertThat(test.fixedSamples()).isGreaterThan(1000);
        assertThat(test.decide(Evidence.of(1, 0))).isEqualTo(Decision.OPEN);
    }

    @Test
    void upperQuantileAgreesWithTheTable() {
        assertThat(Errors.upperQuantile(0.05)).isCloseTo(1.644854, within(5e-4));
        assertThat(Errors.upperQuantile(0.001)).isCloseTo(3.090232, within(5e-4));
    }

    @Test
    void refusesHypothesesAndErrorsThatMakeNoTest() {
        assertThatThrownBy(() -> new BernoulliSprt(0.2, 0.1, 0.05, 0.05)).hasMessageContaining("p0 (0.2)");
        assertThatThrownBy(() -> new MeanSprt(1, 1, 0.05, 0.05)).hasMessageContaining("tolerated (1.0)");
        assertThatThrownBy(() -> new MeanSprt(0, 1, 0, 0.05)).hasMessageContaining("alpha (0.0)");
        assertThatThrownBy(() -> Evidence.of(3, 4)).hasMessageContaining("4 bad of 3");
    }
}
