package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteOperator.bytes;
import static io.fleetwright.runtime.TfliteOperator.coordinates;
import static io.fleetwright.runtime.TfliteOperator.element;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.SeededCases;
import org.junit.jupiter.api.Test;

/** Operators that put elements elsewhere, element by element against where each has to come from. */
class MovementTest {
    private static final int PAD = 34;
    private static final int TRANSPOSE = 39;
    private static final int PADV2 = 60;
    private static final int CASES = 200;

    @Test
    void paddingIsTheZeroPointOrTheGivenValue() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rank = random.nextInt(1, 5);
            int[] shape = TfliteOperator.shape(random, rank, 5);
            int[] paddings = TfliteOperator.shape(random, 2 * rank, 4);
            int[] padded = new int[rank];
            for (int d = 0; d < rank; d++) {
                paddings[2 * d]--;
                paddings[2 * d + 1]--;
                padded[d] = paddings[2 * d] + shape[d] + paddings[2 * d + 1];
            }
            int zeroPoint = TfliteOperator.zeroPoint(random);
            boolean given = random.nextBoolean();
            byte value = given ? (byte) random.nextInt() : (byte) zeroPoint;
            byte[] in = bytes(random, elements(shape));

            var writer = new TfliteWriter();
            int input = writer.activation(0.5f, zeroPoint, shape);
            int paddingsId = writer.ints(paddings);
            int output = writer.activation(0.5f, zeroPoint, padded);
            if (given) {
                int fill = writer.tensor(
                        new int[] {1}, 9, writer.buffer(new byte[] {value}), new float[] {0.5f}, new long[] {zeroPoint
                        });
                writer.operator(PADV2, 2, 43, table(), new int[] {input, paddingsId, fill}, output);
            } else {
                writer.operator(PAD, 2, 22, table(), new int[] {input, paddingsId}, output);
            }

            byte[] expected = new byte[elements(padded)];
            for (int i = 0; i < expected.length; i++) {
                int[] at = coordinates(padded, i);
                boolean inside = true;
                for (int d = 0; d < rank; d++) {
                    at[d] -= paddings[2 * d];
                    inside &= at[d] >= 0 && at[d] < shape[d];
                }
                expected[i] = inside ? in[element(shape, at)] : value;
            }
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, in))
                    .isEqualTo(expected);
        });
    }

    @Test
    void transpositionMovesEachElement() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rank = random.nextInt(1, 6);
            int[] shape = TfliteOperator.shape(random, rank, 5);
            int[] order = TfliteOperator.permutation(random, rank);
            int[] moved = new int[rank];
            for (int d = 0; d < rank; d++) {
                moved[d] = shape[order[d]];
            }
            byte[] in = bytes(random, elements(shape));
            var writer = new TfliteWriter();
            int input = writer.activation(0.5f, 3, shape);
            int orderId = writer.ints(order);
            int output = writer.activation(0.5f, 3, moved);
            writer.operator(TRANSPOSE, 2, 26, table(), new int[] {input, orderId}, output);
            byte[] expected = new byte[in.length];
            for (int i = 0; i < in.length; i++) {
                int[] from = coordinates(shape, i);
                int[] to = new int[rank];
                for (int d = 0; d < rank; d++) {
                    to[d] = from[order[d]];
                }
                expected[element(moved, to)] = in[i];
            }
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, in))
                    .isEqualTo(expected);
        });
    }
}
