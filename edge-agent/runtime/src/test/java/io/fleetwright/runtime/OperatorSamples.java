package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteWriter.table;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** One small, sound TFLite file for each operator that can be read. */
final class OperatorSamples {
    /**
     * How to write one operator.
     *
     * @param builtin code in the schema
     * @param optionsType number in the schema's union, 0 for none
     */
    record Sample(int builtin, int version, int optionsType, TfliteWriter.Table options, Tensors tensors) {
        byte[] file() {
            var writer = new TfliteWriter();
            var ids = tensors.writeTo(writer);
            return writer.operator(builtin, version, optionsType, options, ids.inputs, ids.outputs)
                    .ports(ids.ports, ids.outputs)
                    .toBytes();
        }
    }

    /** Writes the tensors and says which are read and written. */
    @FunctionalInterface
    interface Tensors {
        Ids writeTo(TfliteWriter writer);
    }

    /** @param ports inputs of the graph */
    record Ids(int[] inputs, int[] outputs, int[] ports) {}

    private static final TfliteWriter.Table NONE = table();
    private static final int[] IMAGE = {1, 4, 4, 2};
    private static final float UNIT_16 = 1f / 32_768;

    private OperatorSamples() {}

    private static Ids ids(int[] inputs, int[] outputs, int... ports) {
        return new Ids(inputs, outputs, ports);
    }

    private static int image(TfliteWriter w, int... shape) {
        return w.activation(0.5f, 3, shape);
    }

    /** From one activation to another. */
    private static Tensors unary(int[] from, float outputScale, int outputZero, int... to) {
        return w -> {
            int in = image(w, from);
            int out = w.activation(outputScale, outputZero, to);
            return ids(new int[] {in}, new int[] {out}, in);
        };
    }

    private static Tensors pairwise() {
        return w -> {
            int left = image(w, IMAGE);
            int right = w.weights(0.25f, new byte[] {3, -4}, 2);
            int out = image(w, IMAGE);
            return ids(new int[] {left, right}, new int[] {out}, left);
        };
    }

    /** With one constant that says how. */
    private static Tensors told(int[] from, int[] constant, int... to) {
        return w -> {
            int in = image(w, from);
            int how = w.ints(constant);
            int out = image(w, to);
            return ids(new int[] {in, how}, new int[] {out}, in);
        };
    }

    private static Tensors product(int[] from, int[] filter, int units, int... to) {
        return w -> {
            int in = image(w, from);
            int weights = w.weights(0.1f, new byte[TfliteOperator.elements(filter)], filter);
            int bias = w.ints(new int[units]);
            int out = image(w, to);
            return ids(new int[] {in, weights, bias}, new int[] {out}, in);
        };
    }

    private static TfliteWriter.Table pool() {
        return table((byte) 1, 2, 2, 2, 2, (byte) 1);
    }

    /** By the operator's name. */
    static Map<String, Sample> all() {
        var all = new LinkedHashMap<String, Sample>();
        all.put(
                "CONV_2D",
                new Sample(
                        3,
                        3,
                        1,
                        table((byte) 0, 2, 2, (byte) 1),
                        product(IMAGE, new int[] {3, 2, 2, 2}, 3, 1, 2, 2, 3)));
        all.put(
                "DEPTHWISE_CONV_2D",
                new Sample(
                        4,
                        3,
                        2,
                        table((byte) 0, 1, 1, 2, (byte) 3),
                        product(IMAGE, new int[] {1, 3, 3, 4}, 4, 1, 4, 4, 4)));
        all.put(
                "FULLY_CONNECTED",
                new Sample(9, 4, 8, table((byte) 0), product(new int[] {2, 6}, new int[] {3, 6}, 3, 2, 3)));
        all.put("TRANSPOSE_CONV", new Sample(67, 4, 49, table((byte) 0, 2, 2, (byte) 1), w -> {
            int shape = w.ints(1, 8, 8, 3);
            int weights = w.weights(0.1f, new byte[3 * 2 * 2 * 2], 3, 2, 2, 2);
            int in = image(w, IMAGE);
            int bias = w.ints(1, 2, 3);
            int out = image(w, 1, 8, 8, 3);
            return ids(new int[] {shape, weights, in, bias}, new int[] {out}, in);
        }));
        all.put("AVERAGE_POOL_2D", new Sample(1, 2, 5, pool(), unary(IMAGE, 0.5f, 3, 1, 2, 2, 2)));
        all.put("MAX_POOL_2D", new Sample(17, 2, 5, pool(), unary(IMAGE, 0.5f, 3, 1, 2, 2, 2)));
        all.put("ADD", new Sample(0, 2, 11, table((byte) 1), pairwise()));
        all.put("SUB", new Sample(41, 2, 28, table((byte) 0), pairwise()));
        all.put("MUL", new Sample(18, 2, 21, table((byte) 3), pairwise()));
        all.put("RELU", new Sample(19, 2, 0, NONE, unary(IMAGE, 0.4f, -128, IMAGE)));
        all.put("RELU6", new Sample(21, 2, 0, NONE, unary(IMAGE, 0.1f, -128, IMAGE)));
        all.put("RELU_N1_TO_1", new Sample(20, 2, 0, NONE, unary(IMAGE, 0.01f, 0, IMAGE)));
        all.put("LOGISTIC", new Sample(14, 2, 0, NONE, unary(IMAGE, 1f / 256, -128, IMAGE)));
        all.put("TANH", new Sample(28, 2, 0, NONE, unary(IMAGE, 1f / 128, 0, IMAGE)));
        all.put("HARD_SWISH", new Sample(117, 1, 91, NONE, unary(IMAGE, 0.25f, -20, IMAGE)));
        all.put("LEAKY_RELU", new Sample(98, 1, 75, table(0.1f), unary(IMAGE, 0.25f, -20, IMAGE)));
        all.put("QUANTIZE", new Sample(114, 2, 89, NONE, unary(IMAGE, 0.25f, -20, IMAGE)));
        all.put("DEQUANTIZE", new Sample(6, 2, 38, NONE, w -> {
            int in = image(w, IMAGE);
            int out = w.tensor(IMAGE, 0, 0, new float[0], new long[0]);
            return ids(new int[] {in}, new int[] {out}, in);
        }));
        all.put("SOFTMAX", new Sample(25, 2, 9, table(1f), unary(new int[] {2, 5}, 1f / 256, -128, 2, 5)));
        all.put("MEAN", new Sample(40, 2, 27, table((byte) 1), told(IMAGE, new int[] {1, 2}, 1, 1, 1, 2)));
        all.put("RESHAPE", new Sample(22, 1, 17, NONE, told(IMAGE, new int[] {2, -1}, 2, 16)));
        all.put("SQUEEZE", new Sample(43, 1, 30, table((Object) new int[] {0}), unary(IMAGE, 0.5f, 3, 4, 4, 2)));
        all.put("EXPAND_DIMS", new Sample(70, 1, 52, NONE, told(IMAGE, new int[] {-1}, 1, 4, 4, 2, 1)));
        all.put("TRANSPOSE", new Sample(39, 2, 26, NONE, told(IMAGE, new int[] {0, 3, 1, 2}, 1, 2, 4, 4)));
        all.put("PAD", new Sample(34, 2, 22, NONE, told(IMAGE, new int[] {0, 0, 1, 1, 0, 2, 0, 0}, 1, 6, 6, 2)));
        all.put("PADV2", new Sample(60, 2, 43, NONE, w -> {
            int in = image(w, 3);
            int paddings = w.ints(1, 2);
            int value = w.tensor(new int[] {1}, 9, w.buffer(new byte[] {9}), new float[] {0.5f}, new long[] {3});
            int out = image(w, 6);
            return ids(new int[] {in, paddings, value}, new int[] {out}, in);
        }));
        all.put("CONCATENATION", new Sample(2, 2, 10, table(-1, (byte) 0), w -> {
            int left = image(w, 2, 3);
            int right = image(w, 2, 4);
            int out = image(w, 2, 7);
            return ids(new int[] {left, right}, new int[] {out}, left, right);
        }));
        all.put("PACK", new Sample(83, 2, 59, table(2, 1), w -> {
            int left = image(w, 2, 3);
            int right = image(w, 2, 3);
            int out = image(w, 2, 2, 3);
            return ids(new int[] {left, right}, new int[] {out}, left, right);
        }));
        all.put("UNPACK", new Sample(88, 2, 64, table(2, 1), w -> {
            int in = image(w, 2, 2, 3);
            int left = image(w, 2, 3);
            int right = image(w, 2, 3);
            return ids(new int[] {in}, new int[] {left, right}, in);
        }));
        all.put("SPLIT", new Sample(49, 2, 35, table(2), w -> {
            int axis = w.ints(1);
            int in = image(w, 2, 6);
            int left = image(w, 2, 3);
            int right = image(w, 2, 3);
            return ids(new int[] {axis, in}, new int[] {left, right}, in);
        }));
        all.put("SLICE", new Sample(65, 2, 48, NONE, w -> {
            int in = image(w, 4, 6);
            int begin = w.ints(1, 2);
            int size = w.ints(2, -1);
            int out = image(w, 2, 4);
            return ids(new int[] {in, begin, size}, new int[] {out}, in);
        }));
        all.put("STRIDED_SLICE", new Sample(45, 2, 32, table(2, 0, 0, 0, 1), w -> {
            int in = image(w, 4, 6);
            int begin = w.ints(1, 2);
            int end = w.ints(2, -1);
            int strides = w.ints(1, 2);
            int out = image(w, 3);
            return ids(new int[] {in, begin, end, strides}, new int[] {out}, in);
        }));
        all.put("UNIDIRECTIONAL_SEQUENCE_LSTM", new Sample(44, 1, 71, lstmOptions((byte) 4), lstm(Map.of())));
        all.put(
                "RESIZE_NEAREST_NEIGHBOR",
                new Sample(97, 3, 74, table((byte) 0, (byte) 1), told(IMAGE, new int[] {6, 3}, 1, 6, 3, 2)));
        all.put(
                "RESIZE_BILINEAR",
                new Sample(
                        23, 3, 15, table(null, null, (byte) 0, (byte) 1), told(IMAGE, new int[] {6, 3}, 1, 6, 3, 2)));
        return all;
    }

    static TfliteWriter.Table lstmOptions(byte activation) {
        return table(activation, 0f, 0f, (byte) 0);
    }

    /** Two sequences of three steps, depth 4, two units; {@code replaced} inputs by position. */
    static Tensors lstm(Map<Integer, Tensors> replaced) {
        return w -> {
            int[] in = new int[24];
            Arrays.fill(in, -1);
            in[0] = image(w, 2, 3, 4);
            for (int gate = 0; gate < 4; gate++) {
                in[1 + gate] = w.weights(0.01f, new byte[] {1, -2, 3, 4, 5, -6, 7, 8}, 2, 4);
                in[5 + gate] = w.weights(0.02f, new byte[] {11, -22, 33, 44}, 2, 2);
                in[12 + gate] = w.ints(100, -200);
            }
            in[18] = w.variable(9, 0.5f, 3, 2, 2);
            in[19] = w.variable(7, 0x1p-11f, 0, 2, 2);
            int out = image(w, 2, 3, 2);
            replaced.forEach((position, tensor) -> in[position] = tensor.writeTo(w).inputs[0]);
            return ids(in, new int[] {out}, in[0]);
        };
    }

    private static Tensors unary16(int[] from, float outputScale, int... to) {
        return w -> {
            int in = w.activation16(0.5f, from);
            int out = w.activation16(outputScale, to);
            return ids(new int[] {in}, new int[] {out}, in);
        };
    }

    private static Tensors product16(int[] from, int[] filter, boolean longs, int units, int... to) {
        return w -> {
            int in = w.activation16(0.5f, from);
            int weights = w.weights(0.1f, new byte[TfliteOperator.elements(filter)], filter);
            int bias = longs ? w.longs(new long[units]) : w.ints(new int[units]);
            int out = w.activation16(0.25f, to);
            return ids(new int[] {in, weights, bias}, new int[] {out}, in);
        };
    }

    /** By the name of those operators that compute on int16 activations as well. */
    static Map<String, Sample> inInt16() {
        var all = new LinkedHashMap<String, Sample>();
        all.put(
                "CONV_2D",
                new Sample(
                        3,
                        4,
                        1,
                        table((byte) 0, 2, 2, (byte) 1),
                        product16(IMAGE, new int[] {3, 2, 2, 2}, true, 3, 1, 2, 2, 3)));
        all.put(
                "DEPTHWISE_CONV_2D",
                new Sample(
                        4,
                        5,
                        2,
                        table((byte) 0, 1, 1, 2, (byte) 3),
                        product16(IMAGE, new int[] {1, 3, 3, 4}, true, 4, 1, 4, 4, 4)));
        all.put("TRANSPOSE_CONV", new Sample(67, 5, 49, table((byte) 0, 2, 2, (byte) 1, (byte) 4), w -> {
            int shape = w.ints(1, 8, 8, 3);
            int weights = w.weights(0.1f, new byte[3 * 2 * 2 * 2], 3, 2, 2, 2);
            int in = w.activation16(0.5f, IMAGE);
            int bias = w.longs(1, 2, 3);
            int out = w.activation16(0.25f, 1, 8, 8, 3);
            return ids(new int[] {shape, weights, in, bias}, new int[] {out}, in);
        }));
        all.put("RESIZE_BILINEAR", new Sample(23, 3, 15, table(), w -> {
            int in = w.activation16(0.5f, IMAGE);
            int size = w.ints(6, 5);
            int out = w.activation16(0.5f, 1, 6, 5, 2);
            return ids(new int[] {in, size}, new int[] {out}, in);
        }));
        // Says itself that products are added up in the type of the bias.
        all.put(
                "FULLY_CONNECTED",
                new Sample(
                        9,
                        11,
                        8,
                        table((byte) 0, null, null, null, (byte) 2),
                        product16(new int[] {2, 6}, new int[] {3, 6}, false, 3, 2, 3)));
        for (var pair : Map.of("ADD", new int[] {0, 3, 11}, "SUB", new int[] {41, 5, 28}, "MUL", new int[] {18, 4, 21})
                .entrySet()) {
            int[] numbers = pair.getValue();
            all.put(pair.getKey(), new Sample(numbers[0], numbers[1], numbers[2], table((byte) 1, (byte) 0), w -> {
                int left = w.activation16(0.5f, IMAGE);
                int right = w.tensor(
                        new int[] {2}, 7, w.buffer(new byte[] {3, 1, -4, -1}), new float[] {0.25f}, new long[] {0});
                int out = w.activation16(0.5f, IMAGE);
                return ids(new int[] {left, right}, new int[] {out}, left);
            }));
        }
        all.put("AVERAGE_POOL_2D", new Sample(1, 3, 5, pool(), unary16(IMAGE, 0.5f, 1, 2, 2, 2)));
        all.put("MAX_POOL_2D", new Sample(17, 3, 5, pool(), unary16(IMAGE, 0.5f, 1, 2, 2, 2)));
        all.put("RELU", new Sample(19, 3, 0, NONE, unary16(IMAGE, 0.4f, IMAGE)));
        all.put("RELU6", new Sample(21, 3, 0, NONE, unary16(IMAGE, 0.1f, IMAGE)));
        all.put("LEAKY_RELU", new Sample(98, 2, 75, table(0.1f), unary16(IMAGE, 0.25f, IMAGE)));
        all.put("LOGISTIC", new Sample(14, 3, 0, NONE, unary16(IMAGE, UNIT_16, IMAGE)));
        all.put("TANH", new Sample(28, 3, 0, NONE, unary16(IMAGE, UNIT_16, IMAGE)));
        all.put("SOFTMAX", new Sample(25, 3, 9, table(1f), unary16(new int[] {2, 5}, UNIT_16, 2, 5)));
        all.put("MEAN", new Sample(40, 3, 27, table((byte) 1), w -> {
            int in = w.activation16(0.5f, IMAGE);
            int axes = w.ints(1, 2);
            int out = w.activation16(0.25f, 1, 1, 1, 2);
            return ids(new int[] {in, axes}, new int[] {out}, in);
        }));
        all.put("QUANTIZE", new Sample(114, 2, 89, NONE, w -> {
            int in = w.activation16(0.5f, IMAGE);
            int out = image(w, IMAGE);
            return ids(new int[] {in}, new int[] {out}, in);
        }));
        all.put("DEQUANTIZE", new Sample(6, 3, 38, NONE, w -> {
            int in = w.activation16(0.5f, IMAGE);
            int out = w.tensor(IMAGE, 0, 0, new float[0], new long[0]);
            return ids(new int[] {in}, new int[] {out}, in);
        }));
        all.put("RESHAPE", new Sample(22, 1, 17, NONE, unary16(IMAGE, 0.5f, 2, 16)));
        all.put("PAD", new Sample(34, 3, 22, NONE, w -> {
            int in = w.activation16(0.5f, IMAGE);
            int paddings = w.ints(0, 0, 1, 1, 0, 2, 0, 0);
            int out = w.activation16(0.5f, 1, 6, 6, 2);
            return ids(new int[] {in, paddings}, new int[] {out}, in);
        }));
        return all;
    }
}
