package io.fleetwright.forge.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.EnumMap;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class RoundingTest {
    private static final int DEPTH = 10;
    private static final Offset<Double> ROUNDING = within(1e-9);

    @Test
    void adaptiveEndsWhereNoFlipHelpsBetweenTheBestOfAllAndTheNearest() {
        SeededCases.forEach(1, 60, (random, _) -> {
            WeightGrid grid = WeightGrid.fit(rows(random, 1), WeightFormat.INT4);
            double[] weights = weights(grid);
            double[] steps = grid.steps(0);
            var inputs = new SecondMoments(correlated(random), DEPTH);
            int[] nearest = rounded(Rounding.NEAREST, grid, inputs);
            int[] adaptive = rounded(Rounding.ADAPTIVE, grid, inputs);

            Levels levels = Levels.of(WeightFormat.INT4);
            double best = Double.POSITIVE_INFINITY;
            var candidate = new int[DEPTH];
            for (int choice = 0; choice < 1 << DEPTH; choice++) {
                for (int i = 0; i < DEPTH; i++) {
                    double at = weights[i] / steps[i];
                    candidate[i] = (choice >> i & 1) == 0 ? levels.below(at) : levels.above(at);
                }
                best = Math.min(best, slowError(weights, steps, candidate, inputs));
            }
            double reached = slowError(weights, steps, adaptive, inputs);
            assertThat(reached).isBetween(best - 1e-12, slowError(weights, steps, nearest, inputs) + 1e-12);
            for (int i = 0; i < DEPTH; i++) {
                int[] flipped = adaptive.clone();
                double at = weights[i] / steps[i];
                flipped[i] = flipped[i] == levels.below(at) ? levels.above(at) : levels.below(at);
                assertThat(slowError(weights, steps, flipped, inputs)).isGreaterThanOrEqualTo(reached - 1e-9);
            }
        });
    }

    @Test
    void adaptiveAndOptqLowerTheErrorOfCorrelatedInputsByALot() {
        var errors = new EnumMap<Rounding, Double>(Rounding.class);
        SeededCases.forEach(1, 40, (random, _) -> {
            WeightGrid grid = WeightGrid.fit(rows(random, 1), WeightFormat.INT4);
            var inputs = new SecondMoments(correlated(random), DEPTH);
            for (Rounding rounding : Rounding.values()) {
                int[] levels = rounded(rounding, grid, inputs);
                errors.merge(rounding, slowError(weights(grid), grid.steps(0), levels, inputs), Double::sum);
            }
        });
        double nearest = errors.getOrDefault(Rounding.NEAREST, 0.0);
        assertThat(errors.get(Rounding.ADAPTIVE)).isLessThan(0.5 * nearest);
        assertThat(errors.get(Rounding.OPTQ)).isLessThan(0.7 * nearest);
    }

    /** Optimal brain compression with the whole inverse, one weight taken out of it at a time. */
    @Test
    void optqEqualsTheUpdateByTheExplicitInverse() {
        SeededCases.forEach(1, 60, (random, _) -> {
            WeightGrid grid = WeightGrid.fit(rows(random, 1), WeightFormat.INT4);
            double[] products = correlated(random);
            double[] steps = grid.steps(0);
            double[] rest = weights(grid);
            double[] inverse =
                    Cholesky.inverse(new SecondMoments(products, DEPTH).damped(SecondMoments.COLUMN_DAMPING), DEPTH);
            var expected = new int[DEPTH];
            for (int i = 0; i < DEPTH; i++) {
                expected[i] = grid.nearest(0, rest[i], steps[i]);
                double error = (rest[i] - expected[i] * steps[i]) / inverse[i * DEPTH + i];
                double[] smaller = inverse.clone();
                for (int j = i + 1; j < DEPTH; j++) {
                    rest[j] -= error * inverse[i * DEPTH + j];
                    for (int k = i + 1; k < DEPTH; k++) {
                        smaller[j * DEPTH + k] -=
                                inverse[j * DEPTH + i] * inverse[i * DEPTH + k] / inverse[i * DEPTH + i];
                    }
                }
                inverse = smaller;
            }
            assertThat(rounded(Rounding.OPTQ, grid, new SecondMoments(products, DEPTH)))
                    .isEqualTo(expected);
        });
    }

    @Test
    void factorOfTheInverseMultipliesBackToTheIdentity() {
        SeededCases.forEach(1, 50, (random, _) -> {
            double[] a = new SecondMoments(correlated(random), DEPTH).damped(SecondMoments.COLUMN_DAMPING);
            double[] upper = Cholesky.upperOfInverse(a, DEPTH);
            for (int i = 0; i < DEPTH; i++) {
                for (int j = 0; j < DEPTH; j++) {
                    double sum = 0;
                    for (int k = 0; k < DEPTH; k++) {
                        for (int l = 0; l < DEPTH; l++) {
                            sum += upper[k * DEPTH + i] * upper[k * DEPTH + l] * a[l * DEPTH + j];
                        }
                    }
                    assertThat(sum).isCloseTo(i == j ? 1 : 0, within(1e-6));
                }
                for (int j = 0; j < i; j++) {
                    assertThat(upper[i * DEPTH + j]).isZero();
                }
            }
        });
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cholesky.lower(new double[] {1, 2, 2, 1}, 2))
                .withMessageContaining("pivot 1 (-3.0)");
    }

    @Test
    void ternaryKeepsWhatIsAboveTheDeadZoneAtItsMeanSize() {
        SeededCases.forEach(1, 50, (random, _) -> {
            WeightRows rows = rows(random, 3);
            WeightGrid grid = WeightGrid.fit(rows, WeightFormat.TERNARY);
            for (int c = 0; c < 3; c++) {
                double mean = 0;
                for (int i = 0; i < DEPTH; i++) {
                    mean += Math.abs(rows.values()[c * DEPTH + i]) / DEPTH;
                }
                double sum = 0;
                int living = 0;
                for (int i = 0; i < DEPTH; i++) {
                    double weight = rows.values()[c * DEPTH + i];
                    boolean lives = Math.abs(weight) > 0.7 * mean;
                    sum += lives ? Math.abs(weight) : 0;
                    living += lives ? 1 : 0;
                    assertThat(grid.nearest(c, weight, 1)).isEqualTo(lives ? (int) Math.signum(weight) : 0);
                }
                double size = sum / living;
                assertThat(grid.steps(c)[0]).isBetween(size * 0.999, size * 1.045);
            }
        });
    }

    @Test
    void groupsOfTheirOwnRangeLoseLessThanOneRangeForAll() {
        SeededCases.forEach(1, 20, (random, _) -> {
            var values = new float[128];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextDouble(-1, 1) * (i < 32 ? 1 : 0.2));
            }
            var rows = new WeightRows(1, values.length, values);
            assertThat(plainError(rows, WeightFormat.INT4_G32)).isLessThan(0.5 * plainError(rows, WeightFormat.INT4));
        });
    }

    private static double plainError(WeightRows rows, WeightFormat format) {
        WeightGrid grid = WeightGrid.fit(rows, format);
        var levels = new int[rows.depth()];
        double[] steps = grid.steps(0);
        for (int i = 0; i < levels.length; i++) {
            levels[i] = grid.nearest(0, rows.values()[i], steps[i]);
        }
        float[] real = grid.at(levels).real().values();
        double sum = 0;
        for (int i = 0; i < real.length; i++) {
            sum += Math.pow(real[i] - rows.values()[i], 2);
        }
        return sum;
    }

    private static int[] rounded(Rounding rounding, WeightGrid grid, SecondMoments inputs) {
        var levels = new int[DEPTH];
        rounding.round(grid, 0, weights(grid), inputs, levels);
        return levels;
    }

    private static double[] weights(WeightGrid grid) {
        var weights = new double[DEPTH];
        for (int i = 0; i < DEPTH; i++) {
            weights[i] = grid.rows().values()[i];
        }
        return weights;
    }

    private static double slowError(double[] weights, double[] steps, int[] levels, SecondMoments inputs) {
        double sum = 0;
        for (int i = 0; i < DEPTH; i++) {
            for (int j = 0; j < DEPTH; j++) {
                sum += (levels[i] * steps[i] - weights[i])
                        * inputs.products()[i * DEPTH + j]
                        * (levels[j] * steps[j] - weights[j]);
            }
        }
        assertThat(inputs.error(weights, steps, levels)).isCloseTo(sum, ROUNDING);
        return sum;
    }

    static WeightRows rows(SplittableRandom random, int channels) {
        var values = new float[channels * DEPTH];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new WeightRows(channels, DEPTH, values);
    }

    /** Second moments of inputs with a common part, as pixels side by side have. */
    private static double[] correlated(SplittableRandom random) {
        var products = new double[DEPTH * DEPTH];
        int samples = 40;
        for (int n = 0; n < samples; n++) {
            double common = random.nextDouble(0, 2);
            var x = new double[DEPTH];
            for (int i = 0; i < DEPTH; i++) {
                x[i] = common + random.nextDouble(0, 0.8);
            }
            for (int i = 0; i < DEPTH; i++) {
                for (int j = 0; j < DEPTH; j++) {
                    products[i * DEPTH + j] += x[i] * x[j] / samples;
                }
            }
        }
        return products;
    }
}
