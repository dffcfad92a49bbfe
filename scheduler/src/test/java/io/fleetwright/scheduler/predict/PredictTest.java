package io.fleetwright.scheduler.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PredictTest {
    /** At the optimum no weight can be moved, nor a weight of 0 raised, without loss. */
    @Test
    void nonNegativeWeightsAreWhereNoMoveHelps() {
        SeededCases.forEach(1, 500, (random, _) -> {
            int n = random.nextInt(1, 9);
            double[][] a = IntStream.range(0, n + 3)
                    .mapToObj(_ -> random.doubles(n, -1, 1).toArray())
                    .toArray(double[][]::new);
            double[] y = random.doubles(n + 3, -1, 1).toArray();
            var q = new double[n][n];
            var b = new double[n];
            for (int i = 0; i < a.length; i++) {
                for (int j = 0; j < n; j++) {
                    b[j] += a[i][j] * y[i];
                    for (int k = 0; k < n; k++) {
                        q[j][k] += a[i][j] * a[i][k];
                    }
                }
            }
            for (int j = 0; j < n; j++) {
                q[j][j] += 1e-3;
            }
            double[] w = NonNegativeLeastSquares.solve(q, b);
            for (int j = 0; j < n; j++) {
                int at = j;
                double gradient =
                        IntStream.range(0, n).mapToDouble(k -> q[at][k] * w[k]).sum() - b[j];
                assertThat(w[j]).isGreaterThanOrEqualTo(0);
                assertThat(w[j] > 0 ? Math.abs(gradient) : Math.max(0, -gradient))
                        .isLessThan(1e-6);
            }
        });
    }

    @Test
    void aDeviceThatIsAMixtureIsFoundAndItsSpreadIsTheNoise() {
        SeededCases.forEach(2, 50, (random, _) -> {
            double noise = random.nextBoolean() ? 0 : 0.05;
            double[] truth = {3, 0, 1.5};
            double[][] known = IntStream.range(0, 60)
                    .mapToObj(_ -> random.doubles(3, 1, 20).toArray())
                    .toArray(double[][]::new);
            double[] medians = {10, 10, 10};
            double[] observed = Arrays.stream(known)
                    .mapToDouble(row ->
                            (truth[0] * row[0] + truth[2] * row[2]) / 10 * Math.exp(noise * random.nextGaussian()))
                    .toArray();
            DeviceMixture mixture = DeviceMixture.fit(medians, known, observed);
            for (int n = 0; n < 20; n++) {
                double[] row = random.doubles(3, 1, 20).toArray();
                double real = (truth[0] * row[0] + truth[2] * row[2]) / 10;
                assertThat(mixture.millis(row)).isCloseTo(real, within(0.06 * real));
                assertThat(mixture.p90Millis(row)).isGreaterThanOrEqualTo(mixture.millis(row));
            }
            assertThat(mixture.spread()).isBetween(0.5 * noise, 1.6 * noise + 0.01);
        });
    }

    @Test
    void finishedTasksTeachADeviceThatBecameSlower() {
        var random = new SplittableRandom(3);
        double[][] known = IntStream.range(0, 10)
                .mapToObj(_ -> random.doubles(2, 1, 20).toArray())
                .toArray(double[][]::new);
        DeviceMixture mixture = DeviceMixture.fit(
                new double[] {10, 10},
                known,
                Arrays.stream(known).mapToDouble(row -> row[0]).toArray());
        for (int n = 0; n < 600; n++) {
            double[] row = random.doubles(2, 1, 20).toArray();
            mixture = mixture.observe(row, 2 * row[0]);
        }
        assertThat(mixture.millis(new double[] {10, 3})).isCloseTo(20, within(0.5));
    }

    @Test
    void driftRingsForALastingShiftAndHardlyEverWithoutOne() {
        var random = new SplittableRandom(4);
        int rung = 0;
        var quiet = new DriftAlarm(0.1);
        for (int n = 0; n < 20_000; n++) {
            rung += quiet.observe(Math.exp(0.1 * random.nextGaussian()), 1) ? 1 : 0;
        }
        // Average run lengths of two-sided sums with k = 0.5 and h = 5: 465 without a shift, 10.4 with one of a
        // deviation.
        assertThat(rung).isBetween(20, 80);
        int waited = 0;
        for (int trial = 0; trial < 500; trial++) {
            var shifted = new DriftAlarm(0.1);
            int tasks = 1;
            while (!shifted.observe(Math.exp(0.1 * (1 + random.nextGaussian())), 1)) {
                tasks++;
            }
            waited += tasks;
        }
        assertThat(waited / 500.0).isBetween(9.0, 12.0);
    }

    @Test
    void operatorsAddUpToWhatTheyTook() {
        SeededCases.forEach(5, 20, (random, _) -> {
            double[] cost = random.doubles(12, 0, 5).toArray();
            double[][] features = IntStream.range(0, 200)
                    .mapToObj(
                            _ -> random.doubles(12).map(u -> Math.floor(3 * u)).toArray())
                    .toArray(double[][]::new);
            double[] observed = Arrays.stream(features)
                    .mapToDouble(row -> 7
                            + IntStream.range(0, 12)
                                    .mapToDouble(i -> cost[i] * row[i])
                                    .sum())
                    .toArray();
            OperatorModel model = OperatorModel.fit(features, observed);
            double[] unseen = random.doubles(12).map(u -> Math.floor(3 * u)).toArray();
            double real = 7
                    + IntStream.range(0, 12)
                            .mapToDouble(i -> cost[i] * unseen[i])
                            .sum();
            assertThat(model.millis(unseen)).isCloseTo(real, within(0.02 * real));
        });
    }

    @Test
    void aLayerTakesWhatItsSlowerSideTakes() {
        var roofline = new Roofline(1000, 100, 0.5, 2);
        assertThat(roofline.millis(5000, 10)).isEqualTo(12);
        assertThat(roofline.millis(5, 3000)).isEqualTo(32);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Roofline(1000, 100, 0, 2))
                .withMessageContaining("efficiency (0.0)");
    }

    @Test
    void probesComeFromEachPartOfTheSizes() {
        SeededCases.forEach(6, 100, (random, _) -> {
            double[] sizes = random.doubles(100, 0, 1).toArray();
            double[] sorted = sizes.clone();
            Arrays.sort(sorted);
            var chosen = Probes.choose(sizes, 10, random);
            for (int part = 0; part < 10; part++) {
                assertThat(sizes[chosen.get(part)]).isBetween(sorted[10 * part], sorted[10 * part + 9]);
            }
        });
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Probes.choose(new double[3], 4, new SplittableRandom(1)))
                .withMessageContaining("probes (4) must be 1 to 3");
    }

    @Test
    void ranksCorrelateAsByHand() {
        assertThat(RankCorrelation.of(new double[] {1, 2, 3, 4}, new double[] {10, 20, 30, 400}))
                .isEqualTo(1);
        assertThat(RankCorrelation.of(new double[] {1, 2, 3, 4}, new double[] {4, 3, 2, 1}))
                .isEqualTo(-1);
        // Ranks 0, 1.5, 1.5, 3 and 0, 1, 2, 3: 4.5 over the root of 4.5 times 5
        assertThat(RankCorrelation.of(new double[] {1, 2, 2, 3}, new double[] {1, 2, 3, 4}))
                .isCloseTo(4.5 / Math.sqrt(4.5 * 5), within(1e-12));
        assertThat(RankCorrelation.of(new double[] {1, 1}, new double[] {1, 2})).isZero();
    }

    @Test
    void latenciesThatAreNoneAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceMixture.fit(new double[] {1}, new double[][] {{0}}, new double[] {1}))
                .withMessageContaining("above 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceMixture.fit(new double[] {1}, new double[][] {{1, 2}}, new double[] {1}))
                .withMessageContaining("probe 0 has 2 latencies of 1 devices");
    }
}
