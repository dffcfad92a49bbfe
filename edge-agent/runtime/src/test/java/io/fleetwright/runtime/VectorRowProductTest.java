package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.kernel.RowProduct;
import io.fleetwright.testkit.SeededCases;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Float products on registers against the plain loop, bit for bit, around every number of lanes. */
class VectorRowProductTest {
    private static final int[] COLUMNS = {
        0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 128, 129, 200, 256
    };

    private static void fill(SplittableRandom random, float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1) * (random.nextInt(8) == 0 ? 1e6f : 1);
        }
    }

    @Test
    void bytesAreThoseOfThePlainLoop() {
        var vector = Kernels.vector().rowProduct();
        assertThat(vector).isNotSameAs(RowProduct.SCALAR);
        SeededCases.forEach(1, 400, (random, seed) -> {
            int columns = COLUMNS[random.nextInt(COLUMNS.length)];
            int depth = random.nextInt(0, 40);
            // Row, panel and sums in one array, with canaries around the sums.
            float[] expected = new float[5 + depth + depth * columns + columns + 3];
            fill(random, expected);
            float[] found = expected.clone();
            int panelAt = 5 + depth;
            int outAt = panelAt + depth * columns;
            RowProduct.SCALAR.accumulate(expected, 5, depth, expected, panelAt, columns, expected, outAt);
            vector.accumulate(found, 5, depth, found, panelAt, columns, found, outAt);
            for (int i = 0; i < found.length; i++) {
                assertThat(Float.floatToRawIntBits(found[i])).isEqualTo(Float.floatToRawIntBits(expected[i]));
            }
        });
    }
}
