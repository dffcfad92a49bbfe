package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.BringsKernel;
import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;
import java.util.Optional;

/** From int8 or int16 to float32: {@code (x - zeroPoint) * scale}. */
public record AffineDequantize(int version, int input, int output) implements BringsKernel {
    @Override
    public String builtin() {
        return "DEQUANTIZE";
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
        var from = tensors.get(input);
        return AffineQuantize.contradiction(from, AffineQuantize.narrow(from), tensors.get(output), TensorType.FLOAT32)
                .or(() -> AffineQuantize.oneScale(from));
    }

    @Override
    public Kernel kernel(Graph graph) {
        int from = graph.plan().offset(input);
        int to = graph.plan().offset(output);
        var tensor = graph.tensors().get(input);
        float scale = tensor.scale(0);
        int zeroPoint = tensor.zeroPoint(0);
        int count = tensor.elements();
        var element = Element.of(tensor.type());
        return (arena, _, _, _) -> {
            for (int i = 0; i < count; i++) {
                int value = (int) element.getLong(arena, from, i);
                Element.setFloat32(arena, to + Float.BYTES * i, (value - zeroPoint) * scale);
            }
        };
    }
}
