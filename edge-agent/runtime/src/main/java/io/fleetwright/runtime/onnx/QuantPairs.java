package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.DequantizeLinear;
import io.fleetwright.runtime.array.QonnxQuant;
import io.fleetwright.runtime.array.QuantRounding;
import io.fleetwright.runtime.array.QuantizeLinear;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets QONNX quantizers be what integer operators are made of: those of 8 bits a QuantizeLinear and a DequantizeLinear,
 * constants that came from one a DequantizeLinear of int8 integers.
 *
 * <p>The constants keep their values bit for bit. Computed values may part by one step where {@code x / scale} lies half
 * between two, as QuantizeLinear rounds before it adds the zero point and Quant afterwards.
 */
final class QuantPairs {
    private static final int SCALE = 1;
    private static final int ZERO_POINT = 2;
    private static final int BITS = 3;

    private final Flow flow;
    private final StepWriter writer;
    /** What constants are read as. */
    private final Map<Value, Value> reals = new HashMap<>();

    private QuantPairs(Flow flow) {
        this.flow = flow;
        this.writer = new StepWriter(flow);
    }

    static void run(Flow flow) throws ModelException {
        var pairs = new QuantPairs(flow);
        for (var step : List.copyOf(flow.steps())) {
            var type = pairs.integers(step).orElse(null);
            if (type == null) {
                pairs.keep(step);
            } else {
                pairs.write(step, type);
            }
        }
        pairs.writer.finish();
    }

    /** The type whose range is the quantizer's. */
    private Optional<TensorType> integers(Step step) {
        if (!(step.function() instanceof QonnxQuant quant)
                || quant.integers() == null
                || quant.integers().rounding() != QuantRounding.ROUND
                || Constants.scalar(step.inputOrNull(SCALE)).isEmpty()
                || Constants.scalar(step.inputOrNull(BITS)).orElse(0f) != Byte.SIZE) {
            return Optional.empty();
        }
        var range = quant.integers().range();
        float zero = Constants.scalar(step.inputOrNull(ZERO_POINT)).orElse(Float.NaN);
        boolean fits = zero == Math.rint(zero) && zero >= range.least(Byte.SIZE) && zero <= range.most(Byte.SIZE);
        return switch (range) {
            case SIGNED -> Optional.of(TensorType.INT8).filter(_ -> fits);
            case UNSIGNED -> Optional.of(TensorType.UINT8).filter(_ -> fits);
            case SIGNED_NARROW, UNSIGNED_NARROW -> Optional.empty();
        };
    }

    private void write(Step step, TensorType type) throws ModelException {
        var given = step.input(ZERO_POINT);
        byte zero = (byte) (int) (float) Constants.scalar(given).orElseThrow();
        var zeroPoint = writer.constant(given, type, new byte[] {zero}, null);
        var scale = step.input(SCALE);
        var integers = writer.write(
                new QuantizeLinear(type, 0, 0), step, Arrays.asList(step.input(0), scale, zeroPoint), null);
        writer.writeTo(
                step.output(), new DequantizeLinear(0, 0), step, Arrays.asList(integers, scale, zeroPoint), null);
    }

    private void keep(Step step) throws ModelException {
        var inputs = new ArrayList<@Nullable Value>();
        for (var input : step.inputs()) {
            inputs.add(input == null ? null : real(step, input));
        }
        writer.keep(inputs.equals(step.inputs()) ? step : step.reading(inputs));
    }

    /** A constant as the integers that it was rounded to, dequantized; any other value as it is. */
    private Value real(Step place, Value value) throws ModelException {
        var known = reals.get(value);
        if (known != null) {
            return known;
        }
        var scale = value.step();
        var real = scale == null ? value : dequantized(place, value, scale);
        reals.put(value, real);
        return real;
    }

    private Value dequantized(Step place, Value value, Value scale) throws ModelException {
        float[] scales = Constants.floats(scale).orElse(new float[0]);
        float[] values = Constants.floats(value).orElse(new float[0]);
        int axis = axis(value, scale);
        if (axis < 0 || scales.length == 0 || !flow.affordsFolding(values.length)) {
            return value;
        }
        int inner = value.type().product(axis + 1, value.type().rank());
        var integers = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            float step = scales[i / inner % scales.length];
            double integer = Math.rint(values[i] / step);
            if (integer != (byte) integer || (float) integer * step != values[i]) {
                return value;
            }
            integers[i] = (byte) integer;
        }
        var levels = writer.constant(
                value, TensorType.INT8, integers, null, value.type().shape());
        var data = ByteBuffer.allocate(scales.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(scales);
        var steps = writer.constant(scale, TensorType.FLOAT32, data.array(), null, scales.length);
        return writer.write(new DequantizeLinear(axis, 0), place, Arrays.asList(levels, steps), null);
    }

    /** The only dimension of {@code value} that several scales run along, 0 for one scale; -1 when there are more. */
    private static int axis(Value value, Value scale) {
        int behind = value.type().rank() - scale.type().rank();
        int axis = 0;
        int found = 0;
        for (int d = 0; d < scale.type().rank(); d++) {
            if (scale.type().dimension(d) != 1) {
                axis = d + behind;
                found++;
            }
        }
        return found > 1 || value.type().rank() == 0 ? -1 : axis;
    }
}
