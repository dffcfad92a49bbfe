package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The transpose of a convolution: each input element adds its filter, times itself, to the output around {@code position
 * * stride - pad}. Float32; filters are {@code [channels, units / groups, kernel...]}, inputs x, filters and bias.
 *
 * @param output spatial extents of the output
 */
public record TransposedConvolution(SpatialWindow window, int groups, List<Integer> output) implements ArrayFunction {
    public TransposedConvolution {
        output = List.copyOf(output);
    }

    @Override
    public String name() {
        return "ConvTranspose";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        window.check();
        var x = inputs.get(0);
        var filters = inputs.get(1);
        int rank = window.kernel().size() + 2;
        ArrayFunction.requireType("x", x, TensorType.FLOAT32);
        ArrayFunction.requireType("filters", filters, TensorType.FLOAT32);
        ArrayFunction.requireRank("x", x, rank);
        ArrayFunction.requireRank("filters", filters, rank);
        if (groups < 1
                || x.dimension(1) != filters.dimension(0)
                || x.dimension(1) % groups != 0
                || output.size() != rank - 2
                || !filters.dimensions().subList(2, rank).equals(window.kernel())) {
            throw InferenceException.contradiction(
                    "filters %s of kernel %s in %d groups on %s".formatted(filters, window.kernel(), groups, x));
        }
        long[] shape = new long[rank];
        shape[0] = x.dimension(0);
        shape[1] = (long) filters.dimension(1) * groups;
        for (int d = 2; d < rank; d++) {
            shape[d] = output.get(d - 2);
        }
        if (inputs.has(2)) {
            ArrayFunction.requireType("bias", inputs.get(2), TensorType.FLOAT32);
            ArrayFunction.requireElements("bias", inputs.get(2), (int) shape[1]);
        }
        return List.of(ArrayType.of(TensorType.FLOAT32, shape));
    }

    @Override
    public long macs(Slots<ArrayType> inputs, List<ArrayType> outputs) {
        var filters = inputs.get(1);
        return (long) inputs.get(0).elements() * filters.product(1, filters.rank());
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return new Gathering(this, inputs.get(0), inputs.get(1), inputs.orNull(2), outputs.get(0));
    }

    private static final class Gathering implements Kernel {
        private final Operand x;
        private final Operand filters;
        private final @Nullable Operand bias;
        private final Operand out;
        private final int groups;
        /** The window slides over the output and meets input positions: the convolution this is the transpose of. */
        private final WindowWalk walk;

        private final int[] sources;

        Gathering(TransposedConvolution function, Operand x, Operand filters, @Nullable Operand bias, Operand out) {
            this.x = x;
            this.filters = filters;
            this.bias = bias;
            this.out = out;
            this.groups = function.groups;
            this.walk = new WindowWalk(function.window, out.type(), x.type());
            this.sources = new int[walk.taps()];
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            int units = filters.type().dimension(1);
            int batch = x.type().dimension(0);
            int area = walk.inArea();
            for (int n = 0; n < batch; n++) {
                for (int unit = 0; unit < units * groups; unit++) {
                    float start = bias == null ? 0 : Element.getFloat32(bias.in(arena), bias.at() + 4 * unit);
                    int first = out.at() + 4 * (n * units * groups + unit) * area;
                    for (int i = 0; i < area; i++) {
                        Element.setFloat32(arena, first + 4 * i, start);
                    }
                }
                for (int position = 0; position < walk.outArea(); position++) {
                    for (int tap = 0; tap < sources.length; tap++) {
                        sources[tap] = walk.source(position, tap);
                    }
                    scatter(arena, n, position, units);
                }
            }
        }

        private void scatter(byte[] arena, int n, int position, int units) {
            int channels = x.type().dimension(1);
            byte[] data = x.in(arena);
            byte[] weights = filters.in(arena);
            for (int c = 0; c < channels; c++) {
                float value = Element.getFloat32(data, x.at() + 4 * ((n * channels + c) * walk.outArea() + position));
                int group = c / (channels / groups);
                for (int unit = 0; unit < units; unit++) {
                    int image = out.at() + 4 * (n * units * groups + group * units + unit) * walk.inArea();
                    int filter = filters.at() + 4 * (c * units + unit) * sources.length;
                    for (int tap = 0; tap < sources.length; tap++) {
                        if (sources[tap] != WindowWalk.PADDING) {
                            int at = image + 4 * sources[tap];
                            float product = value * Element.getFloat32(weights, filter + 4 * tap);
                            Element.setFloat32(arena, at, Element.getFloat32(arena, at) + product);
                        }
                    }
                }
            }
        }
    }
}
