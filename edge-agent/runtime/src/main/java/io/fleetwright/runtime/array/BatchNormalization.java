package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code (x - mean) / sqrt(variance + epsilon) * scale + bias} per channel, dimension 1; inputs are x, scale, bias, mean
 * and variance.
 *
 * <p>In training, mean and variance are those of the batch, and two more outputs are the running ones: {@code given *
 * momentum + batch * (1 - momentum)}.
 */
public record BatchNormalization(Mode mode, float epsilon, float momentum) implements ArrayFunction {
    /** Whose mean and variance count. */
    public enum Mode {
        INFERENCE,
        TRAINING
    }

    @Override
    public String name() {
        return "BatchNormalization";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var x = inputs.get(0);
        ArrayFunction.requireType("x", x, TensorType.FLOAT32);
        if (x.rank() < 2) {
            throw InferenceException.unsupported("x %s, at least 2 dimensions supported".formatted(x));
        }
        for (int i = 1; i <= 4; i++) {
            ArrayFunction.requireType("input " + i, inputs.get(i), TensorType.FLOAT32);
            ArrayFunction.requireElements("input " + i, inputs.get(i), x.dimension(1));
        }
        return mode == Mode.INFERENCE ? List.of(x) : List.of(x, inputs.get(3), inputs.get(4));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return new Normalizing(this, inputs, outputs.get(0), outputs.orNull(1), outputs.orNull(2));
    }

    private record Normalizing(
            BatchNormalization function,
            Slots<Operand> in,
            Operand out,
            @Nullable Operand runningMean,
            @Nullable Operand runningVariance)
            implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var x = in.get(0);
            var type = x.type();
            int channels = type.dimension(1);
            int area = type.product(2, type.rank());
            for (int c = 0; c < channels; c++) {
                double mean = get(arena, 3, c);
                double variance = get(arena, 4, c);
                if (function.mode == Mode.TRAINING) {
                    double batchMean = Moments.mean(x, arena, c, area);
                    double batchVariance = Moments.variance(x, arena, c, area, batchMean);
                    double kept = function.momentum;
                    if (runningMean != null) {
                        Element.setFloat32(
                                arena, runningMean.at() + 4 * c, (float) (mean * kept + batchMean * (1 - kept)));
                    }
                    if (runningVariance != null) {
                        Element.setFloat32(arena, runningVariance.at() + 4 * c, (float)
                                (variance * kept + batchVariance * (1 - kept)));
                    }
                    mean = batchMean;
                    variance = batchVariance;
                }
                double factor = get(arena, 1, c) / Math.sqrt(variance + function.epsilon);
                double bias = get(arena, 2, c);
                for (int n = 0; n < type.dimension(0); n++) {
                    Moments.scale(x, out, arena, (n * channels + c) * area, area, mean, factor, bias);
                }
            }
        }

        private float get(byte[] arena, int input, int channel) {
            var operand = in.get(input);
            return Element.getFloat32(operand.in(arena), operand.at() + 4 * channel);
        }
    }
}
