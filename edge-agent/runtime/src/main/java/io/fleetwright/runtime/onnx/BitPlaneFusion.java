package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.BitPlaneFunction;
import io.fleetwright.runtime.array.Convolution;
import io.fleetwright.runtime.array.Gemm;
import io.fleetwright.runtime.array.MatMul;
import io.fleetwright.runtime.array.PackBits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.BitPlaneProduct;
import io.fleetwright.runtime.onnx.FewBits.Activation;
import io.fleetwright.runtime.onnx.FewBits.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns products of values and weights that both have at most 3 bits, as QONNX quantizers leave them, into {@link
 * BitPlaneFunction}s; weights are packed here, values by a step of their own, which several products may share.
 */
final class BitPlaneFusion {
    /** Below this share of the bits of a word in use, per pair of planes, products in float are faster. */
    private static final int DEPTH_PER_PAIR_MIN = 4;

    private final Flow flow;
    private final StepWriter writer;
    private final Map<Packed, Value> packed = new HashMap<>();

    /** What a packing step works on. */
    private record Packed(Value value, PackBits function) {}

    private BitPlaneFusion(Flow flow) {
        this.flow = flow;
        this.writer = new StepWriter(flow);
    }

    static void run(Flow flow) throws ModelException {
        var fusion = new BitPlaneFusion(flow);
        for (var step : List.copyOf(flow.steps())) {
            if (!fusion.fuses(step)) {
                fusion.writer.keep(step);
            }
        }
        fusion.writer.finish();
    }

    private boolean fuses(Step step) throws ModelException {
        return switch (step.function()) {
            case MatMul _ -> dense(step, Gemm.Order.PLAIN, null);
            case Gemm gemm ->
                gemm.alpha() == 1
                        && gemm.beta() == 1
                        && gemm.a() == Gemm.Order.PLAIN
                        && dense(step, gemm.b(), step.inputOrNull(2));
            case Convolution conv -> convolution(step, conv);
            default -> false;
        };
    }

    private static boolean pays(Activation x, Weights weights, int depth) {
        int pairs = x.coding().planes() * weights.coding().planes();
        return (long) depth >= (long) DEPTH_PER_PAIR_MIN * pairs * BitPlaneProduct.words(depth);
    }

    private boolean dense(Step step, Gemm.Order order, @Nullable Value bias) throws ModelException {
        var x = FewBits.activation(step.input(0)).orElse(null);
        float[] reals = Constants.floats(step.input(1)).orElse(null);
        var type = step.input(1).type();
        if (x == null
                || reals == null
                || type.rank() != 2
                || step.input(0).type().rank() < 2) {
            return false;
        }
        int units = type.dimension(order == Gemm.Order.PLAIN ? 1 : 0);
        int depth = type.dimension(order == Gemm.Order.PLAIN ? 0 : 1);
        float[] rows = order == Gemm.Order.PLAIN ? transposed(reals, depth, units) : reals;
        var weights = FewBits.weights(rows, units).orElse(null);
        float[] biases = Constants.perUnit(bias, units).orElse(null);
        if (weights == null || biases == null || !pays(x, weights, depth)) {
            return false;
        }
        var function = new BitPlaneFunction.Dense(step.function().name(), x.coding(), weights.coding(), depth);
        int axis = step.input(0).type().rank() - 1;
        return writes(
                step, function, new PackBits(x.coding(), x.steps(), axis), x, weights, 1, bias == null ? null : biases);
    }

    private static float[] transposed(float[] from, int rows, int columns) {
        float[] to = new float[from.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                to[column * rows + row] = from[row * columns + column];
            }
        }
        return to;
    }

    private boolean convolution(Step step, Convolution conv) throws ModelException {
        var x = FewBits.activation(step.input(0)).orElse(null);
        float[] filters = Constants.floats(step.input(1)).orElse(null);
        if (x == null
                || filters == null
                || conv.groups() != 1
                || step.input(0).type().rank() != 4) {
            return false;
        }
        int units = step.input(1).type().dimension(0);
        int channels = step.input(1).type().dimension(1);
        int taps = step.input(1).type().product(2, 4);
        var weights = FewBits.weights(tapsFirst(filters, units, channels, taps), units)
                .orElse(null);
        float[] biases = Constants.perUnit(step.inputOrNull(2), units).orElse(null);
        if (weights == null || biases == null || !pays(x, weights, channels)) {
            return false;
        }
        var function = new BitPlaneFunction.Conv(conv.window(), x.coding(), weights.coding(), channels);
        var packing = new PackBits(x.coding(), x.steps(), 1);
        return writes(step, function, packing, x, weights, taps, step.inputOrNull(2) == null ? null : biases);
    }

    /** From {@code [units][channels][taps]} to {@code [units][taps][channels]}. */
    private static float[] tapsFirst(float[] from, int units, int channels, int taps) {
        float[] to = new float[from.length];
        for (int unit = 0; unit < units; unit++) {
            for (int c = 0; c < channels; c++) {
                for (int tap = 0; tap < taps; tap++) {
                    to[(unit * taps + tap) * channels + c] = from[(unit * channels + c) * taps + tap];
                }
            }
        }
        return to;
    }

    /** @param taps vectors of each unit, {@code weights} being {@code [units][taps][depth]} */
    private boolean writes(
            Step step,
            BitPlaneFunction function,
            PackBits packing,
            Activation x,
            Weights weights,
            int taps,
            float @Nullable [] biases)
            throws ModelException {
        int units = weights.scales().length;
        int depth = function.depth();
        var product = new BitPlaneProduct(x.coding(), weights.coding(), units, depth);
        long bytes = (long) taps * product.rightLongs() * Long.BYTES;
        if (!flow.affordsFolding(bytes)) {
            return false;
        }
        long[] longs = new long[taps * product.rightLongs()];
        for (int tap = 0; tap < taps; tap++) {
            product.packRight(weights.integers(), tap * depth, taps * depth, longs, tap * product.rightLongs());
        }
        float[] scales = weights.scales().clone();
        for (int unit = 0; unit < units; unit++) {
            scales[unit] *= x.scale();
        }
        var like = step.input(1);
        var data = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        data.asLongBuffer().put(longs);
        int words = BitPlaneProduct.words(depth);
        var matrix = writer.constant(
                like,
                TensorType.INT64,
                data.array(),
                null,
                taps,
                words,
                weights.coding().planes(),
                units);
        var inputs = Arrays.asList(
                packed(step, x.source(), packing),
                floats(like, scales),
                biases == null ? null : floats(like, biases),
                matrix);
        writer.writeTo(step.output(), function, step, inputs, null);
        return true;
    }

    private Value packed(Step step, Value source, PackBits packing) throws ModelException {
        var key = new Packed(source, packing);
        var known = packed.get(key);
        if (known != null) {
            return known;
        }
        var planes = writer.write(packing, step, Collections.singletonList(source), null);
        packed.put(key, planes);
        return planes;
    }

    private Value floats(Value like, float[] values) throws ModelException {
        var data = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return writer.constant(like, TensorType.FLOAT32, data.array(), null, values.length);
    }
}
