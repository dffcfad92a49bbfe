package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Quantizes float32 to uint8 with the range of the very input: {@code scale = (max(0, x) - min(0, x)) / 255}, {@code
 * zeroPoint = roundHalfEven(-min / scale)}; outputs are y, scale and zero point.
 */
public record DynamicQuantizeLinear() implements ArrayFunction {
    @Override
    public String name() {
        return "DynamicQuantizeLinear";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var x = inputs.get(0);
        ArrayFunction.requireType("x", x, TensorType.FLOAT32);
        return List.of(
                x.as(TensorType.UINT8),
                ArrayType.of(TensorType.FLOAT32, new long[0]),
                ArrayType.of(TensorType.UINT8, new long[0]));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return new Quantizing(inputs.get(0), outputs.orNull(0), outputs.orNull(1), outputs.orNull(2));
    }

    private record Quantizing(
            Operand in,
            @Nullable Operand out,
            @Nullable Operand scale,
            @Nullable Operand zeroPoint) implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            byte[] data = in.in(arena);
            int count = in.type().elements();
            float least = 0;
            float most = 0;
            for (int i = 0; i < count; i++) {
                float x = Element.getFloat32(data, in.at() + 4 * i);
                least = Math.min(least, x);
                most = Math.max(most, x);
            }
            float step = (most - least) / 255;
            int zero = step > 0 ? (int) Math.clamp(Math.rint(-least / step), 0, 255) : 0;
            if (out != null) {
                for (int i = 0; i < count; i++) {
                    long steps = step > 0 ? QuantizeLinear.steps(Element.getFloat32(data, in.at() + 4 * i), step) : 0;
                    arena[out.at() + i] = (byte) QuantizeLinear.saturate(steps, zero, 0, 255);
                }
            }
            if (scale != null) {
                Element.setFloat32(arena, scale.at(), step);
            }
            if (zeroPoint != null) {
                arena[zeroPoint.at()] = (byte) zero;
            }
        }
    }
}
