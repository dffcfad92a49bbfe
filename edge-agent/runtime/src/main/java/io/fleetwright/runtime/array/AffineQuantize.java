package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.BringsKernel;
import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;
import java.util.Optional;

/**
 * From float32 to int8 or int16 as TFLite does it: {@code clamp(round(x / scale) + zeroPoint)}, divided in float32, rounded half
 * away from zero. What is no number becomes the zero point.
 */
public record AffineQuantize(int version, int input, int output) implements BringsKernel {
    private static final int STEPS_MAX = 1 << 20;

    @Override
    public String builtin() {
        return "QUANTIZE";
    }

    @Override
    public List<Integer> activations() {
        return List.of(input);
    }

    @Override
    public long macs() {
        return 0;
    }

    @Override
    public Optional<String> contradiction(List<Tensor> tensors) {
        var to = tensors.get(output);
        return contradiction(tensors.get(input), TensorType.FLOAT32, to, narrow(to))
                .or(() -> oneScale(to));
    }

    /** The quantized type that a tensor has to have: its own if it is one of them. */
    static TensorType narrow(Tensor quantized) {
        return quantized.type() == TensorType.INT16 ? TensorType.INT16 : TensorType.INT8;
    }

    static Optional<String> contradiction(Tensor input, TensorType from, Tensor output, TensorType to) {
        return input.type() == from && output.type() == to && input.sameShape(output)
                ? Optional.empty()
                : Optional.of("from %s to %s, from %s to %s of one shape supported".formatted(input, output, from, to));
    }

    static Optional<String> oneScale(Tensor quantized) {
        return quantized.scaleCount() == 1
                ? Optional.empty()
                : Optional.of("%s has %d scales, one supported".formatted(quantized, quantized.scaleCount()));
    }

    @Override
    public Kernel kernel(Graph graph) {
        int from = graph.plan().offset(input);
        int to = graph.plan().offset(output);
        var tensor = graph.tensors().get(output);
        float scale = tensor.scale(0);
        int zeroPoint = tensor.zeroPoint(0);
        int count = tensor.elements();
        var element = Element.of(tensor.type());
        long low = Element.min(tensor.type());
        long high = Element.max(tensor.type());
        return (arena, _, _, _) -> {
            for (int i = 0; i < count; i++) {
                float steps = Element.getFloat32(arena, from + Float.BYTES * i) / scale;
                // Beyond 2^23 a float has no half to round; beyond 2^20 the clamp decides.
                double rounded = Math.copySign(Math.floor(Math.abs((double) steps) + 0.5), steps);
                int bounded = (int) Math.max(-STEPS_MAX, Math.min(STEPS_MAX, rounded));
                element.setLong(arena, to, i, Math.clamp(bounded + zeroPoint, low, high));
            }
        };
    }
}
