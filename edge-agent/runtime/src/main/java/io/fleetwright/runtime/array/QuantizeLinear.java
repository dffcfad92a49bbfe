package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = saturate(roundHalfEven(x / scale) + zeroPoint)}; inputs are x, scale and optionally zero point.
 *
 * @param to type of the output
 * @param axis dimension that several scales run along
 * @param blockSize steps along the axis that share a scale; 0 for one scale per step, or one in all
 */
public record QuantizeLinear(TensorType to, int axis, int blockSize) implements ArrayFunction {
    static final Set<TensorType> QUANTIZED = Types.union(
            Set.of(TensorType.INT2, TensorType.UINT2, TensorType.INT4, TensorType.UINT4),
            Set.of(TensorType.INT8, TensorType.UINT8, TensorType.INT16, TensorType.UINT16));

    @Override
    public String name() {
        return "QuantizeLinear";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var x = inputs.get(0);
        ArrayFunction.requireType("x", x, TensorType.FLOAT32, TensorType.FLOAT16, TensorType.INT32);
        ArrayFunction.requireType("scale", inputs.get(1), TensorType.FLOAT32, TensorType.FLOAT16);
        if (!QUANTIZED.contains(to)) {
            throw InferenceException.unsupported("output %s, %s supported".formatted(to, QUANTIZED));
        }
        QuantizationGrid.of(x, inputs.get(1), axis, blockSize);
        if (inputs.has(2)) {
            Types.same("zero point", inputs.get(2), x.as(to));
            ArrayFunction.requireElements(
                    "zero point", inputs.get(2), inputs.get(1).elements());
        }
        return List.of(x.as(to));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return new Quantizing(this, inputs.get(0), inputs.get(1), inputs.orNull(2), outputs.get(0));
    }

    /** {@code x / scale}, rounded half to even, as float32. */
    static long steps(float x, float scale) {
        return (long) Math.rint(x / scale);
    }

    private static final class Quantizing implements Kernel {
        private final Operand in;
        private final Operand scale;
        private final @Nullable Operand zeroPoint;
        private final Operand out;
        private final QuantizationGrid grid;

        Quantizing(QuantizeLinear function, Operand in, Operand scale, @Nullable Operand zeroPoint, Operand out) {
            this.in = in;
            this.scale = scale;
            this.zeroPoint = zeroPoint;
            this.out = out;
            this.grid = checkedGrid(in, scale, function.axis, function.blockSize);
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var source = Element.of(in.type().type());
            var scales = Element.of(scale.type().type());
            var target = Element.of(out.type().type());
            long least = Element.min(out.type().type());
            long most = Element.max(out.type().type());
            byte[] data = in.in(arena);
            byte[] scaleData = scale.in(arena);
            for (int i = 0; i < out.type().elements(); i++) {
                int parameter = grid.parameter(i);
                float s = (float) scales.getDouble(scaleData, scale.at(), parameter);
                long zero = zeroPoint == null ? 0 : target.getLong(zeroPoint.in(arena), zeroPoint.at(), parameter);
                long steps = steps((float) source.getDouble(data, in.at(), i), s);
                target.setLong(arena, out.at(), i, saturate(steps, zero, least, most));
            }
        }
    }

    /** {@code steps + zero} within bounds; clamped before it is added, so that it cannot overflow. */
    static long saturate(long steps, long zero, long least, long most) {
        return Math.clamp(steps, least - zero, most - zero) + zero;
    }

    /** A grid whose shapes inference has checked. */
    static QuantizationGrid checkedGrid(Operand data, Operand parameters, int axis, int blockSize) {
        try {
            return QuantizationGrid.of(data.type(), parameters.type(), axis, blockSize);
        } catch (InferenceException impossible) {
            throw new IllegalStateException("inference checked the shapes", impossible);
        }
    }
}
