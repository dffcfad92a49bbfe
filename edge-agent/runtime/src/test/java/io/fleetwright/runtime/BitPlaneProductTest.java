package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.kernel.BitCoding;
import io.fleetwright.runtime.kernel.BitPlaneProduct;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Bit-plane products against plain sums of int products, which they must equal. */
class BitPlaneProductTest {
    private static final int[] DEPTHS = {1, 2, 7, 31, 63, 64, 65, 100, 127, 128, 129, 192, 500, 784};

    private static List<BitCoding> codings() {
        var all = new ArrayList<>(List.of(BitCoding.BIPOLAR));
        for (int planes = 1; planes <= BitCoding.PLANES_MAX; planes++) {
            all.add(new BitCoding(BitCoding.Kind.UNSIGNED, planes));
            all.add(new BitCoding(BitCoding.Kind.SIGNED, planes));
        }
        return all;
    }

    /** All of the range, now and then its ends alone. */
    private static int value(SplittableRandom random, BitCoding coding, boolean extreme) {
        if (extreme || coding.kind() == BitCoding.Kind.BIPOLAR) {
            return random.nextBoolean() ? coding.least() : coding.most();
        }
        return random.nextInt(coding.least(), coding.most() + 1);
    }

    private static void isExact(SplittableRandom random, BitCoding left, BitCoding right) {
        int depth = DEPTHS[random.nextInt(DEPTHS.length)];
        int units = random.nextInt(1, 20);
        boolean extreme = random.nextInt(4) == 0;
        int[] vector = new int[depth];
        for (int k = 0; k < depth; k++) {
            vector[k] = value(random, left, extreme);
        }
        byte[] weights = new byte[units * depth];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (byte) value(random, right, extreme);
        }
        var product = new BitPlaneProduct(left, right, units, depth);
        byte[] planes = new byte[8 + product.leftLongs() * Long.BYTES];
        random.nextBytes(planes);
        product.packLeft(vector, planes, 8);
        long[] packed = new long[3 + product.rightLongs()];
        product.packRight(weights, 0, depth, packed, 3);
        int[] sums = new int[units];
        product.addConstantPart(packed, 3, sums, 0);
        product.accumulate(planes, 8, packed, 3, sums);
        for (int unit = 0; unit < units; unit++) {
            int expected = 0;
            for (int k = 0; k < depth; k++) {
                expected += vector[k] * weights[unit * depth + k];
            }
            assertThat(sums[unit])
                    .as("%s x %s, depth %d, unit %d", left, right, depth, unit)
                    .isEqualTo(expected);
        }
    }

    @Test
    void sumsEqualThoseOfIntProductsForEveryPairOfCodings() {
        for (var left : codings()) {
            for (var right : codings()) {
                SeededCases.forEach(1, 40, (random, _) -> isExact(random, left, right));
            }
        }
    }
}
