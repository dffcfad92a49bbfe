package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteOperator.elements;

import io.fleetwright.runtime.qdq.ProtobufWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Writes small ONNX files of one operator with any shapes and attributes that the standard allows, and inputs for them. */
final class OnnxGenerator {
    /** Versions in which operators changed. */
    private static final int[] OPSETS = {11, 13, 14, 18, 19, 21};

    private static final List<String> CELLS = List.of("Tanh", "Relu", "Elu");
    private static final List<String> GATES = List.of("Sigmoid", "HardSigmoid");

    /** A value of run time. */
    record Input(String name, int type, int[] shape, byte[] data) {}

    /** A file of one operator. */
    @FunctionalInterface
    private interface Writing {
        void write(OnnxGenerator to);
    }

    private static final Map<String, Writing> OPERATORS = new LinkedHashMap<>();

    static {
        for (String operator : List.of("Add", "Sub", "Mul", "Div", "Min", "Max", "Sum")) {
            OPERATORS.put(operator, to -> to.pair(operator));
        }
        for (String operator : List.of("Conv", "ConvTranspose")) {
            OPERATORS.put(operator, to -> to.convolution(operator));
        }
        for (String operator : List.of("MaxPool", "AveragePool")) {
            OPERATORS.put(operator, to -> to.pool(operator));
        }
        for (String operator : List.of("LSTM", "GRU")) {
            OPERATORS.put(operator, to -> to.recurrent(operator));
        }
        for (String operator : List.of("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL2")) {
            OPERATORS.put(operator, to -> to.reduction(operator));
        }
        for (String operator : List.of("ArgMax", "ArgMin", "Softmax", "LogSoftmax")) {
            OPERATORS.put(operator, to -> to.alongAnAxis(operator));
        }
        OPERATORS.put("Gemm", OnnxGenerator::gemm);
        OPERATORS.put("MatMul", OnnxGenerator::matMul);
        OPERATORS.put("Slice", OnnxGenerator::slice);
        OPERATORS.put("Pad", OnnxGenerator::pad);
        OPERATORS.put("Concat", OnnxGenerator::concat);
        OPERATORS.put("Gather", OnnxGenerator::gather);
        OPERATORS.put("Resize", OnnxGenerator::resize);
        OPERATORS.put("QuantizeLinear", OnnxGenerator::quantize);
    }

    private final SplittableRandom random;
    private final int opset;
    private final OnnxFile file;
    private final List<Input> inputs = new ArrayList<>();
    private final List<String> outputs = new ArrayList<>();
    private int names;
    private byte[] bytes = {};

    private OnnxGenerator(SplittableRandom random) {
        this.random = random;
        this.opset = OPSETS[random.nextInt(OPSETS.length)];
        this.file = OnnxFile.opset(opset).irVersion(8);
    }

    static List<String> operators() {
        return List.copyOf(OPERATORS.keySet());
    }

    static OnnxGenerator of(String operator, SplittableRandom random) {
        var generator = new OnnxGenerator(random);
        var writing = OPERATORS.get(operator);
        if (writing == null) {
            throw new IllegalArgumentException("no generator of " + operator);
        }
        writing.write(generator);
        generator.outputs.forEach(generator.file::output);
        generator.bytes = generator.file.bytes();
        return generator;
    }

    byte[] file() {
        return bytes;
    }

    List<Input> inputs() {
        return inputs;
    }

    List<String> outputs() {
        return outputs;
    }

    // Values.

    private static byte[] bytes(float... values) {
        var data = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return data.array();
    }

    private float[] reals(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            // Some halves and zeros, where rounding and signs decide.
            values[i] = random.nextInt(6) == 0 ? random.nextInt(-6, 7) / 2f : (float) random.nextDouble(-3, 3);
        }
        return values;
    }

    private String input(int type, byte[] data, int... shape) {
        var input = new Input("x" + names++, type, shape, data);
        inputs.add(input);
        file.input(input.name, type, Arrays.stream(shape).asLongStream().toArray());
        return input.name;
    }

    private String input(int... shape) {
        return input(OnnxFile.FLOAT, bytes(reals(elements(shape))), shape);
    }

    private String constant(float[] values, int... shape) {
        String name = "c" + names++;
        file.floats(name, values, Arrays.stream(shape).asLongStream().toArray());
        return name;
    }

    /** Known while reading, or not. */
    private String either(int... shape) {
        return random.nextBoolean() ? input(shape) : constant(reals(elements(shape)), shape);
    }

    private String longs(long... values) {
        String name = "c" + names++;
        file.longs(name, values);
        return name;
    }

    private int[] shape(int rank) {
        return TfliteOperator.shape(random, rank, 5);
    }

    /** What broadcasts to a shape. */
    private int[] narrowed(int[] shape) {
        int[] narrow = Arrays.copyOfRange(shape, random.nextInt(3) == 0 ? shape.length / 2 : 0, shape.length);
        for (int d = 0; d < narrow.length; d++) {
            narrow[d] = random.nextInt(3) == 0 ? 1 : narrow[d];
        }
        return narrow;
    }

    /** Counted from either end. */
    private long axis(int axis, int rank) {
        return random.nextBoolean() ? axis : axis - rank;
    }

    private void node(String operator, List<String> from, int count, List<ProtobufWriter> attributes) {
        for (int i = 0; i < count; i++) {
            outputs.add("y" + i);
        }
        file.node("", operator, from, outputs, attributes);
    }

    private void node(String operator, List<String> from, ProtobufWriter... attributes) {
        node(operator, from, 1, List.of(attributes));
    }

    // Operators.

    private void pair(String operator) {
        int[] shape = shape(random.nextInt(5));
        node(operator, List.of(input(narrowed(shape)), either(narrowed(shape))));
    }

    /** Strides up to the kernel, dilations, and padding given or left to the operator. */
    private List<ProtobufWriter> window(int[] kernel, boolean dilated, boolean automatic) {
        int rank = kernel.length;
        var attributes = new ArrayList<ProtobufWriter>();
        if (random.nextBoolean()) {
            int least = Arrays.stream(kernel).min().orElse(1);
            attributes.add(OnnxFile.integers(
                    "strides", random.longs(rank, 1, least + 1).toArray()));
        }
        boolean dilates = dilated && random.nextInt(3) == 0;
        if (dilates) {
            attributes.add(
                    OnnxFile.integers("dilations", random.longs(rank, 1, 3).toArray()));
        }
        if (random.nextBoolean()) {
            long[] pads = new long[2 * rank];
            Arrays.setAll(pads, i -> random.nextInt(kernel[i % rank]));
            attributes.add(OnnxFile.integers("pads", pads));
        } else if (automatic && !dilates) {
            // ONNX Runtime knows no dilation here, and of a transposed convolution no stride larger than the kernel.
            attributes.add(OnnxFile.text(
                    "auto_pad", List.of("SAME_UPPER", "SAME_LOWER", "VALID").get(random.nextInt(3))));
        }
        return attributes;
    }

    private void convolution(String operator) {
        boolean transposed = operator.equals("ConvTranspose");
        int[] kernel = TfliteOperator.shape(random, random.nextInt(1, 4), 3);
        int groups = random.nextInt(1, 4);
        int from = random.nextInt(1, 4);
        int to = random.nextInt(1, 4);
        int[] x = new int[kernel.length + 2];
        int[] w = new int[kernel.length + 2];
        x[0] = random.nextInt(1, 3);
        x[1] = from * groups;
        w[0] = (transposed ? from : to) * groups;
        w[1] = transposed ? to : from;
        for (int d = 0; d < kernel.length; d++) {
            x[d + 2] = random.nextInt(5, 9);
            w[d + 2] = kernel[d];
        }
        var operands = new ArrayList<>(List.of(input(x), either(w)));
        if (random.nextBoolean()) {
            operands.add(either(to * groups));
        }
        var attributes = window(kernel, true, !transposed);
        attributes.add(OnnxFile.integer("group", groups));
        node(operator, operands, 1, attributes);
    }

    private void pool(String operator) {
        boolean max = operator.equals("MaxPool");
        int[] kernel = TfliteOperator.shape(random, random.nextInt(1, 4), 3);
        int[] x = shape(kernel.length + 2);
        for (int d = 0; d < kernel.length; d++) {
            x[d + 2] += 4;
        }
        var attributes = window(kernel, max || opset >= 19, true);
        attributes.add(OnnxFile.integers(
                "kernel_shape", Arrays.stream(kernel).asLongStream().toArray()));
        // ONNX Runtime divides by positions beyond the padding too, and since 19 not by all of it.
        if (!max && opset < 19 && random.nextBoolean()) {
            attributes.add(OnnxFile.integer("count_include_pad", 1));
        } else {
            attributes.add(OnnxFile.integer("ceil_mode", random.nextInt(2)));
        }
        node(operator, List.of(input(x)), max ? 2 : 1, attributes);
    }

    private void recurrent(String operator) {
        boolean lstm = operator.equals("LSTM");
        int gates = lstm ? 4 : 3;
        int steps = random.nextInt(1, 5);
        int batch = random.nextInt(1, 4);
        int depth = random.nextInt(1, 5);
        int hidden = random.nextInt(1, 5);
        String direction = List.of("forward", "reverse", "bidirectional").get(random.nextInt(3));
        int directions = direction.equals("bidirectional") ? 2 : 1;
        var operands = new ArrayList<>(List.of(
                input(steps, batch, depth),
                either(directions, gates * hidden, depth),
                either(directions, gates * hidden, hidden)));
        operands.add(random.nextBoolean() ? either(directions, 2 * gates * hidden) : "");
        var lengths = ByteBuffer.allocate(Integer.BYTES * batch).order(ByteOrder.LITTLE_ENDIAN);
        random.ints(batch, 1, steps + 1).forEach(lengths::putInt);
        operands.add(random.nextInt(3) == 0 ? input(OnnxFile.INT32, lengths.array(), batch) : "");
        for (int state = 0; state < (lstm ? 2 : 1); state++) {
            operands.add(random.nextBoolean() ? either(directions, batch, hidden) : "");
        }
        if (lstm) {
            operands.add(random.nextInt(3) == 0 ? either(directions, 3 * hidden) : "");
        }
        var attributes = new ArrayList<>(
                List.of(OnnxFile.integer("hidden_size", hidden), OnnxFile.text("direction", direction)));
        if (random.nextBoolean()) {
            var activations = new ArrayList<String>();
            for (int d = 0; d < directions; d++) {
                activations.add(GATES.get(random.nextInt(GATES.size())));
                for (int i = 0; i < (lstm ? 2 : 1); i++) {
                    activations.add(CELLS.get(random.nextInt(CELLS.size())));
                }
            }
            attributes.add(OnnxFile.texts("activations", activations));
        }
        if (!lstm) {
            attributes.add(OnnxFile.integer("linear_before_reset", random.nextInt(2)));
        }
        node(operator, operands, lstm ? 3 : 2, attributes);
    }

    private void reduction(String operator) {
        int[] shape = shape(random.nextInt(1, 5));
        int[] order = TfliteOperator.permutation(random, shape.length);
        long[] axes = new long[random.nextInt(1, shape.length + 1)];
        Arrays.setAll(axes, i -> axis(order[i], shape.length));
        var keeps = OnnxFile.integer("keepdims", random.nextInt(2));
        String x = input(shape);
        if (opset >= (operator.equals("ReduceSum") ? 13 : 18)) {
            node(operator, List.of(x, longs(axes)), keeps);
        } else {
            node(operator, List.of(x), keeps, OnnxFile.integers("axes", axes));
        }
    }

    private void alongAnAxis(String operator) {
        int[] shape = shape(random.nextInt(1, 5));
        var axis = OnnxFile.integer("axis", random.nextInt(-shape.length, shape.length));
        if (operator.startsWith("Arg")) {
            var last = OnnxFile.integer("select_last_index", random.nextInt(2));
            var keeps = OnnxFile.integer("keepdims", random.nextInt(2));
            node(operator, List.of(input(shape)), 1, opset < 12 ? List.of(axis, keeps) : List.of(axis, keeps, last));
        } else {
            node(operator, List.of(input(shape)), axis);
        }
    }

    private void gemm() {
        int rows = random.nextInt(1, 6);
        int columns = random.nextInt(1, 6);
        int depth = random.nextInt(1, 6);
        int turnedA = random.nextInt(2);
        int turnedB = random.nextInt(2);
        String a = turnedA == 1 ? input(depth, rows) : input(rows, depth);
        String b = turnedB == 1 ? either(columns, depth) : either(depth, columns);
        var c = List.of(new int[] {}, new int[] {columns}, new int[] {1, columns}, new int[] {rows, 1});
        node(
                "Gemm",
                random.nextBoolean() ? List.of(a, b) : List.of(a, b, either(c.get(random.nextInt(c.size())))),
                OnnxFile.integer("transA", turnedA),
                OnnxFile.integer("transB", turnedB),
                OnnxFile.real("alpha", (float) random.nextDouble(-2, 2)),
                OnnxFile.real("beta", (float) random.nextDouble(-2, 2)));
    }

    private void matMul() {
        int[] batch = shape(random.nextInt(3));
        int depth = random.nextInt(1, 6);
        int[] left = extended(narrowed(batch), random.nextInt(1, 5), depth);
        int[] right = extended(narrowed(batch), depth, random.nextInt(1, 5));
        node(
                "MatMul",
                List.of(
                        random.nextInt(5) == 0 ? input(depth) : input(left),
                        random.nextInt(5) == 0 ? either(depth) : either(right)));
    }

    private static int[] extended(int[] shape, int... more) {
        int[] all = Arrays.copyOf(shape, shape.length + more.length);
        System.arraycopy(more, 0, all, shape.length, more.length);
        return all;
    }

    private void slice() {
        int[] shape = shape(random.nextInt(1, 5));
        int[] order = TfliteOperator.permutation(random, shape.length);
        int count = random.nextInt(1, shape.length + 1);
        long[] starts = random.longs(count, -8, 9).toArray();
        long[] ends = new long[count];
        long[] axes = new long[count];
        long[] steps = new long[count];
        for (int i = 0; i < count; i++) {
            axes[i] = axis(order[i], shape.length);
            steps[i] = random.nextBoolean() ? 1 : random.nextInt(1, 4) * (random.nextBoolean() ? 1 : -1);
            boolean whole = random.nextInt(4) == 0;
            ends[i] = !whole ? random.nextInt(-8, 9) : steps[i] > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
        node("Slice", List.of(input(shape), longs(starts), longs(ends), longs(axes), longs(steps)));
    }

    private void pad() {
        int[] shape = shape(random.nextInt(1, 5));
        String mode = List.of("constant", "edge", "reflect", "wrap").get(random.nextInt(opset >= 19 ? 4 : 3));
        boolean folds = mode.equals("reflect") || mode.equals("wrap");
        long[] pads = new long[2 * shape.length];
        for (int i = 0; i < pads.length; i++) {
            int extent = shape[i % shape.length];
            pads[i] = folds ? random.nextInt(extent) : random.nextInt(extent > 2 ? -1 : 0, 4);
        }
        boolean filled = mode.equals("constant") && random.nextBoolean();
        String x = input(shape);
        node(
                "Pad",
                filled ? List.of(x, longs(pads), constant(new float[] {2.5f})) : List.of(x, longs(pads)),
                OnnxFile.text("mode", mode));
    }

    private void concat() {
        int[] shape = shape(random.nextInt(1, 5));
        int axis = random.nextInt(shape.length);
        var parts = new ArrayList<>(List.of(input(shape)));
        for (int i = random.nextInt(4); i > 0; i--) {
            int[] part = shape.clone();
            part[axis] = random.nextInt(1, 4);
            parts.add(either(part));
        }
        node("Concat", parts, OnnxFile.integer("axis", axis(axis, shape.length)));
    }

    private void gather() {
        int[] shape = shape(random.nextInt(1, 4));
        int axis = random.nextInt(shape.length);
        int[] picked = shape(random.nextInt(3));
        var indices = ByteBuffer.allocate(Long.BYTES * elements(picked)).order(ByteOrder.LITTLE_ENDIAN);
        while (indices.hasRemaining()) {
            indices.putLong(random.nextInt(-shape[axis], shape[axis]));
        }
        node(
                "Gather",
                List.of(input(shape), input(OnnxFile.INT64, indices.array(), picked)),
                OnnxFile.integer("axis", axis(axis, shape.length)));
    }

    private void resize() {
        int[] shape = shape(4);
        // No factor that leaves the extents: ONNX Runtime copies the image then.
        float[] factors = {0.6f, 1.5f, 2, 2.3f, 3};
        float[] scales = {1, 1, factors[random.nextInt(factors.length)], factors[random.nextInt(factors.length)]};
        var modes = List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil");
        var coordinates = List.of("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel");
        String x = input(shape);
        String noRegion = constant(new float[0], 0);
        node(
                "Resize",
                random.nextBoolean()
                        ? List.of(x, noRegion, constant(scales, 4))
                        : List.of(
                                x,
                                noRegion,
                                constant(new float[0], 0),
                                longs(shape[0], shape[1], random.nextInt(1, 9), random.nextInt(1, 9))),
                OnnxFile.text("mode", "nearest"),
                OnnxFile.text("nearest_mode", modes.get(random.nextInt(4))),
                OnnxFile.text("coordinate_transformation_mode", coordinates.get(random.nextInt(4))));
    }

    private void quantize() {
        int[] shape = shape(random.nextInt(1, 5));
        int axis = random.nextInt(shape.length);
        boolean perAxis = opset >= 13 && random.nextBoolean();
        float[] scales = new float[perAxis ? shape[axis] : 1];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 1f / (1 << random.nextInt(5));
        }
        byte[] zeros = TfliteOperator.bytes(random, scales.length);
        int type = random.nextBoolean() ? OnnxFile.INT8 : OnnxFile.UINT8;
        long[] extents = perAxis ? new long[] {scales.length} : new long[0];
        file.floats("scales", scales, extents).raw("zeros", type, zeros, extents);
        var at = OnnxFile.integer("axis", axis(axis, shape.length));
        node("QuantizeLinear", List.of(input(shape), "scales", "zeros"), 1, perAxis ? List.of(at) : List.of());
    }
}
