package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;

/** Each channel of each image is normalized by its own mean and variance; inputs are x, scale and bias. */
public record InstanceNormalization(float epsilon) implements ArrayFunction {
    @Override
    public String name() {
        return "InstanceNormalization";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var x = inputs.get(0);
        ArrayFunction.requireType("x", x, TensorType.FLOAT32);
        if (x.rank() < 3) {
            throw InferenceException.unsupported("x %s, at least 3 dimensions supported".formatted(x));
        }
        for (int i = 1; i <= 2; i++) {
            ArrayFunction.requireType("input " + i, inputs.get(i), TensorType.FLOAT32);
            ArrayFunction.requireElements("input " + i, inputs.get(i), x.dimension(1));
        }
        return List.of(x);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var x = inputs.get(0);
        var scale = inputs.get(1);
        var bias = inputs.get(2);
        var out = outputs.get(0);
        int channels = x.type().dimension(1);
        int area = x.type().product(2, x.type().rank());
        int images = x.type().dimension(0) * channels;
        return (arena, _, _, _) -> {
            for (int i = 0; i < images; i++) {
                int c = i % channels;
                double mean = Moments.sum(x, arena, i * area, area) / area;
                double variance = Moments.squares(x, arena, i * area, area, mean) / area;
                double factor = Element.getFloat32(scale.in(arena), scale.at() + 4 * c) / Math.sqrt(variance + epsilon);
                double shift = Element.getFloat32(bias.in(arena), bias.at() + 4 * c);
                Moments.scale(x, out, arena, i * area, area, mean, factor, shift);
            }
        };
    }
}
