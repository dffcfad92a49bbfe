package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteOperator.bytes;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.tflite.TfliteReader;
import io.fleetwright.testkit.SeededCases;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Weights of four bits give the bytes of the same integers stored in eight. */
class Int4WeightsTest {
    private static final int INT4 = 17;
    private static final int INT8 = 9;

    /** Two per byte, low half first. */
    private static byte[] packed(byte[] values) {
        byte[] packed = new byte[(values.length + 1) / 2];
        for (int i = 0; i < values.length; i++) {
            packed[i / 2] |= (byte) ((values[i] & 0xF) << (i % 2 * 4));
        }
        return packed;
    }

    /** One layer in either form. */
    private record Layer(
            int builtin,
            int optionsType,
            TfliteWriter.Table options,
            int[] from,
            int[] filter,
            int channels,
            int[] to) {
        static Layer any(SplittableRandom random) {
            int depth = random.nextInt(1, 20);
            int units = random.nextInt(1, 20);
            return switch (random.nextInt(3)) {
                case 0 ->
                    new Layer(
                            3,
                            1,
                            table((byte) 0, 1, 1, (byte) 0),
                            new int[] {1, 5, 4, depth},
                            new int[] {units, 3, 2, depth},
                            units,
                            new int[] {1, 5, 4, units});
                case 1 ->
                    new Layer(
                            4,
                            2,
                            table((byte) 0, 1, 1, 2, (byte) 1),
                            new int[] {1, 5, 4, depth},
                            new int[] {1, 3, 3, 2 * depth},
                            2 * depth,
                            new int[] {1, 5, 4, 2 * depth});
                default ->
                    new Layer(9, 8, table((byte) 0), new int[] {2, depth}, new int[] {units, depth}, units, new int[] {
                        2, units
                    });
            };
        }

        byte[] file(int type, byte[] weights, float[] scales, int[] bias) {
            var writer = new TfliteWriter();
            int input = writer.activation(0.1f, -5, from);
            int filterId = writer.tensor(
                    "w", filter, type, writer.buffer(weights), scales, new long[scales.length], builtin == 4 ? 3 : 0);
            int biasId = writer.ints(bias);
            int output = writer.activation(0.05f, 7, to);
            return writer.operator(builtin, 7, optionsType, options, new int[] {input, filterId, biasId}, output)
                    .toBytes();
        }
    }

    @Test
    void fourBitsGiveTheBytesOfEight() {
        SeededCases.forEach(1, 150, (random, _) -> {
            var layer = Layer.any(random);
            byte[] weights = bytes(random, elements(layer.filter));
            for (int i = 0; i < weights.length; i++) {
                weights[i] >>= 4;
            }
            float[] scales = new float[random.nextBoolean() ? 1 : layer.channels];
            for (int i = 0; i < scales.length; i++) {
                scales[i] = (float) random.nextDouble(0.01, 0.1);
            }
            int[] bias = random.ints(layer.channels, -500, 500).toArray();
            byte[] in = bytes(random, elements(layer.from));
            var rounding = TfliteOperator.rounding(random);
            byte[] four = layer.file(INT4, packed(weights), scales, bias);
            byte[] eight = layer.file(INT8, weights, scales, bias);
            assertThat(TfliteOperator.run(four, rounding, in)).isEqualTo(TfliteOperator.run(eight, rounding, in));
            assertThat(ModelReport.of(TfliteReader.read(four, "int4")).weightBytes())
                    .as("packed bytes and bias")
                    .isEqualTo((weights.length + 1) / 2 + 4L * bias.length);
        });
    }

    @Test
    void aBufferOfAnotherSizeIsRefused() {
        var layer = new Layer(9, 8, table((byte) 0), new int[] {2, 3}, new int[] {3, 3}, 3, new int[] {2, 3});
        for (int size : new int[] {4, 6, 9}) {
            assertThatThrownBy(() ->
                            TfliteReader.read(layer.file(INT4, new byte[size], new float[] {1}, new int[3]), "int4"))
                    .isInstanceOf(MalformedModelException.class)
                    .hasMessageContaining("tensor of 5 bytes has a buffer of " + size);
        }
    }
}
