package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Maximum or mean of a window over {@code [batch, channels, spatial...]}. */
public record Pooling(Kind kind, SpatialWindow window, Rest rest, Order order) implements ArrayFunction {
    /** What is taken of a window. */
    public enum Kind {
        /** With a second output: the position of the maximum in the whole input, int64. */
        MAX,
        /** Over positions inside the image. */
        MEAN_INSIDE,
        /** Padding counts as zeros. */
        MEAN_WITH_PADDING
    }

    /** Whether a window may begin in the rest that no whole window fits. */
    public enum Rest {
        LEFT_OUT,
        POOLED
    }

    /** How positions of maxima are counted. */
    public enum Order {
        ROW_MAJOR,
        COLUMN_MAJOR
    }

    private static final Set<TensorType> MAX_TYPES =
            Types.union(Types.FLOATS, Set.of(TensorType.INT8, TensorType.UINT8));

    @Override
    public String name() {
        return kind == Kind.MAX ? "MaxPool" : "AveragePool";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        window.check();
        var x = inputs.get(0);
        Types.require("x", x, kind == Kind.MAX ? MAX_TYPES : Types.FLOATS);
        ArrayFunction.requireRank("x", x, window.kernel().size() + 2);
        long[] shape = new long[x.rank()];
        shape[0] = x.dimension(0);
        shape[1] = x.dimension(1);
        for (int d = 0; d < shape.length - 2; d++) {
            if (window.padsBefore().get(d) >= window.extent(d)
                    || window.padsAfter().get(d) >= window.extent(d)) {
                throw InferenceException.contradiction("padding as large as the window: %s".formatted(window));
            }
            int in = x.dimension(d + 2);
            shape[d + 2] = rest == Rest.POOLED ? window.fittingOrPartly(d, in) : window.fitting(d, in);
        }
        var out = ArrayType.of(x.type(), shape);
        return kind == Kind.MAX ? List.of(out, out.as(TensorType.INT64)) : List.of(out);
    }

    @Override
    public long work(Slots<ArrayType> inputs, List<ArrayType> outputs) {
        return (long) outputs.getFirst().elements() * window.positions();
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var x = inputs.get(0);
        var shaped = outputs.has(0) ? outputs.get(0) : outputs.get(1);
        var walk = new WindowWalk(window, x.type(), shaped.type());
        int images = x.type().dimension(0) * x.type().dimension(1);
        if (kind == Kind.MAX) {
            return new Maximum(x, outputs.orNull(0), outputs.orNull(1), walk, images, order);
        }
        return new Mean(kind, x, outputs.get(0), walk, images);
    }

    private record Maximum(
            Operand x, @Nullable Operand out, @Nullable Operand where, WindowWalk walk, int images, Order order)
            implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var element = Element.of(x.type().type());
            var positions = Element.of(TensorType.INT64);
            byte[] data = x.in(arena);
            for (int image = 0; image < images; image++) {
                int first = image * walk.inArea();
                for (int position = 0; position < walk.outArea(); position++) {
                    int best = -1;
                    double bestValue = Double.NEGATIVE_INFINITY;
                    for (int tap = 0; tap < walk.taps(); tap++) {
                        int source = walk.source(position, tap);
                        if (source == WindowWalk.PADDING) {
                            continue;
                        }
                        double value = element.getDouble(data, x.at(), first + source);
                        if (best < 0 || value > bestValue) {
                            best = source;
                            bestValue = value;
                        }
                    }
                    int index = image * walk.outArea() + position;
                    if (out != null) {
                        element.setDouble(arena, out.at(), index, best < 0 ? 0 : bestValue);
                    }
                    if (where != null) {
                        positions.setLong(arena, where.at(), index, first + counted(Math.max(best, 0)));
                    }
                }
            }
        }

        /** A position in the image as the output counts it. */
        private long counted(int position) {
            if (order == Order.ROW_MAJOR) {
                return position;
            }
            long counted = 0;
            int rest = position;
            long stride = walk.inArea();
            for (int d = x.type().rank() - 1; d >= 2; d--) {
                int extent = x.type().dimension(d);
                stride /= extent;
                counted += rest % extent * stride;
                rest /= extent;
            }
            return counted;
        }
    }

    private record Mean(Kind kind, Operand x, Operand out, WindowWalk walk, int images) implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var element = Element.of(x.type().type());
            byte[] data = x.in(arena);
            for (int image = 0; image < images; image++) {
                int first = image * walk.inArea();
                for (int position = 0; position < walk.outArea(); position++) {
                    double sum = 0;
                    int count = 0;
                    for (int tap = 0; tap < walk.taps(); tap++) {
                        int source = walk.source(position, tap);
                        if (source != WindowWalk.PADDING) {
                            sum += element.getDouble(data, x.at(), first + source);
                            count++;
                        } else if (kind == Kind.MEAN_WITH_PADDING && walk.isCounted(position, tap)) {
                            count++;
                        }
                    }
                    element.setDouble(arena, out.at(), image * walk.outArea() + position, count == 0 ? 0 : sum / count);
                }
            }
        }
    }
}
