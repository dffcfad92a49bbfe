package io.fleetwright.runtime.qdq;

import static io.fleetwright.runtime.qdq.OnnxGraph.integer;
import static io.fleetwright.runtime.qdq.OnnxGraph.integers;

import io.fleetwright.runtime.array.Movement;
import io.fleetwright.runtime.array.Rearrange;
import io.fleetwright.runtime.array.Transpose;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Operator.Add;
import io.fleetwright.runtime.graph.Operator.AveragePool2d;
import io.fleetwright.runtime.graph.Operator.Conv2d;
import io.fleetwright.runtime.graph.Operator.DepthwiseConv2d;
import io.fleetwright.runtime.graph.Operator.FullyConnected;
import io.fleetwright.runtime.graph.Operator.Mean;
import io.fleetwright.runtime.graph.Operator.Reshape;
import io.fleetwright.runtime.graph.Operator.Softmax;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.Window;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Writes an int8 {@link Graph} as ONNX in the QDQ style: every step that computes is a float operator between
 * DequantizeLinear and QuantizeLinear nodes, which a runtime may fuse into an integer kernel.
 *
 * <p>Inputs and outputs have the shapes and the order of bytes of those of the graph. In between, images are NCHW, as ONNX wants them;
 * a Transpose stands wherever the order of bytes matters. Inputs are called {@code input0}, {@code input1}, ...,
 * outputs {@code output0}, ...
 */
public final class QdqOnnxConverter {
    /** Type of everything computed at run time; weights are int8 either way. */
    public enum Activations {
        /** As in the graph. */
        INT8(OnnxGraph.TYPE_INT8, 0),
        /** Every value and zero point larger by 128: the same numbers, which some runtimes for x86 prefer. */
        UINT8(OnnxGraph.TYPE_UINT8, 128);

        private final int type;
        private final int shift;

        Activations(int type, int shift) {
            this.type = type;
            this.shift = shift;
        }
    }

    private static final long[] NHWC_TO_NCHW = {0, 3, 1, 2};
    private static final long[] NCHW_TO_NHWC = {0, 2, 3, 1};

    private final Graph graph;
    private final Activations activations;
    private final OnnxGraph onnx;
    /** Name of the int8 value of each tensor that is computed already; images are NCHW. */
    private final Map<Integer, String> values = new HashMap<>();

    private QdqOnnxConverter(Graph graph, Activations activations) {
        this.graph = graph;
        this.activations = activations;
        this.onnx = new OnnxGraph(graph.name());
    }

    /** With int8 activations: the same input and output bytes as the graph. */
    public static byte[] convert(Graph graph) {
        return convert(graph, Activations.INT8);
    }

    /**
     * The model file; the same graph gives the same bytes.
     *
     * @throws IllegalArgumentException when the graph has something that this converter does not write
     */
    public static byte[] convert(Graph graph, Activations activations) {
        return new QdqOnnxConverter(graph, activations).model();
    }

    private byte[] model() {
        for (int i = 0; i < graph.inputIds().size(); i++) {
            int id = graph.inputIds().get(i);
            String name = onnx.input(
                    "input%d".formatted(i), activations.type, tensor(id).shape());
            values.put(id, fromBytesOrder(id, name));
        }
        graph.operators().forEach(operator -> values.put(operator.output(), convert(operator)));
        for (int i = 0; i < graph.outputIds().size(); i++) {
            int id = graph.outputIds().get(i);
            String name = "output%d".formatted(i);
            onnx.nodeTo(name, "Identity", List.of(inBytesOrder(id)));
            onnx.output(name, activations.type, tensor(id).shape());
        }
        return onnx.model();
    }

    /** The int8 output of one operator. */
    private String convert(Operator operator) {
        return switch (operator) {
            case Conv2d conv -> convolution(conv);
            case DepthwiseConv2d conv -> depthwise(conv);
            case FullyConnected layer -> fullyConnected(layer);
            case Add add -> {
                String sum = onnx.node("Add", List.of(real(add.left()), real(add.right())));
                yield quantized(add.output(), sum, add.activation());
            }
            case Operator.Sub _,
                    Operator.Mul _,
                    Operator.Elementwise _,
                    Operator.MaxPool2d _,
                    Operator.TransposeConv _,
                    Operator.ResizeBilinear _,
                    Operator.UnidirectionalSequenceLstm _ ->
                throw new IllegalArgumentException("%s is not written".formatted(operator.builtin()));
            case AveragePool2d pool -> averagePool(pool);
            case Reshape reshape -> fromBytesOrder(reshape.output(), reshaped(reshape));
            case Softmax softmax -> softmax(softmax);
            case Mean mean -> mean(mean);
            case Movement movement -> movement(movement);
            case Operator.OnArrays step ->
                throw new IllegalArgumentException("%s is not an int8 operator".formatted(step.builtin()));
        };
    }

    private String convolution(Conv2d conv) {
        Tensor filter = tensor(conv.filter());
        int out = filter.dimension(0);
        int in = filter.dimension(3);
        int positions = filter.dimension(1) * filter.dimension(2);
        // From [out][y][x][in] to [out][in][y][x].
        byte[] weights = permuted(filter, new int[] {out, in, positions}, new int[] {positions * in, 1, in});
        String name = onnx.bytes(OnnxGraph.TYPE_INT8, weights, out, in, filter.dimension(1), filter.dimension(2));
        return convolved(conv.input(), filter, name, conv.bias(), conv.window(), 1, conv.output(), conv.activation());
    }

    private String depthwise(DepthwiseConv2d conv) {
        Tensor filter = tensor(conv.filter());
        int out = filter.dimension(3);
        int positions = filter.dimension(1) * filter.dimension(2);
        // From [y][x][out] to [out][1][y][x].
        byte[] weights = permuted(filter, new int[] {1, out, positions}, new int[] {0, 1, out});
        String name = onnx.bytes(OnnxGraph.TYPE_INT8, weights, out, 1, filter.dimension(1), filter.dimension(2));
        int groups = out / conv.multiplier();
        return convolved(
                conv.input(), filter, name, conv.bias(), conv.window(), groups, conv.output(), conv.activation());
    }

    private String convolved(
            int input,
            Tensor filter,
            String weights,
            OptionalInt bias,
            Window window,
            int groups,
            int output,
            Activation activation) {
        var inputs = new ArrayList<>(List.of(real(input), dequantizedWeights(filter, weights, 0)));
        bias.ifPresent(id -> inputs.add(dequantizedBias(id, input, filter)));
        String sum = onnx.node(
                "Conv",
                inputs,
                integers("dilations", window.dilationHeight(), window.dilationWidth()),
                integer("group", groups),
                integers("kernel_shape", window.kernelHeight(), window.kernelWidth()),
                pads(window),
                integers("strides", window.strideHeight(), window.strideWidth()));
        return quantized(output, sum, activation);
    }

    private static ProtobufWriter pads(Window window) {
        return integers("pads", window.padTop(), window.padLeft(), window.padBottom(), window.padRight());
    }

    private String fullyConnected(FullyConnected layer) {
        Tensor weights = tensor(layer.weights());
        int units = weights.dimension(0);
        int depth = weights.dimension(1);
        int rows = tensor(layer.input()).elements() / depth;
        String input =
                reshape(inBytesOrder(layer.input()), tensor(layer.input()).shape(), List.of(rows, depth));
        byte[] transposed = permuted(weights, new int[] {1, depth, units}, new int[] {0, 1, depth});
        String filter = onnx.bytes(OnnxGraph.TYPE_INT8, transposed, depth, units);
        var inputs =
                new ArrayList<>(List.of(dequantized(layer.input(), input), dequantizedWeights(weights, filter, 1)));
        layer.bias().ifPresent(id -> inputs.add(dequantizedBias(id, layer.input(), weights)));
        String sum = onnx.node("Gemm", inputs);
        String result = quantized(layer.output(), sum, layer.activation());
        Tensor output = tensor(layer.output());
        return fromBytesOrder(layer.output(), reshape(result, List.of(rows, units), output.shape()));
    }

    private String averagePool(AveragePool2d pool) {
        Window window = pool.window();
        String mean = onnx.node(
                "AveragePool",
                List.of(real(pool.input())),
                integer("count_include_pad", 0),
                integers("kernel_shape", window.kernelHeight(), window.kernelWidth()),
                pads(window),
                integers("strides", window.strideHeight(), window.strideWidth()));
        return quantized(pool.output(), mean, pool.activation());
    }

    private String reshaped(Reshape reshape) {
        return reshape(
                inBytesOrder(reshape.input()),
                tensor(reshape.input()).shape(),
                tensor(reshape.output()).shape());
    }

    private String softmax(Softmax softmax) {
        if (softmax.beta() != 1) {
            throw new IllegalArgumentException("softmax beta is %s, 1 is supported".formatted(softmax.beta()));
        }
        Tensor output = tensor(softmax.output());
        String input = dequantized(softmax.input(), inBytesOrder(softmax.input()));
        String result = onnx.node("Softmax", List.of(input), integer("axis", output.rank() - 1));
        return fromBytesOrder(softmax.output(), quantized(softmax.output(), result, Activation.NONE));
    }

    private String mean(Mean mean) {
        String input = dequantized(mean.input(), inBytesOrder(mean.input()));
        long[] axes = mean.axes().stream().mapToLong(Integer::longValue).toArray();
        String result = onnx.node(
                "ReduceMean",
                List.of(input),
                integers("axes", axes),
                integer("keepdims", mean.keepsDimensions() ? 1 : 0));
        return fromBytesOrder(mean.output(), quantized(mean.output(), result, Activation.NONE));
    }

    private String movement(Movement movement) {
        int input = movement.activations().getFirst();
        return switch (movement.step().function()) {
            case Transpose transpose -> {
                long[] order = transpose.permutation().stream()
                        .mapToLong(Integer::longValue)
                        .toArray();
                String moved = onnx.node("Transpose", List.of(inBytesOrder(input)), integers("perm", order));
                yield fromBytesOrder(movement.output(), moved);
            }
            case Rearrange rearrange when movement.builtin().equals("PAD") -> padded(movement, input, rearrange);
            default -> throw new IllegalArgumentException("%s is not written".formatted(movement.builtin()));
        };
    }

    /** Images stay NCHW. */
    private String padded(Movement pad, int input, Rearrange rearrange) {
        Tensor from = tensor(input);
        Tensor to = tensor(pad.output());
        int rank = from.rank();
        long[] pads = new long[2 * rank];
        for (int i = 0; i < rank; i++) {
            int d = rank == 4 ? (int) NHWC_TO_NCHW[i] : i;
            pads[i] = rearrange.fillBefore(d);
            pads[rank + i] = to.dimension(d) - from.dimension(d) - pads[i];
        }
        return onnx.node("Pad", List.of(value(input), onnx.longs(pads), zeroPoint(from)));
    }

    // Layout.

    /** Whether NHWC and NCHW differ in the order of their bytes. */
    private static boolean isOrderedByLayout(Tensor image) {
        return image.rank() == 4 && image.dimension(3) > 1 && image.dimension(1) * image.dimension(2) > 1;
    }

    /** The value as the graph has it: NHWC. */
    private String inBytesOrder(int id) {
        String value = value(id);
        Tensor tensor = tensor(id);
        if (isOrderedByLayout(tensor)) {
            return onnx.node("Transpose", List.of(value), integers("perm", NCHW_TO_NHWC));
        }
        return tensor.rank() == 4 ? reshape(value, channelsFirst(tensor), tensor.shape()) : value;
    }

    /** From a value as the graph has it to the one the nodes work with: NCHW. */
    private String fromBytesOrder(int id, String value) {
        Tensor tensor = tensor(id);
        if (isOrderedByLayout(tensor)) {
            return onnx.node("Transpose", List.of(value), integers("perm", NHWC_TO_NCHW));
        }
        return tensor.rank() == 4 ? reshape(value, tensor.shape(), channelsFirst(tensor)) : value;
    }

    private static List<Integer> channelsFirst(Tensor image) {
        return List.of(image.dimension(0), image.dimension(3), image.dimension(1), image.dimension(2));
    }

    private String reshape(String value, List<Integer> from, List<Integer> to) {
        if (from.equals(to)) {
            return value;
        }
        long[] shape = to.stream().mapToLong(Integer::longValue).toArray();
        return onnx.node("Reshape", List.of(value, onnx.longs(shape)));
    }

    /** A constant's bytes read along three loops, each with its own stride in the source. */
    private static byte[] permuted(Tensor constant, int[] extents, int[] strides) {
        ByteBuffer source = constant.constant();
        byte[] result = new byte[constant.elements()];
        int to = 0;
        for (int i = 0; i < extents[0]; i++) {
            for (int j = 0; j < extents[1]; j++) {
                for (int k = 0; k < extents[2]; k++) {
                    result[to++] = source.get(i * strides[0] + j * strides[1] + k * strides[2]);
                }
            }
        }
        return result;
    }

    // Quantization.

    private Tensor tensor(int id) {
        return graph.tensors().get(id);
    }

    private String value(int id) {
        String value = values.get(id);
        if (value == null) {
            throw new IllegalArgumentException(
                    "%s is read as an activation and nothing computes it".formatted(tensor(id)));
        }
        return value;
    }

    private String real(int id) {
        return dequantized(id, value(id));
    }

    /** Each reader has a DequantizeLinear of its own, since fusing looks at one operator at a time. */
    private String dequantized(int id, String value) {
        return onnx.node("DequantizeLinear", List.of(value, scale(tensor(id)), zeroPoint(tensor(id))));
    }

    private String quantized(int id, String value, Activation activation) {
        Tensor tensor = tensor(id);
        String clamped = clamped(tensor, value, activation);
        return onnx.node("QuantizeLinear", List.of(clamped, scale(tensor), zeroPoint(tensor)));
    }

    private String scale(Tensor tensor) {
        return onnx.floats(new float[] {tensor.scale(0)});
    }

    private String zeroPoint(Tensor tensor) {
        return onnx.bytes(activations.type, new byte[] {(byte) (tensor.zeroPoint(0) + activations.shift)});
    }

    private String weightZeroPoint(Tensor weights) {
        return onnx.bytes(OnnxGraph.TYPE_INT8, new byte[] {(byte) weights.zeroPoint(0)});
    }

    /** A clamp that the range of the int8 output makes anyway needs no node. */
    private String clamped(Tensor tensor, String value, Activation activation) {
        float lowest = (Byte.MIN_VALUE - tensor.zeroPoint(0)) * tensor.scale(0);
        float highest = (Byte.MAX_VALUE - tensor.zeroPoint(0)) * tensor.scale(0);
        return switch (activation) {
            case NONE -> value;
            case RELU -> lowest >= 0 ? value : onnx.node("Relu", List.of(value));
            case RELU6 -> lowest >= 0 && highest <= 6 ? value : clip(value, 0, 6);
            case RELU_N1_TO_1 -> lowest >= -1 && highest <= 1 ? value : clip(value, -1, 1);
        };
    }

    private String clip(String value, float low, float high) {
        return onnx.node("Clip", List.of(value, onnx.floats(new float[] {low}), onnx.floats(new float[] {high})));
    }

    private String dequantizedWeights(Tensor weights, String values, int channelAxis) {
        int channels = weights.scaleCount();
        if (channels == 1) {
            return onnx.node("DequantizeLinear", List.of(values, scale(weights), weightZeroPoint(weights)));
        }
        float[] scales = new float[channels];
        byte[] zeroPoints = new byte[channels];
        for (int channel = 0; channel < channels; channel++) {
            scales[channel] = weights.scale(channel);
            zeroPoints[channel] = (byte) weights.zeroPoint(channel);
        }
        return onnx.node(
                "DequantizeLinear",
                List.of(values, onnx.floats(scales, channels), onnx.bytes(OnnxGraph.TYPE_INT8, zeroPoints, channels)),
                integer("axis", channelAxis));
    }

    /** The bias counts in steps of input scale times weight scale. */
    private String dequantizedBias(int id, int input, Tensor weights) {
        Tensor bias = tensor(id);
        int units = bias.elements();
        int[] values = new int[units];
        bias.constant().asIntBuffer().get(values);
        int channels = weights.scaleCount();
        float[] scales = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            scales[channel] = tensor(input).scale(0) * weights.scale(channel);
        }
        String scale = channels == 1 ? onnx.floats(scales) : onnx.floats(scales, channels);
        String name = onnx.ints(values, units);
        return channels == 1
                ? onnx.node("DequantizeLinear", List.of(name, scale))
                : onnx.node("DequantizeLinear", List.of(name, scale), integer("axis", 0));
    }
}
