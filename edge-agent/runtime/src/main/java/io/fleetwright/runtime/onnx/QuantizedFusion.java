package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.array.ArrayFunction;
import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.Clip;
import io.fleetwright.runtime.array.Concat;
import io.fleetwright.runtime.array.Convolution;
import io.fleetwright.runtime.array.FlipSign;
import io.fleetwright.runtime.array.Gemm;
import io.fleetwright.runtime.array.IntegerConvolution;
import io.fleetwright.runtime.array.IntegerMatMul;
import io.fleetwright.runtime.array.MatMul;
import io.fleetwright.runtime.array.Pointwise;
import io.fleetwright.runtime.array.Pooling;
import io.fleetwright.runtime.array.QuantizeLinear;
import io.fleetwright.runtime.array.Reduction;
import io.fleetwright.runtime.array.Reshape;
import io.fleetwright.runtime.array.SoftmaxFunction;
import io.fleetwright.runtime.array.SpatialWindow;
import io.fleetwright.runtime.array.Transpose;
import io.fleetwright.runtime.array.Unary;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.onnx.Constants.Integers;
import io.fleetwright.runtime.onnx.Value.Quantization;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns what lies between DequantizeLinear and QuantizeLinear into integer operators.
 *
 * <p>Each QuantizeLinear to int8 with one scale is looked at from its output back: through a clamp, to an operator whose
 * inputs are all dequantized. What matches is written as an integer step between two transpositions; the float steps
 * then have no reader left and are dropped. Whatever does not match stays and runs in float.
 */
final class QuantizedFusion {
    private static final Transpose TO_NHWC = new Transpose(List.of(0, 2, 3, 1));
    private static final Transpose TO_NCHW = new Transpose(List.of(0, 3, 1, 2));
    private static final float SOFTMAX_SCALE = 1f / 256;
    private static final float BIAS_SCALE_TOLERANCE = 1e-5f;

    private final Flow flow;
    private final StepWriter writer;
    /** The int8 value for a uint8 one of an operator on integers. */
    private final Map<Value, Value> signed = new HashMap<>();

    private QuantizedFusion(Flow flow) {
        this.flow = flow;
        this.writer = new StepWriter(flow);
    }

    static void run(Flow flow) throws ModelException {
        var fusion = new QuantizedFusion(flow);
        for (var step : List.copyOf(flow.steps())) {
            if (!fusion.fuses(step)) {
                fusion.writer.keep(step);
            }
        }
        fusion.writer.finish();
    }

    /** What is to be computed: the operator, the clamp after it, and the quantized output. */
    private record Target(Step operator, Activation activation, Step quantize, Quantization meaning, Value output) {}

    private boolean fuses(Step step) throws ModelException {
        return switch (step.function()) {
            case IntegerConvolution conv -> integerConvolution(step, conv);
            case IntegerMatMul product -> integerMatMul(step, product);
            case Pooling pool when pool.kind() == Pooling.Kind.MAX -> integerMaximum(step, pool);
            case Reshape _, Transpose _, Concat _ -> movesSigned(step);
            default -> fusesQuantizer(step);
        };
    }

    private boolean fusesQuantizer(Step step) throws ModelException {
        if (!(step.function() instanceof QuantizeLinear function)
                || function.to() != TensorType.INT8
                || step.output().type().elements() == 0) {
            return false;
        }
        var meaning = Constants.meaning(step.input(1), step.inputOrNull(2), 0)
                .filter(found -> found.scales().size() == 1 && step.output().canMean(found))
                .orElse(null);
        var last = step.input(0).producer();
        if (meaning == null || last == null) {
            return false;
        }
        var activation = activation(last).orElse(Activation.NONE);
        var operator = activation == Activation.NONE ? last : last.input(0).producer();
        if (operator == null) {
            return false;
        }
        var target = new Target(operator, activation, step, meaning, step.output());
        return switch (operator.function()) {
            case Convolution conv -> convolution(target, conv);
            case Gemm gemm -> gemm(target, gemm);
            case MatMul _ -> dense(target, operator, null);
            case Pointwise pointwise when pointwise.name().equals("Add") -> sum(target);
            case Pooling pool -> pool(target, pool);
            case Reduction reduction -> globalMean(target, reduction) || mean(target, reduction);
            case SoftmaxFunction softmax -> softmax(target, softmax);
            case Reshape _, Transpose _, Concat _ -> moved(target);
            default -> false;
        };
    }

    /** The clamp that a step is, when integer operators have it. */
    private static Optional<Activation> activation(Step step) {
        if (step.function() instanceof Unary unary && unary.name().equals("Relu")) {
            return Optional.of(Activation.RELU);
        }
        if (!(step.function() instanceof Clip)) {
            return Optional.empty();
        }
        float low = step.inputOrNull(1) == null
                ? Float.NEGATIVE_INFINITY
                : Constants.scalar(step.inputOrNull(1)).orElse(Float.NaN);
        float high = step.inputOrNull(2) == null
                ? Float.POSITIVE_INFINITY
                : Constants.scalar(step.inputOrNull(2)).orElse(Float.NaN);
        if (low == 0 && high >= Float.MAX_VALUE) {
            return Optional.of(Activation.RELU);
        }
        if (low == 0 && high == 6) {
            return Optional.of(Activation.RELU6);
        }
        return low == -1 && high == 1 ? Optional.of(Activation.RELU_N1_TO_1) : Optional.empty();
    }

    // Products.

    private boolean convolution(Target target, Convolution conv) throws ModelException {
        var step = target.operator;
        var x = Constants.activation(step.input(0)).orElse(null);
        var filters = Constants.weights(step.input(1)).orElse(null);
        if (x == null || filters == null || x.value().type().rank() != 4 || !perUnit(filters, 0)) {
            return false;
        }
        int units = filters.value().type().dimension(0);
        var bias = bias(step.inputOrNull(2), x, filters, units, target);
        boolean depthwise = conv.groups() > 1 && filters.value().type().dimension(1) == 1;
        if (bias == null || (conv.groups() > 1 && !depthwise)) {
            return false;
        }
        writeConvolution(target, x, filters, conv.window(), conv.groups(), bias.value());
        return true;
    }

    /** @param filters int8 {@code [units, channels / groups, height, width]}, one group or as many as channels */
    private void writeConvolution(
            Target target, Integers x, Integers filters, SpatialWindow spatial, int groups, @Nullable Value bias)
            throws ModelException {
        var out = target.output.type();
        var window = window(spatial);
        boolean depthwise = groups > 1;
        var weights = depthwise ? depthwiseFilters(filters) : denseFilters(filters);
        ArrayFunction function = depthwise
                ? new Fused.Depthwise(
                        window, out.dimension(1) / groups, target.activation, out.dimension(2), out.dimension(3))
                : new Fused.Conv(window, target.activation, out.dimension(2), out.dimension(3));
        image(target, x, function, weights, bias);
    }

    private static Window window(SpatialWindow window) {
        return new Window(
                window.kernel().get(0),
                window.kernel().get(1),
                window.strides().get(0),
                window.strides().get(1),
                window.dilations().get(0),
                window.dilations().get(1),
                window.padsBefore().get(0),
                window.padsBefore().get(1),
                window.padsAfter().get(0),
                window.padsAfter().get(1));
    }

    /** Writes an integer step on images, between transpositions. */
    private void image(Target target, Integers x, ArrayFunction function, @Nullable Value... parameters)
            throws ModelException {
        x.value().quantizedAs(x.meaning());
        var inputs = new ArrayList<@Nullable Value>();
        inputs.add(writer.write(TO_NHWC, target.quantize, Collections.singletonList(x.value()), x.meaning()));
        inputs.addAll(Arrays.asList(parameters));
        var result = writer.write(function, target.quantize, inputs, target.meaning);
        writer.writeTo(target.output, TO_NCHW, target.quantize, Collections.singletonList(result), target.meaning);
    }

    /** One scale, or one per unit along the dimension that units are counted in. */
    private static boolean perUnit(Integers weights, int dimension) {
        return weights.meaning().scales().size() == 1 || weights.meaning().dimension() == dimension;
    }

    /** From {@code [units, channels, height, width]} to {@code [units, height, width, channels]}. */
    private Value denseFilters(Integers filters) throws ModelException {
        int[] shape = filters.value().type().shape();
        int area = shape[2] * shape[3];
        byte[] from = bytes(filters.value());
        byte[] to = new byte[from.length];
        for (int unit = 0; unit < shape[0]; unit++) {
            for (int c = 0; c < shape[1]; c++) {
                for (int i = 0; i < area; i++) {
                    to[(unit * area + i) * shape[1] + c] = from[(unit * shape[1] + c) * area + i];
                }
            }
        }
        return writer.constant(
                filters.value(), TensorType.INT8, to, filters.meaning(), shape[0], shape[2], shape[3], shape[1]);
    }

    /** From {@code [units, 1, height, width]} to {@code [1, height, width, units]}. */
    private Value depthwiseFilters(Integers filters) throws ModelException {
        int[] shape = filters.value().type().shape();
        int area = shape[2] * shape[3];
        var meaning = new Quantization(filters.meaning().scales(), 0, 3);
        byte[] to = transposed(bytes(filters.value()), shape[0], area);
        return writer.constant(filters.value(), TensorType.INT8, to, meaning, 1, shape[2], shape[3], shape[0]);
    }

    private static byte[] transposed(byte[] from, int rows, int columns) {
        byte[] to = new byte[from.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                to[column * rows + row] = from[row * columns + column];
            }
        }
        return to;
    }

    private static byte[] bytes(Value constant) {
        byte[] bytes = new byte[constant.type().bytes()];
        constant.constant().get(bytes);
        return bytes;
    }

    /** An optional bias that fits. */
    private record Bias(@Nullable Value value) {}

    /**
     * The bias in steps of input scale times weight scale, from such integers or from real numbers; null when it does
     * not fit, or when the scales are too far apart for an integer operator.
     */
    private @Nullable Bias bias(@Nullable Value real, Integers x, Integers weights, int units, Target target)
            throws ModelException {
        if (!fitsFactors(x, weights.meaning().scales(), target)) {
            return null;
        }
        if (real == null) {
            return new Bias(null);
        }
        var integers = Constants.integers(real)
                .filter(found -> found.value().isConstant())
                .orElse(null);
        float[] reals = Constants.floats(real).orElse(null);
        if (real.type().elements() != units || (integers == null && reals == null)) {
            return null;
        }
        var data = ByteBuffer.allocate(units * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int unit = 0; unit < units; unit++) {
            float step = x.meaning().scale() * scale(weights.meaning(), unit);
            double steps;
            if (integers != null) {
                boolean narrow = integers.value().type().type() == TensorType.INT8;
                double integer = narrow
                        ? integers.value().constant().get(unit)
                                - integers.meaning().zeroPoint()
                        : integers.value().constant().getInt(unit * Integer.BYTES);
                float own = scale(integers.meaning(), unit);
                boolean same = Math.abs(own - step) <= BIAS_SCALE_TOLERANCE * step;
                steps = same ? integer : Math.rint(integer * own / step);
            } else {
                steps = Math.rint(reals == null ? 0 : reals[unit] / (double) step);
            }
            if (!(Math.abs(steps) <= Integer.MAX_VALUE)) {
                return null;
            }
            data.putInt((int) steps);
        }
        return new Bias(writer.constant(real, TensorType.INT32, data.array(), null, units));
    }

    private static boolean fitsFactors(Integers x, List<Float> scales, Target target) {
        for (float scale : scales) {
            double factor = (double) x.meaning().scale() * scale / target.meaning.scale();
            if (!(factor < Math.scalb(1.0, QuantizedMultiplier.SHIFT_MAX - 1))) {
                return false;
            }
        }
        return true;
    }

    private static float scale(Quantization meaning, int unit) {
        return meaning.scales().size() == 1 ? meaning.scale() : meaning.scales().get(unit);
    }

    private boolean gemm(Target target, Gemm gemm) throws ModelException {
        boolean plain = gemm.alpha() == 1 && gemm.beta() == 1 && gemm.a() == Gemm.Order.PLAIN;
        return plain && dense(target, target.operator, target.operator.inputOrNull(2));
    }

    /** A product with constant weights, of a Gemm or MatMul step. */
    private boolean dense(Target target, Step product, @Nullable Value realBias) throws ModelException {
        var x = Constants.activation(product.input(0)).orElse(null);
        var weights = Constants.weights(product.input(1)).orElse(null);
        if (x == null
                || weights == null
                || weights.value().type().rank() != 2
                || x.value().type().rank() < 2) {
            return false;
        }
        boolean byUnit = product.function() instanceof Gemm gemm && gemm.b() == Gemm.Order.TRANSPOSED;
        int[] shape = weights.value().type().shape();
        int units = shape[byUnit ? 0 : 1];
        int depth = shape[byUnit ? 1 : 0];
        if (!perUnit(weights, byUnit ? 0 : 1)) {
            return false;
        }
        var bias = bias(realBias, x, weights, units, target);
        if (bias == null) {
            return false;
        }
        byte[] data = byUnit ? bytes(weights.value()) : transposed(bytes(weights.value()), depth, units);
        writeDense(target, x, weights.value(), data, weights.meaning().scales(), bias.value());
        return true;
    }

    /** @param weights int8 {@code [units][depth]}, made of the constant {@code like} */
    private void writeDense(
            Target target, Integers x, Value like, byte[] weights, List<Float> scales, @Nullable Value bias)
            throws ModelException {
        int depth = x.value().type().dimension(x.value().type().rank() - 1);
        int units = target.output.type().dimension(target.output.type().rank() - 1);
        x.value().quantizedAs(x.meaning());
        var meaning = new Quantization(scales, 0, 0);
        if (scales.size() == 1) {
            var matrix = writer.constant(like, TensorType.INT8, weights, meaning, units, depth);
            writer.writeTo(
                    target.output,
                    new Fused.Dense(target.activation),
                    target.quantize,
                    Arrays.asList(x.value(), matrix, bias),
                    target.meaning);
            return;
        }
        // A layer with one scale per unit is a convolution of 1 x 1 over images of one position.
        var filters = writer.constant(like, TensorType.INT8, weights, meaning, units, 1, 1, depth);
        int rows = x.value().type().elements() / depth;
        var pixels = reshaped(target, x.value(), x.meaning(), rows, 1, 1, depth);
        var result = writer.write(
                new Fused.Conv(new Window(1, 1, 1, 1, 1, 1, 0, 0, 0, 0), target.activation, 1, 1),
                target.quantize,
                Arrays.asList(pixels, filters, bias),
                target.meaning);
        writer.writeTo(
                target.output,
                new Reshape("Reshape", target.output.type()),
                target.quantize,
                Collections.singletonList(result),
                target.meaning);
    }

    private Value reshaped(Target target, Value value, Quantization meaning, int... shape) throws ModelException {
        ArrayType type = flow.type(target.quantize.where(), TensorType.INT8, shape);
        return writer.write(new Reshape("Reshape", type), target.quantize, Collections.singletonList(value), meaning);
    }

    // Products that are on integers in the file: QLinearConv and QLinearMatMul.

    private boolean integerConvolution(Step step, IntegerConvolution conv) throws ModelException {
        if (conv.form() != IntegerMatMul.Form.QUANTIZED) {
            return false;
        }
        var type = step.input(0).type();
        var weights = step.input(3);
        boolean depthwise = conv.groups() > 1 && weights.type().dimension(1) == 1;
        var bias = step.inputOrNull(8);
        if (type.rank() != 4
                || type.elements() == 0
                || step.output().type().elements() == 0
                || (conv.groups() > 1 && !depthwise)
                || (bias != null && !bias.isConstant())) {
            return false;
        }
        var operands = integerOperands(step, weights, 0).orElse(null);
        if (operands == null) {
            return false;
        }
        var filters = writer.constant(
                weights,
                TensorType.INT8,
                operands.weights,
                operands.meaning,
                weights.type().shape());
        var x = new Integers(signed(step, operands.x), operands.x.meaning());
        writeConvolution(
                operands.target, x, new Integers(filters, operands.meaning), conv.window(), conv.groups(), bias);
        finishSigned(step, operands.target);
        return true;
    }

    private boolean integerMatMul(Step step, IntegerMatMul product) throws ModelException {
        if (product.form() != IntegerMatMul.Form.QUANTIZED) {
            return false;
        }
        var type = step.input(0).type();
        var weights = step.input(3);
        if (type.rank() < 2
                || weights.type().rank() != 2
                || type.elements() == 0
                || weights.type().elements() == 0) {
            return false;
        }
        var operands = integerOperands(step, weights, 1).orElse(null);
        if (operands == null) {
            return false;
        }
        var x = new Integers(signed(step, operands.x), operands.x.meaning());
        byte[] rows = transposed(
                operands.weights, weights.type().dimension(0), weights.type().dimension(1));
        writeDense(operands.target, x, weights, rows, operands.meaning.scales(), null);
        finishSigned(step, operands.target);
        return true;
    }

    /** A pool of integers whose meaning an operator before it has settled. */
    private boolean integerMaximum(Step step, Pooling pool) throws ModelException {
        var value = step.input(0);
        boolean unsigned = value.type().type() == TensorType.UINT8;
        var integers = unsigned ? signed.get(value) : value;
        if (integers == null
                || integers.type().type() != TensorType.INT8
                || integers.isConstant()
                || step.output().type().elements() == 0) {
            return false;
        }
        var meaning = integers.quantization();
        if (meaning == null || meaning.scales().size() != 1) {
            return false;
        }
        var output = unsigned
                ? new Value(step.output().name(), step.output().type().as(TensorType.INT8), null)
                : step.output();
        var target = new Target(step, Activation.NONE, step, meaning, output);
        if (!maximum(target, new Integers(integers, meaning), pool)) {
            return false;
        }
        finishSigned(step, target);
        return true;
    }

    /** Where uint8 values have an int8 form of one meaning, elements move in that. */
    private boolean movesSigned(Step step) throws ModelException {
        var inputs = new ArrayList<@Nullable Value>();
        Quantization meaning = null;
        for (var input : step.inputs()) {
            var integers = signed.get(input);
            if (integers == null
                    || integers.quantization() == null
                    || (meaning != null && !meaning.equals(integers.quantization()))) {
                return false;
            }
            meaning = integers.quantization();
            inputs.add(integers);
        }
        if (meaning == null) {
            return false;
        }
        var type = step.output().type().as(TensorType.INT8);
        var function = step.function() instanceof Reshape reshape ? new Reshape(reshape.name(), type) : step.function();
        var output = writer.write(function, step, inputs, meaning);
        finishSigned(step, new Target(step, Activation.NONE, step, meaning, output));
        return true;
    }

    /**
     * What such an operator works on, in the signed types that integer operators take.
     *
     * @param x the value as it is in the file, with the meaning of its int8 form
     * @param weights as the file has them, less their zero points
     * @param target its output is int8
     */
    private record IntegerOperands(Integers x, byte[] weights, Quantization meaning, Target target) {}

    /** @param unitDimension the dimension of the weights that several scales run along */
    private Optional<IntegerOperands> integerOperands(Step step, Value weights, int unitDimension) {
        var x = signedMeaning(
                        step.input(1), step.inputOrNull(2), step.input(0).type().type())
                .filter(meaning -> {
                    var value = signed.get(step.input(0));
                    boolean unsigned = step.input(0).type().type() == TensorType.UINT8;
                    return !step.input(0).isConstant()
                            && (unsigned
                                    ? value == null || value.canMean(meaning)
                                    : step.input(0).canMean(meaning));
                })
                .map(meaning -> new Integers(step.input(0), meaning))
                .orElse(null);
        var y = signedMeaning(
                        step.input(6), step.inputOrNull(7), step.output().type().type())
                .orElse(null);
        var scales = Constants.meaning(step.input(4), null, unitDimension).orElse(null);
        byte[] integers = SymmetricWeights.differences(weights, step.inputOrNull(5), unitDimension)
                .filter(_ -> flow.affordsFolding(weights.type().elements()))
                .orElse(null);
        if (x == null || y == null || scales == null || integers == null) {
            return Optional.empty();
        }
        var output = step.output();
        var signedOutput = output.type().type() == TensorType.INT8
                ? output
                : new Value(output.name(), output.type().as(TensorType.INT8), null);
        var target = new Target(step, Activation.NONE, step, y, signedOutput);
        return fitsFactors(x, scales.scales(), target)
                ? Optional.of(new IntegerOperands(x, integers, scales, target))
                : Optional.empty();
    }

    /** One constant scale and zero point, 0 when left out; that of uint8 values 128 less, as for their int8 form. */
    private static Optional<Quantization> signedMeaning(Value scale, @Nullable Value zeroPoint, TensorType type) {
        int flip = type == TensorType.UINT8 ? 0x80 : 0;
        return Constants.meaning(scale, zeroPoint, 0)
                .filter(meaning -> meaning.scales().size() == 1)
                .map(meaning -> Quantization.of(meaning.scale(), (byte) (meaning.zeroPoint() ^ flip)));
    }

    /** The int8 form of a value. */
    private Value signed(Step step, Integers x) throws ModelException {
        if (x.value().type().type() == TensorType.INT8) {
            return x.value();
        }
        var known = signed.get(x.value());
        if (known != null) {
            return known;
        }
        var value =
                writer.write(new FlipSign(TensorType.INT8), step, Collections.singletonList(x.value()), x.meaning());
        signed.put(x.value(), value);
        return value;
    }

    /** Makes an output that the file has in uint8 of the int8 one, for whoever reads that. */
    private void finishSigned(Step step, Target target) {
        if (!target.output.equals(step.output())) {
            signed.put(step.output(), target.output);
            writer.writeTo(
                    step.output(),
                    new FlipSign(TensorType.UINT8),
                    step,
                    Collections.singletonList(target.output),
                    null);
        }
    }

    // The rest.

    /** Two summands of one shape; or a MatMul and its bias. */
    private boolean sum(Target target) throws ModelException {
        var step = target.operator;
        for (int side = 0; side < 2; side++) {
            var product = step.input(side).producer();
            if (product != null && product.function() instanceof MatMul) {
                var bias = step.input(1 - side);
                return bias.type().rank() <= 1 && dense(target, product, bias);
            }
        }
        var left = Constants.activation(step.input(0)).orElse(null);
        var right = Constants.activation(step.input(1)).orElse(null);
        if (left == null
                || right == null
                || !left.value().type().equals(right.value().type())
                || !fitsSum(left, right, target)) {
            return false;
        }
        left.value().quantizedAs(left.meaning());
        if (!right.value().canMean(right.meaning())) {
            return false;
        }
        right.value().quantizedAs(right.meaning());
        writer.writeTo(
                target.output,
                new Fused.Sum(target.activation),
                target.quantize,
                Arrays.asList(left.value(), right.value()),
                target.meaning);
        return true;
    }

    private static boolean fitsSum(Integers left, Integers right, Target target) {
        double common =
                2 * Math.max((double) left.meaning().scale(), right.meaning().scale());
        return common / target.meaning.scale() < Math.scalb(1.0, QuantizedMultiplier.SHIFT_MAX);
    }

    private boolean pool(Target target, Pooling pool) throws ModelException {
        var x = Constants.activation(target.operator.input(0)).orElse(null);
        if (x == null || !x.meaning().equals(target.meaning)) {
            return false;
        }
        if (pool.kind() == Pooling.Kind.MAX) {
            return maximum(target, x, pool);
        }
        var window = pool.window();
        boolean padded = window.padsBefore().stream().anyMatch(pad -> pad > 0)
                || window.padsAfter().stream().anyMatch(pad -> pad > 0);
        boolean plain = window.kernel().size() == 2
                && window.dilations().stream().allMatch(dilation -> dilation == 1)
                && pool.rest() == Pooling.Rest.LEFT_OUT
                && (pool.kind() == Pooling.Kind.MEAN_INSIDE || !padded);
        if (!plain) {
            return false;
        }
        var out = target.operator.output().type();
        image(target, x, new Fused.Mean(window(window), target.activation, out.dimension(2), out.dimension(3)));
        return true;
    }

    private boolean maximum(Target target, Integers x, Pooling pool) throws ModelException {
        if (target.operator.outputs().size() != 1) {
            return false;
        }
        var window = pool.window();
        boolean plain = window.kernel().size() == 2
                && window.dilations().stream().allMatch(dilation -> dilation == 1)
                && pool.rest() == Pooling.Rest.LEFT_OUT;
        if (!plain) {
            return !target.operator.equals(target.quantize) && moved(target);
        }
        var out = target.output.type();
        image(target, x, new Fused.Max(window(window), target.activation, out.dimension(2), out.dimension(3)));
        return true;
    }

    /** The mean over a whole image is a pool whose window is the image. */
    private boolean globalMean(Target target, Reduction reduction) throws ModelException {
        var x = Constants.activation(target.operator.input(0)).orElse(null);
        boolean plain = x != null
                && reduction.kind() == Reduction.Kind.MEAN
                && reduction.kept() == Reduction.Kept.AS_ONE
                && x.value().type().rank() == 4
                && reduction.axes().equals(List.of(2, 3))
                && x.meaning().equals(target.meaning);
        if (!plain || x == null) {
            return false;
        }
        int height = x.value().type().dimension(2);
        int width = x.value().type().dimension(3);
        if ((long) height * width > Limits.POOL_WINDOW_MAX || Math.max(height, width) > Limits.WINDOW_MAX) {
            return false;
        }
        image(target, x, new Fused.Mean(new Window(height, width, 1, 1, 1, 1, 0, 0, 0, 0), target.activation, 1, 1));
        return true;
    }

    /** Over any whole dimensions and to any scale; images in NHWC, where channels lie side by side. */
    private boolean mean(Target target, Reduction reduction) throws ModelException {
        var x = Constants.activation(target.operator.input(0)).orElse(null);
        if (x == null
                || reduction.kind() != Reduction.Kind.MEAN
                || reduction.axes().isEmpty()
                || target.activation != Activation.NONE
                || !fitsMean(x, reduction.axes(), target)) {
            return false;
        }
        var axes = reduction.axes().stream().sorted().toList();
        var ofImage = new Fused.DimensionMean(List.of(1, 2), reduction.kept());
        boolean overImage = x.value().type().rank() == 4 && axes.equals(List.of(2, 3));
        if (overImage && reduction.kept() == Reduction.Kept.AS_ONE) {
            image(target, x, ofImage);
            return true;
        }
        x.value().quantizedAs(x.meaning());
        var input = overImage
                ? writer.write(TO_NHWC, target.quantize, Collections.singletonList(x.value()), x.meaning())
                : x.value();
        var function = overImage ? ofImage : new Fused.DimensionMean(axes, reduction.kept());
        writer.writeTo(target.output, function, target.quantize, Collections.singletonList(input), target.meaning);
        return true;
    }

    private static boolean fitsMean(Integers x, List<Integer> axes, Target target) {
        long count = 1;
        for (int axis : axes) {
            count *= x.value().type().dimension(axis);
        }
        double factor = (double) x.meaning().scale() / target.meaning.scale();
        return count <= Limits.POOL_WINDOW_MAX && factor < Math.scalb(1.0, QuantizedMultiplier.SHIFT_MAX - 1);
    }

    private boolean softmax(Target target, SoftmaxFunction softmax) {
        var x = Constants.activation(target.operator.input(0)).orElse(null);
        if (x == null || softmax.form() != SoftmaxFunction.Form.SOFTMAX || target.activation != Activation.NONE) {
            return false;
        }
        var type = x.value().type();
        int last = type.rank() - 1;
        int axis = softmax.axis() < 0 ? softmax.axis() + type.rank() : softmax.axis();
        boolean fits = axis == last
                && type.dimension(last) <= Limits.SOFTMAX_DEPTH_MAX
                && target.meaning.equals(Quantization.of(SOFTMAX_SCALE, Byte.MIN_VALUE))
                && Math.min((double) x.meaning().scale() * (1 << 26), Integer.MAX_VALUE) > 1;
        if (!fits) {
            return false;
        }
        x.value().quantizedAs(x.meaning());
        writer.writeTo(
                target.output,
                new Fused.Softmax(),
                target.quantize,
                Collections.singletonList(x.value()),
                target.meaning);
        return true;
    }

    /** Operators that only move or compare elements work on the integers, if the meaning stays the same. */
    private boolean moved(Target target) {
        var inputs = new ArrayList<@Nullable Value>();
        if (target.activation != Activation.NONE) {
            return false;
        }
        for (var input : target.operator.inputs()) {
            var integers = Constants.activation(input).orElse(null);
            if (integers == null || !integers.meaning().equals(target.meaning)) {
                return false;
            }
            inputs.add(integers.value());
        }
        var function = target.operator.function() instanceof Reshape reshape
                ? new Reshape(reshape.name(), target.output.type())
                : target.operator.function();
        for (var input : inputs) {
            if (input != null) {
                input.quantizedAs(target.meaning);
            }
        }
        writer.writeTo(target.output, function, target.quantize, inputs, target.meaning);
        return true;
    }
}
