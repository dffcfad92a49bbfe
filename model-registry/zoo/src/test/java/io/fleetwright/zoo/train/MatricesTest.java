package io.fleetwright.zoo.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class MatricesTest {
    @Test
    void productEqualsTheFormulaForEveryRemainder() {
        SeededCases.forEach(1, 60, (random, _) -> {
            int m = random.nextInt(1, 14);
            int n = 8 * random.nextInt(1, 6);
            int depth = random.nextInt(0, 20);
            float[] a = values(random, m * depth);
            float[] b = values(random, depth * n);
            var c = new float[m * n + 1];
            c[m * n] = 77;
            boolean transposed = random.nextBoolean();
            var view = transposed ? Matrices.View.transposed(a, m) : Matrices.View.rows(a, depth);

            Matrices.multiply(m, n, depth, view, b, c);

            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int p = 0; p < depth; p++) {
                        sum += (double) (transposed ? a[p * m + i] : a[i * depth + p]) * b[p * n + j];
                    }
                    assertThat((double) c[i * n + j]).isCloseTo(sum, within(1e-5));
                }
            }
            assertThat(c[m * n]).as("canary").isEqualTo(77);
        });
    }

    @Test
    void refusesAWidthThatLanesDoNotDivide() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Matrices.multiply(1, 12, 1, Matrices.View.rows(new float[1], 1), new float[12], new float[12]))
                .withMessageContaining("12");
    }

    private static float[] values(SplittableRandom random, int length) {
        var values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
