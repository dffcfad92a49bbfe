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
import org.junit.jupiter.api.Test;

/** MEAN against its definition in unbounded integers. */
class MeanTest {
    private static final int MEAN = 40;

    private static int[] reduced(int[] shape, boolean[] over) {
        int[] reduced = shape.clone();
        for (int d = 0; d < shape.length; d++) {
            reduced[d] = over[d] ? 1 : shape[d];
        }
        return reduced;
    }

    @Test
    void meanEqualsItsDefinitionOverAnyAxes() {
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
            int inputZero = TfliteOperator.zeroPoint(random);
            int outputZero = TfliteOperator.zeroPoint(random);
            var rounding = TfliteOperator.rounding(random);
            byte[] in = bytes(random, elements(shape));

            var writer = new TfliteWriter();
            int input = writer.activation(inputScale, inputZero, shape);
            int axesId = writer.ints(axes);
            int output = writer.activation(outputScale, outputZero, outputShape);
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
            byte[] expected = new byte[sums.length];
            for (int i = 0; i < expected.length; i++) {
                var sum = BigInteger.valueOf(sums[i] - (long) count * inputZero);
                expected[i] = ExactScaling.clamped(perElement.apply(rounding, sum), outputZero);
                double real = (sums[i] / (double) count - inputZero) * inputScale / outputScale + outputZero;
                assertThat((double) expected[i])
                        .isBetween(Math.clamp(real, -128, 127) - 1, Math.clamp(real, -128, 127) + 1);
            }
            assertThat(TfliteOperator.run(file, rounding, in))
                    .as("%s over %s", Arrays.toString(shape), Arrays.toString(axes))
                    .isEqualTo(expected);
        });
    }
}
