package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteWriter.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The files that {@link ReaderFuzzTest} starts from: tiny models that reach every part of the readers, and a few broken
 * ones. Names say which: {@code sound-*} are accepted, {@code broken-*} refused.
 */
final class FuzzSeeds {
    private static final TfliteWriter.Table NO_ACTIVATION = table((byte) 0);

    private FuzzSeeds() {}

    /** Writes all seeds below a folder, usually {@code src/test/resources/.../ReaderFuzzTestInputs}. */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0], "tflite"), tflite());
        write(Path.of(args[0], "onnx"), onnx());
    }

    private static void write(Path folder, Map<String, byte[]> seeds) throws IOException {
        Files.createDirectories(folder);
        for (var seed : seeds.entrySet()) {
            Files.write(folder.resolve(seed.getKey()), seed.getValue());
        }
    }

    static Map<String, byte[]> tflite() {
        var seeds = new TreeMap<String, byte[]>();
        var random = new SplittableRandom(1);
        byte[] network = network(random);
        seeds.put("sound-network", network);
        seeds.put("sound-fully-connected", fullyConnected().toBytes());
        OperatorSamples.all().forEach((name, sample) -> seeds.put("sound-" + name, sample.file()));
        OperatorSamples.inInt16().forEach((name, sample) -> seeds.put("sound-int16-" + name, sample.file()));
        seeds.put("broken-half", Arrays.copyOf(network, network.length / 2));
        seeds.put("broken-root", patched(fullyConnected().toBytes(), 0, Integer.MAX_VALUE));
        seeds.put("broken-empty", new byte[0]);
        var shapes = new TfliteWriter();
        shapes.activation(1, 0, 65_536, 65_536);
        seeds.put("broken-shape", shapes.toBytes());
        var late = new TfliteWriter();
        for (int i = 0; i < 3; i++) {
            late.activation(1, 0, 1, 2);
        }
        late.operator(0, 2, 11, NO_ACTIVATION, new int[] {0, 2}, 1);
        seeds.put("broken-order", late.toBytes());
        return seeds;
    }

    private static TfliteWriter fullyConnected() {
        var writer = new TfliteWriter();
        writer.activation(1, 0, 1, 2);
        writer.weights(1, new byte[] {1, 2, 3, -4}, 2, 2);
        writer.ints(10, 20);
        writer.activation(1, 0, 1, 2);
        return writer.operator(9, 4, 8, NO_ACTIVATION, new int[] {0, 1, 2}, 3);
    }

    /** Several operators: CONV_2D, DEPTHWISE_CONV_2D, ADD, AVERAGE_POOL_2D, RESHAPE, FULLY_CONNECTED, SOFTMAX. */
    private static byte[] network(SplittableRandom random) {
        var writer = new TfliteWriter();
        int in = writer.activation(0.5f, 3, 1, 4, 4, 2);
        int filter = writer.weights(0.1f, bytes(random, 3 * 2 * 2 * 2), 3, 2, 2, 2);
        int bias = writer.ints(1, -2, 3);
        int first = writer.activation(0.4f, -5, 1, 4, 4, 3);
        int depthFilter = writer.weights(0.1f, bytes(random, 27), 1, 3, 3, 3);
        int second = writer.activation(0.4f, -5, 1, 4, 4, 3);
        int sum = writer.activation(0.5f, 0, 1, 4, 4, 3);
        int pooled = writer.activation(0.5f, 0, 1, 2, 2, 3);
        int flat = writer.activation(0.5f, 0, 1, 12);
        int weights = writer.weights(0.1f, bytes(random, 48), 4, 12);
        int logits = writer.activation(0.2f, 0, 1, 4);
        int classes = writer.activation(1f / 256, -128, 1, 4);
        // Padding SAME (0) or VALID (1), strides, activation; windows of 2 x 2.
        writer.operator(3, 1, 1, table((byte) 0, 1, 1, (byte) 1), new int[] {in, filter, bias}, first);
        writer.operator(4, 1, 2, table((byte) 0, 1, 1, 1, (byte) 3), new int[] {first, depthFilter, bias}, second);
        writer.operator(0, 2, 11, NO_ACTIVATION, new int[] {first, second}, sum);
        writer.operator(1, 2, 5, table((byte) 1, 2, 2, 2, 2, (byte) 0), new int[] {sum}, pooled);
        writer.operator(22, 1, 17, table(), new int[] {pooled}, flat);
        writer.operator(9, 4, 8, NO_ACTIVATION, new int[] {flat, weights, -1}, logits);
        writer.operator(25, 2, 9, table(1f), new int[] {logits}, classes);
        return writer.ports(new int[] {in}, new int[] {classes}).toBytes();
    }

    static Map<String, byte[]> onnx() {
        var seeds = new TreeMap<String, byte[]>();
        var random = new SplittableRandom(1);
        byte[] quantized = quantized(random);
        seeds.put("sound-quantized", quantized);
        seeds.put("sound-float", inFloat(random));
        seeds.put("sound-shapes", shapes());
        seeds.put("sound-few-bits", fewBits(random));
        seeds.put("sound-integers", integers(random));
        seeds.put("sound-recurrent", recurrent(random));
        seeds.put("broken-half", Arrays.copyOf(quantized, quantized.length / 2));
        seeds.put("broken-length", new byte[] {58, -1, -1, -1, -1, 15, 10, 2});
        seeds.put("broken-varint", new byte[] {8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1});
        var order = OnnxFile.opset(13)
                .input("x", OnnxFile.FLOAT, 2)
                .node("Relu", List.of("later"), "y")
                .node("Relu", List.of("x"), "later")
                .output("y");
        seeds.put("broken-order", order.bytes());
        var large = OnnxFile.opset(13)
                .input("x", OnnxFile.FLOAT, 1L << 40)
                .node("Relu", List.of("x"), "y")
                .output("y");
        seeds.put("broken-shape", large.bytes());
        return seeds;
    }

    /** Conv, pool, flatten and Gemm between quantizers. */
    private static byte[] quantized(SplittableRandom random) {
        return OnnxFile.opset(13)
                .input("in", OnnxFile.FLOAT, 1, 2, 4, 4)
                .quantizedAndBack("in", "x", OnnxFile.UINT8, 0.02f, 120)
                .raw("wq", OnnxFile.INT8, bytes(random, 24), 3, 2, 2, 2)
                .floats("ws", new float[] {0.01f, 0.02f, 0.03f}, 3)
                .raw("wz", OnnxFile.INT8, new byte[3], 3)
                .node("DequantizeLinear", List.of("wq", "ws", "wz"), "w", OnnxFile.integer("axis", 0))
                .node("Conv", List.of("x", "w"), "c", OnnxFile.integers("pads", 0, 0, 1, 1))
                .node("Relu", List.of("c"), "r")
                .quantizedAndBack("r", "a", OnnxFile.UINT8, 0.05f, 0)
                .node("MaxPool", List.of("a"), "p", OnnxFile.integers("kernel_shape", 2, 2))
                .quantizedAndBack("p", "pq", OnnxFile.UINT8, 0.05f, 0)
                .node("Flatten", List.of("pq"), "f")
                .raw("vq", OnnxFile.INT8, bytes(random, 54), 2, 27)
                .floats("vs", new float[] {0.01f})
                .raw("vz", OnnxFile.INT8, new byte[1])
                .node("DequantizeLinear", List.of("vq", "vs", "vz"), "v")
                .node("Gemm", List.of("f", "v"), "h", OnnxFile.integer("transB", 1))
                .quantizedAndBack("h", "out", OnnxFile.UINT8, 0.1f, 128)
                .output("out")
                .bytes();
    }

    private static byte[] inFloat(SplittableRandom random) {
        return OnnxFile.opset(15)
                .input("x", OnnxFile.FLOAT, 1, 2, 4, 4)
                .floats("w", floats(random, 36), 2, 2, 3, 3)
                .floats("two", new float[] {1, 2}, 2)
                .node("Conv", List.of("x", "w", "two"), "c", OnnxFile.integers("strides", 1, 1))
                .node("BatchNormalization", List.of("c", "two", "two", "two", "two"), "n")
                .node("Clip", List.of("n"), "r")
                .node("GlobalAveragePool", List.of("r"), "g")
                .node("Flatten", List.of("g"), "f")
                .floats("m", floats(random, 6), 2, 3)
                .node("MatMul", List.of("f", "m"), "l")
                .node("Softmax", List.of("l"), "y", OnnxFile.integer("axis", -1))
                .output("y")
                .bytes();
    }

    /** A shape computed the way exporters do. */
    private static byte[] shapes() {
        return OnnxFile.opset(13)
                .input("x", OnnxFile.FLOAT, 2, 3, 4)
                .node("Shape", List.of("x"), "s")
                .longs("zero", 0)
                .longs("one", 1)
                .longs("rest", -1)
                .node("Gather", List.of("s", "zero"), "b", OnnxFile.integer("axis", 0))
                .node("Concat", List.of("b", "rest"), "t", OnnxFile.integer("axis", 0))
                .node("Reshape", List.of("x", "t"), "r")
                .node("Slice", List.of("r", "one", "rest", "one"), "c")
                .node("Transpose", List.of("c"), "p", OnnxFile.integers("perm", 1, 0))
                .node("Pad", List.of("p", "pads"), "d")
                .longs("pads", 0, 1, 1, 0)
                .node("ReduceMean", List.of("d"), "m", OnnxFile.integers("axes", 1))
                .node("Unsqueeze", List.of("m", "zero"), "u")
                .node("Split", List.of("u"), "y", OnnxFile.integer("axis", 1))
                .output("y")
                .bytes();
    }

    private static byte[] fewBits(SplittableRandom random) {
        String domain = "qonnx.custom_op.general";
        return OnnxFile.opset(13)
                .domain(domain, 1)
                .input("x", OnnxFile.FLOAT, 1, 8)
                .floats("s", new float[] {0.25f})
                .floats("z", new float[] {0})
                .floats("b", new float[] {2})
                .floats("w", floats(random, 24), 8, 3)
                .node(domain, "Quant", List.of("x", "s", "z", "b"), "a", OnnxFile.integer("signed", 1))
                .node(domain, "BipolarQuant", List.of("w", "s"), "v")
                .node("MatMul", List.of("a", "v"), "m")
                .node("BatchNormalization", List.of("m", "three", "three", "three", "three"), "n")
                .floats("three", new float[] {1, 2, 3}, 3)
                .node(domain, "Trunc", List.of("n", "s", "z", "b", "b"), "y")
                .output("y")
                .bytes();
    }

    private static byte[] integers(SplittableRandom random) {
        return OnnxFile.opset(13)
                .input("x", OnnxFile.UINT8, 1, 2, 3, 3)
                .floats("s", new float[] {0.1f})
                .raw("xz", OnnxFile.UINT8, new byte[] {100})
                .raw("w", OnnxFile.INT8, bytes(random, 8), 1, 2, 2, 2)
                .raw("wz", OnnxFile.INT8, new byte[1])
                .node("QLinearConv", List.of("x", "s", "xz", "w", "s", "wz", "s", "xz"), "c")
                .node("DequantizeLinear", List.of("c", "s", "xz"), "d")
                .node("DynamicQuantizeLinear", List.of("d"), "q")
                .raw("v", OnnxFile.INT8, bytes(random, 4), 1, 1, 2, 2)
                .node("ConvInteger", List.of("q", "v"), "y")
                .output("y")
                .bytes();
    }

    private static byte[] recurrent(SplittableRandom random) {
        return OnnxFile.opset(14)
                .input("x", OnnxFile.FLOAT, 2, 1, 2)
                .floats("w", floats(random, 12), 1, 6, 2)
                .floats("r", floats(random, 12), 1, 6, 2)
                .node("GRU", List.of("x", "w", "r"), "y", OnnxFile.integer("hidden_size", 2))
                .output("y")
                .bytes();
    }

    private static byte[] patched(byte[] bytes, int at, int value) {
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        return bytes;
    }

    private static byte[] bytes(SplittableRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static float[] floats(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
