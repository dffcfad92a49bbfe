package io.fleetwright.runtime.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Requantizer;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Rescaling in registers against the scalar form, where it is hardest: on ties and beside them, and at the ends of int32. */
class VectorRequantizerTest {
    private static final int CHANNELS = 24;
    private static final int ROWS = 60;

    private static Requantizer scalar(Arithmetic arithmetic, double[] factors, int zeroPoint) {
        var output = new Tensor(
                "output", new int[] {CHANNELS}, TensorType.INT8, new float[] {0.1f}, new int[] {zeroPoint}, 0, null);
        return new Requantizer(arithmetic, factors, CHANNELS, output, Activation.NONE);
    }

    private static double factor(SplittableRandom random, int exponentMin, int exponentMax) {
        double power = Math.scalb(1.0, random.nextInt(exponentMin, exponentMax));
        return switch (random.nextInt(3)) {
            case 0 -> power;
            case 1 -> power * random.nextInt(1, 64) / 64;
            default -> power * random.nextDouble(0.5, 1);
        };
    }

    /** A sum whose scaled value is near {@code target}: on a half, beside one, or anywhere. */
    private static int sum(SplittableRandom random, double factor, long most) {
        double target = random.nextInt(-300, 300) + (random.nextBoolean() ? 0.5 : random.nextDouble());
        long sum = Math.round(target / factor) + random.nextInt(-1, 2);
        return (int) Math.clamp(sum, -most, most);
    }

    private static void agree(
            SplittableRandom random, Arithmetic arithmetic, int exponentMin, int exponentMax, long most) {
        double[] factors = new double[CHANNELS];
        Arrays.setAll(factors, _ -> factor(random, exponentMin, exponentMax));
        var scalar = scalar(arithmetic, factors, random.nextInt(-128, 128));
        int[] starts = new int[CHANNELS];
        Arrays.setAll(starts, _ -> random.nextInt(3) == 0 ? 0 : (int) random.nextLong(-most / 4, most / 4 + 1));
        long[] sumMax = new long[CHANNELS];
        Arrays.fill(sumMax, most);
        var vector = new VectorRequantizer(scalar, starts, sumMax, random.nextBoolean() ? ROWS : 0);
        int count = random.nextInt(1, CHANNELS + 1);
        int[] sums = new int[ROWS * CHANNELS + 16];
        float[] floats = new float[sums.length];
        byte[] expected = new byte[ROWS * count];
        for (int row = 0; row < ROWS; row++) {
            for (int c = 0; c < count; c++) {
                int sum = sum(random, factors[c], most);
                sums[row * CHANNELS + c] = sum;
                floats[row * CHANNELS + c] = sum;
                expected[row * count + c] = scalar.apply(sum + starts[c], c);
            }
        }
        byte[] found = new byte[expected.length];
        int[] few = new int[VectorRequantizer.FEW];
        vector.apply(sums, 0, CHANNELS, ROWS, 0, count, found, 0, count, few);
        assertThat(found).as("from ints, %s", Arrays.toString(factors)).isEqualTo(expected);
        if (most < 1 << 24) {
            Arrays.fill(found, (byte) 0);
            vector.apply(floats, 0, CHANNELS, ROWS, 0, count, found, 0, count, few);
            assertThat(found).as("from floats, %s", Arrays.toString(factors)).isEqualTo(expected);
        }
    }

    @Test
    void usualLayers() {
        SeededCases.forEach(1, 1000, (random, _) -> {
            for (var arithmetic : Arithmetic.values()) {
                agree(random, arithmetic, -12, 1, 1 << 20);
            }
        });
    }

    @Test
    void factorsTooSmallForTheClampToHelp() {
        SeededCases.forEach(1, 1000, (random, _) -> {
            for (var arithmetic : Arithmetic.values()) {
                agree(random, arithmetic, -30, -11, 1 << 20);
            }
        });
    }

    @Test
    void sumsThatFillInt32() {
        SeededCases.forEach(1, 1000, (random, _) -> {
            for (var arithmetic : Arithmetic.values()) {
                agree(random, arithmetic, -31, 2, 1 << 29);
            }
        });
    }

    @Test
    void factorsAboveOneShiftLeft() {
        SeededCases.forEach(1, 1000, (random, _) -> {
            for (var arithmetic : Arithmetic.values()) {
                agree(random, arithmetic, 0, 8, 1 << 16);
            }
        });
    }

    /** The proof looks at 255 steps; this looks at every sum. */
    @Test
    void whereFloatsWereProvedEverySumAgrees() {
        int most = 1 << 14;
        int[] registers = new int[2];
        SeededCases.forEach(1, 60, (random, _) -> {
            var arithmetic =
                    random.nextBoolean() ? Arithmetic.TFLITE_DOUBLE_ROUNDING : Arithmetic.TFLITE_SINGLE_ROUNDING;
            double[] factors = new double[CHANNELS];
            Arrays.setAll(factors, _ -> factor(random, -9, -3));
            var scalar = scalar(arithmetic, factors, random.nextInt(-128, 128));
            int[] starts = new int[CHANNELS];
            Arrays.setAll(starts, _ -> random.nextInt(-most, most));
            long[] sumMax = new long[CHANNELS];
            Arrays.fill(sumMax, most);
            var proved = new FloatRequantizer(scalar, starts, sumMax);
            int lanes = FloatRequantizer.LANES;
            for (int first = 0; first + lanes <= CHANNELS; first += lanes) {
                registers[proved.isExact(first) ? 1 : 0]++;
                if (proved.isExact(first)) {
                    everySumAgrees(scalar, proved, starts, first, most);
                }
            }
        });
        assertThat(registers[0]).as("registers refused").isPositive();
        assertThat(registers[1]).as("registers proved").isPositive();
    }

    private static void everySumAgrees(Requantizer scalar, FloatRequantizer proved, int[] starts, int first, int most) {
        int lanes = FloatRequantizer.LANES;
        float[] sums = new float[lanes];
        byte[] expected = new byte[lanes];
        byte[] found = new byte[lanes];
        int[] few = new int[VectorRequantizer.FEW];
        for (int sum = -most; sum <= most; sum++) {
            Arrays.fill(sums, sum);
            for (int lane = 0; lane < lanes; lane++) {
                expected[lane] = scalar.apply(sum + starts[first + lane], first + lane);
            }
            proved.apply(sums, 0, lanes, 1, first, lanes, found, 0, lanes, few);
            if (!Arrays.equals(found, expected)) {
                assertThat(found).as("sum %d of channels from %d", sum, first).isEqualTo(expected);
            }
        }
    }
}
