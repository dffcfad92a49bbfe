package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteOperator.bytes;
import static io.fleetwright.runtime.TfliteOperator.coordinates;
import static io.fleetwright.runtime.TfliteOperator.element;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MEAN against its definition in unbounded integers. */
class MeanTest {
    private static final int MEAN = 40;
    private static final int INT8 = 9;
    private static final int INT16 = 7;

    private static short[] widened(byte[] bytes) {
        short[] values = new short[bytes.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = bytes[i];
        }
        return values;
    }

    private static byte[] narrowed(short[] values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static int[] reduced(int[] shape, boolean[] over) {
        int[] reduced = shape.clone();
        for (int d = 0; d < shape.length; d++) {
            reduced[d] = over[d] ? 1 : shape[d];
        }
        return reduced;
    }

    @ParameterizedTest
    @ValueSource(ints = {INT8, INT16})
    void meanEqualsItsDefinitionOverAnyAxes(int type) {
        boolean wide = type == INT16;
        int smallest = wide ? Short.MIN_VALUE : Byte.MIN_VALUE;
        SeededCases.forEach(1, 300, (random, _) -> {
            int rank = random.nextInt(1, 5);
            int[] shape = TfliteOperator.shape(random, rank, random.nextInt(10) == 0 ? 12 : 6);
            boolean[] over = new boolean[rank];
            for (int d = 0; d < rank; d++) {
                over[d] = random.nextBoolean();
            }
            over[random.nextInt(rank)] = true;
            int[] axes = IntStream.range(0, rank)
                    .filter(d -> over[d])
                    .map(d -> random.nextBoolean() ? d : d - rank)
                    .toArray();
            boolean keeps = random.nextBoolean();
            int[] kept = reduced(shape, over);
            int[] outputShape = keeps
                    ? kept
                    : IntStream.range(0, rank)
                            .filter(d -> !over[d])
                            .map(d -> shape[d])
                            .toArray();
            float inputScale = TfliteOperator.scale(random);
            float outputScale = random.nextInt(4) == 0 ? inputScale : inputScale * (float) random.nextDouble(0.05, 20);
            int inputZero = wide ? 0 : TfliteOperator.zeroPoint(random);
            int outputZero = wide ? 0 : TfliteOperator.zeroPoint(random);
            var rounding = TfliteOperator.rounding(random);
            short[] in = wide ? Int16Values.shorts(random, elements(shape)) : widened(bytes(random, elements(shape)));

            var writer = new TfliteWriter();
            int input = writer.tensor(shape, type, 0, new float[] {inputScale}, new long[] {inputZero});
            int axesId = writer.ints(axes);
            int output = writer.tensor(outputShape, type, 0, new float[] {outputScale}, new long[] {outputZero});
            var options = table((byte) (keeps ? 1 : 0));
            byte[] file = writer.operator(MEAN, 2, 27, options, new int[] {input, axesId}, output)
                    .toBytes();

            int count = elements(shape) / elements(kept);
            long[] sums = new long[elements(kept)];
            for (int i = 0; i < in.length; i++) {
                int[] at = coordinates(shape, i);
                for (int d = 0; d < rank; d++) {
                    at[d] = over[d] ? 0 : at[d];
                }
                sums[element(kept, at)] += in[i];
            }
            var factor = ExactScaling.of((double) inputScale / (double) outputScale);
            int gained = Math.min(Math.min(BigInteger.valueOf(count).bitLength() - 1, 32), 31 + factor.exponent());
            var perElement = new ExactScaling(
                    factor.mantissa().multiply(BigInteger.TWO.pow(gained)).divide(BigInteger.valueOf(count)),
                    factor.exponent() - gained);
            short[] expected = new short[sums.length];
            for (int i = 0; i < expected.length; i++) {
                var sum = BigInteger.valueOf(sums[i] - (long) count * inputZero);
                var mean = perElement.apply(rounding, sum).add(BigInteger.valueOf(outputZero));
                expected[i] = mean.max(BigInteger.valueOf(smallest))
                        .min(BigInteger.valueOf(-1 - smallest))
                        .shortValueExact();
                double real = Math.clamp(
                        (sums[i] / (double) count - inputZero) * inputScale / outputScale + outputZero,
                        smallest,
                        -1 - smallest);
                assertThat((double) expected[i]).isBetween(real - 1, real + 1);
            }
            short[] found = wide
                    ? Int16Values.run(file, rounding, in)
                    : widened(TfliteOperator.run(file, rounding, narrowed(in)));
            assertThat(found)
                    .as("%s over %s", Arrays.toString(shape), Arrays.toString(axes))
                    .isEqualTo(expected);
        });
    }
}
