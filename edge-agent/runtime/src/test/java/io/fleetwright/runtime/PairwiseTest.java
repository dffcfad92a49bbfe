package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteOperator.bytes;
import static io.fleetwright.runtime.TfliteOperator.coordinates;
import static io.fleetwright.runtime.TfliteOperator.element;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.testkit.SeededCases;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sums, differences and products, with every way of broadcasting and constants on either side, in unbounded integers. */
class PairwiseTest {
    private static final int CASES = 400;

    /** Codes of the schema: operator and options. */
    enum Kind {
        ADD(0, 11),
        SUB(41, 28),
        MUL(18, 21);

        private final int builtin;
        private final int optionsType;

        Kind(int builtin, int optionsType) {
            this.builtin = builtin;
            this.optionsType = optionsType;
        }

        int builtin() {
            return builtin;
        }

        int optionsType() {
            return optionsType;
        }
    }

    private record Side(int[] shape, float scale, int zeroPoint, byte[] values, boolean constant) {
        static Side of(SplittableRandom random, int[] shape, boolean constant) {
            return new Side(
                    shape,
                    (float) random.nextDouble(0.001, 0.5),
                    TfliteOperator.zeroPoint(random),
                    bytes(random, elements(shape)),
                    constant);
        }

        int writeTo(TfliteWriter writer) {
            return constant
                    ? writer.tensor(shape, 9, writer.buffer(values), new float[] {scale}, new long[] {zeroPoint})
                    : writer.activation(scale, zeroPoint, shape);
        }

        /** The value that an output element meets, without its zero point. */
        BigInteger at(int[] output) {
            int[] own = new int[shape.length];
            for (int d = 0; d < shape.length; d++) {
                own[d] = shape[d] == 1 ? 0 : output[output.length - shape.length + d];
            }
            return BigInteger.valueOf(values[element(shape, own)] - zeroPoint);
        }
    }

    /** Some dimensions become 1, some at the front are left out. */
    private static int[] narrowed(SplittableRandom random, int[] shape) {
        int[] narrowed = Arrays.copyOfRange(shape, random.nextInt(shape.length + 1), shape.length);
        for (int d = 0; d < narrowed.length; d++) {
            narrowed[d] = random.nextInt(3) == 0 ? 1 : narrowed[d];
        }
        return narrowed;
    }

    private static BigInteger combined(Kind kind, Rounding rounding, Side left, Side right, float out, int[] at) {
        if (kind == Kind.MUL) {
            double factor = (double) left.scale * (double) right.scale / (double) out;
            return ExactScaling.of(factor).apply(rounding, left.at(at).multiply(right.at(at)));
        }
        double common = 2 * Math.max((double) left.scale, (double) right.scale);
        var a = ExactScaling.of(left.scale / common).apply(rounding, left.at(at).shiftLeft(20));
        var b = ExactScaling.of(right.scale / common)
                .apply(rounding, right.at(at).shiftLeft(20));
        var sum = kind == Kind.ADD ? a.add(b) : a.subtract(b);
        return ExactScaling.of(common / ((1 << 20) * (double) out)).apply(rounding, sum);
    }

    @ParameterizedTest
    @EnumSource
    void equalsItsDefinition(Kind kind) {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int[] shape = TfliteOperator.shape(random, random.nextInt(1, 5), random.nextInt(8) == 0 ? 11 : 5);
            boolean broadcasts = random.nextBoolean();
            boolean leftNarrow = broadcasts && random.nextBoolean();
            int[] narrow = broadcasts ? narrowed(random, shape) : shape;
            boolean constant = random.nextInt(3) == 0;
            boolean leftConstant = constant && random.nextBoolean();
            var left = Side.of(random, leftNarrow ? narrow : shape, leftConstant);
            var right = Side.of(random, leftNarrow ? shape : narrow, constant && !leftConstant);
            // Every other time one for which some product lies next to the middle between two outputs.
            float out = random.nextBoolean()
                    ? (float) random.nextDouble(0.002, 0.5)
                    : left.scale * right.scale * random.nextInt(1, 2000) / (random.nextInt(128) + 0.5f);
            int outputZero = TfliteOperator.zeroPoint(random);
            int clamp = random.nextInt(4);
            var activation = new Activation[] {
                        Activation.NONE, Activation.RELU, Activation.RELU_N1_TO_1, Activation.RELU6
                    }
                    [clamp];
            var rounding = TfliteOperator.rounding(random);

            var writer = new TfliteWriter();
            int leftId = left.writeTo(writer);
            int rightId = right.writeTo(writer);
            int output = writer.activation(out, outputZero, shape);
            writer.operator(kind.builtin, 2, kind.optionsType, table((byte) clamp), new int[] {leftId, rightId}, output)
                    .ports(
                            left.constant
                                    ? new int[] {rightId}
                                    : right.constant ? new int[] {leftId} : new int[] {leftId, rightId},
                            new int[] {output});
            byte[] expected = new byte[elements(shape)];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = ExactScaling.clamped(
                        combined(kind, rounding, left, right, out, coordinates(shape, i)),
                        outputZero,
                        activation.low(out, outputZero),
                        activation.high(out, outputZero));
            }
            byte[] found = left.constant
                    ? TfliteOperator.run(writer.toBytes(), rounding, right.values)
                    : right.constant
                            ? TfliteOperator.run(writer.toBytes(), rounding, left.values)
                            : TfliteOperator.run(writer.toBytes(), rounding, left.values, right.values);
            assertThat(found)
                    .as("%s and %s", Arrays.toString(left.shape), Arrays.toString(right.shape))
                    .isEqualTo(expected);
        });
    }
}
