package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.BringsKernel;
import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;
import java.util.Optional;

/**
 * From float32 to int8 as TFLite does it: {@code clamp(round(x / scale) + zeroPoint)}, divided in float32, rounded half
 * away from zero. What is no number becomes the zero point.
 */
public record AffineQuantize(int version, int input, int output) implements BringsKernel {
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
        return contradiction(tensors.get(input), TensorType.FLOAT32, tensors.get(output), TensorType.INT8)
                .or(() -> oneScale(tensors.get(output)));
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
        return (arena, _, _, _) -> {
            for (int i = 0; i < count; i++) {
                float steps = Element.getFloat32(arena, from + Float.BYTES * i) / scale;
                // Beyond 2^23 a float has no half to round; beyond 1024 the clamp decides.
                double rounded = Math.copySign(Math.floor(Math.abs((double) steps) + 0.5), steps);
                int bounded = (int) Math.max(-1024, Math.min(1024, rounded));
                arena[to + i] = (byte) Math.clamp(bounded + zeroPoint, Byte.MIN_VALUE, Byte.MAX_VALUE);
            }
        };
    }
}
