package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = (x - zeroPoint) * scale}; inputs are x, scale and optionally zero point. Axis and block size are those of
 * {@link QuantizeLinear}.
 */
public record DequantizeLinear(int axis, int blockSize) implements ArrayFunction {
    private static final Set<TensorType> TYPES = Types.union(QuantizeLinear.QUANTIZED, Set.of(TensorType.INT32));

    @Override
    public String name() {
        return "DequantizeLinear";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var x = inputs.get(0);
        var scale = inputs.get(1);
        Types.require("x", x, TYPES);
        ArrayFunction.requireType("scale", scale, TensorType.FLOAT32, TensorType.FLOAT16);
        QuantizationGrid.of(x, scale, axis, blockSize);
        if (inputs.has(2)) {
            Types.same("zero point", inputs.get(2), x);
            ArrayFunction.requireElements("zero point", inputs.get(2), scale.elements());
        }
        return List.of(x.as(scale.type()));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return new Dequantizing(
                inputs.get(0),
                inputs.get(1),
                inputs.orNull(2),
                outputs.get(0),
                QuantizeLinear.checkedGrid(inputs.get(0), inputs.get(1), axis, blockSize));
    }

    private record Dequantizing(
            Operand in, Operand scale, @Nullable Operand zeroPoint, Operand out, QuantizationGrid grid)
            implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var source = Element.of(in.type().type());
            var scales = Element.of(scale.type().type());
            var target = Element.of(out.type().type());
            byte[] data = in.in(arena);
            byte[] scaleData = scale.in(arena);
            for (int i = 0; i < out.type().elements(); i++) {
                int parameter = grid.parameter(i);
                float s = (float) scales.getDouble(scaleData, scale.at(), parameter);
                long zero = zeroPoint == null ? 0 : source.getLong(zeroPoint.in(arena), zeroPoint.at(), parameter);
                float difference = source.getLong(data, in.at(), i) - zero;
                target.setDouble(arena, out.at(), i, difference * s);
            }
        }
    }
}
