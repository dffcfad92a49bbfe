package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteOperator.coordinates;
import static io.fleetwright.runtime.TfliteOperator.element;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.SeededCases;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RESIZE_BILINEAR against four weights in exact decimals. */
class ResizeBilinearTest {
    private static final int RESIZE_BILINEAR = 23;
    private static final BigDecimal ONE = BigDecimal.ONE;

    /** Two neighbours along a dimension, and how much of the second. */
    private record Between(int before, int after, BigDecimal weight) {
        static Between of(int position, int in, int out, boolean alignsCorners, boolean halfPixelCenters) {
            boolean corners = alignsCorners && out > 1;
            var from = BigDecimal.valueOf(1024L * (corners ? in - 1 : in));
            var to = BigDecimal.valueOf(corners ? out - 1 : out);
            // The step from one output position to the next, to the nearest 1024th.
            var step = from.divide(to, 20, RoundingMode.HALF_EVEN).setScale(0, RoundingMode.HALF_UP);
            var at = BigDecimal.valueOf(position).multiply(step);
            if (halfPixelCenters) {
                at = at.add(step.divide(BigDecimal.TWO).setScale(0, RoundingMode.DOWN))
                        .subtract(BigDecimal.valueOf(512));
            }
            at = at.divide(BigDecimal.valueOf(1024));
            int before = Math.max(at.setScale(0, RoundingMode.DOWN).intValueExact(), 0);
            int after = Math.min(
                    at.setScale(0, at.signum() < 0 ? RoundingMode.DOWN : RoundingMode.UP)
                            .intValueExact(),
                    in - 1);
            return new Between(before, after, at.subtract(BigDecimal.valueOf(before)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void equalsFourWeightedNeighbours(int bits) {
        SeededCases.forEach(1, 300, (random, _) -> {
            int[] shape = TfliteOperator.shape(random, 4, random.nextInt(6) == 0 ? 12 : 6);
            int[] resized = {shape[0], random.nextInt(1, 14), random.nextInt(1, 14), shape[3]};
            boolean alignsCorners = random.nextInt(3) == 0;
            boolean halfPixelCenters = !alignsCorners && random.nextBoolean();
            short[] in = Int16Values.shorts(random, elements(shape));
            if (bits == 8) {
                for (int i = 0; i < in.length; i++) {
                    in[i] = (byte) in[i];
                }
            }
            var writer = new TfliteWriter();
            int input = activation(writer, bits, shape);
            int size = writer.ints(resized[1], resized[2]);
            int output = activation(writer, bits, resized);
            var options = table(null, null, (byte) (alignsCorners ? 1 : 0), (byte) (halfPixelCenters ? 1 : 0));
            writer.operator(RESIZE_BILINEAR, 3, 15, options, new int[] {input, size}, output);
            short[] expected = new short[elements(resized)];
            for (int i = 0; i < expected.length; i++) {
                int[] at = coordinates(resized, i);
                var y = Between.of(at[1], shape[1], resized[1], alignsCorners, halfPixelCenters);
                var x = Between.of(at[2], shape[2], resized[2], alignsCorners, halfPixelCenters);
                var sum = BigDecimal.ZERO;
                for (int row : new int[] {0, 1}) {
                    for (int column : new int[] {0, 1}) {
                        int pixel = in[
                                element(
                                        shape,
                                        at[0],
                                        row == 0 ? y.before : y.after,
                                        column == 0 ? x.before : x.after,
                                        at[3])];
                        var weight = (row == 0 ? ONE.subtract(y.weight) : y.weight)
                                .multiply(column == 0 ? ONE.subtract(x.weight) : x.weight);
                        sum = sum.add(weight.multiply(BigDecimal.valueOf(pixel)));
                    }
                }
                expected[i] = sum.setScale(0, RoundingMode.HALF_UP)
                        .toBigIntegerExact()
                        .shortValueExact();
            }
            writer.ports(new int[] {input}, new int[] {output});
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, little(in, bits)))
                    .as("%s to %s", Arrays.toString(shape), Arrays.toString(resized))
                    .isEqualTo(little(expected, bits));
        });
    }

    private static int activation(TfliteWriter writer, int bits, int... shape) {
        return bits == 8 ? writer.activation(0.5f, 3, shape) : writer.activation16(0.5f, shape);
    }

    private static byte[] little(short[] values, int bits) {
        if (bits == 16) {
            return Int16Values.littleEndian(values);
        }
        byte[] narrow = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            narrow[i] = (byte) values[i];
        }
        return narrow;
    }
}
