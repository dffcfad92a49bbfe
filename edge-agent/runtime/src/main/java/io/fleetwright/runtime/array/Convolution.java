package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.RowProduct;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of {@code [batch, channels, spatial...]} with filters {@code [units, channels / groups, kernel...]},
 * float32; inputs are x, filters and optionally bias.
 */
public record Convolution(SpatialWindow window, int groups) implements ArrayFunction {
    /** Bounds the working memory of one tile. */
    private static final int DEPTH_MAX = 1 << 19;

    @Override
    public String name() {
        return "Conv";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        for (int i = 0; i < inputs.count(); i++) {
            if (inputs.has(i)) {
                ArrayFunction.requireType("input " + i, inputs.get(i), TensorType.FLOAT32);
            }
        }
        if (inputs.has(2)) {
            ArrayFunction.requireElements("bias", inputs.get(2), inputs.get(1).dimension(0));
        }
        return List.of(output(window, groups, inputs.get(0), inputs.get(1), TensorType.FLOAT32));
    }

    /** Shape of the output of any convolution with these operands. */
    static ArrayType output(SpatialWindow window, int groups, ArrayType x, ArrayType filters, TensorType type)
            throws InferenceException {
        window.check();
        int rank = window.kernel().size() + 2;
        ArrayFunction.requireRank("x", x, rank);
        ArrayFunction.requireRank("filters", filters, rank);
        int units = filters.dimension(0);
        boolean fits = groups >= 1
                && units % groups == 0
                && (long) filters.dimension(1) * groups == x.dimension(1)
                && filters.dimensions().subList(2, rank).equals(window.kernel());
        if (!fits || x.dimension(1) == 0 || units == 0) {
            throw InferenceException.contradiction(
                    "filters %s of kernel %s in %d groups on %s".formatted(filters, window.kernel(), groups, x));
        }
        if (filters.product(1, rank) > DEPTH_MAX) {
            throw InferenceException.unsupported(
                    "filters of %d weights each, at most %d supported".formatted(filters.product(1, rank), DEPTH_MAX));
        }
        long[] shape = new long[rank];
        shape[0] = x.dimension(0);
        shape[1] = units;
        for (int d = 2; d < rank; d++) {
            shape[d] = window.fitting(d - 2, x.dimension(d));
        }
        return ArrayType.of(type, shape);
    }

    @Override
    public long macs(Slots<ArrayType> inputs, List<ArrayType> outputs) {
        var filters = inputs.get(1);
        return (long) outputs.getFirst().elements() * filters.product(1, filters.rank());
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return kernel(inputs, outputs, RowProduct.SCALAR);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs, RowProduct rows) {
        return new Columns(this, inputs.get(0), inputs.get(1), inputs.orNull(2), outputs.get(0), rows);
    }

    /**
     * Gathers the windows of a tile of output positions as columns, then multiplies the filters with them: the sums of
     * neighbouring positions run side by side.
     */
    private static final class Columns implements Kernel {
        /** More positions, and the rows of the columns are so far apart that they fall out of the caches: 4 times slower. */
        private static final int TILE_MAX = 64;

        private static final int TILE_MIN = 8;
        private static final int COLUMN_FLOATS = 1 << 18;

        private final Operand x;
        private final Operand out;
        private final @Nullable Operand bias;
        private final FloatConstant filters;
        private final RowProduct rows;
        private final int groups;
        private final int[] in;
        private final int[] kernel;
        private final int[] strides;
        private final int[] dilations;
        private final int[] pads;
        private final int[] spatial;
        private final int channels;
        private final int units;
        private final int depth;
        private final int positions;
        private final int tile;
        private final int tiles;

        Columns(
                Convolution function,
                Operand x,
                Operand filters,
                @Nullable Operand bias,
                Operand out,
                RowProduct rows) {
            this.rows = rows;
            var window = function.window;
            this.x = x;
            this.out = out;
            this.bias = bias;
            this.filters = new FloatConstant(filters);
            this.groups = function.groups;
            this.in = SpatialWindow.spatial(x.type());
            this.kernel = SpatialWindow.three(window.kernel(), 1);
            this.strides = SpatialWindow.three(window.strides(), 1);
            this.dilations = SpatialWindow.three(window.dilations(), 1);
            this.pads = SpatialWindow.three(window.padsBefore(), 0);
            this.spatial = SpatialWindow.spatial(out.type());
            this.channels = x.type().dimension(1) / groups;
            this.units = out.type().dimension(1) / groups;
            this.depth = filters.type().product(1, filters.type().rank());
            this.positions = spatial[0] * spatial[1] * spatial[2];
            this.tile = Math.min(positions, Math.clamp(COLUMN_FLOATS / Math.max(depth, 1), TILE_MIN, TILE_MAX));
            this.tiles = tile == 0 ? 0 : Math.ceilDiv(positions, tile);
        }

        @Override
        public WorkspaceSize workspace() {
            return WorkspaceSize.ofFloats(Math.addExact(Math.multiplyExact(depth, tile), tile));
        }

        /** Tiles of positions, of each image. */
        @Override
        public int parts() {
            return filters.isConstant() ? Math.max(1, x.type().dimension(0) * tiles) : 1;
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            float[] weights = filters.values(arena);
            int all = x.type().dimension(0) * tiles;
            int last = filters.isConstant() ? Math.min(to, all) : all;
            for (int part = from; part < last; part++) {
                int first = part % tiles * tile;
                int count = Math.min(tile, positions - first);
                for (int group = 0; group < groups; group++) {
                    gather(arena, part / tiles, group, first, count, workspace.floats);
                    multiply(arena, weights, part / tiles, group, first, count, workspace.floats);
                }
            }
        }

        private void multiply(byte[] arena, float[] weights, int n, int group, int first, int count, float[] columns) {
            int sums = depth * tile;
            for (int unit = group * units; unit < (group + 1) * units; unit++) {
                float start = bias == null ? 0 : Element.getFloat32(bias.in(arena), bias.at() + 4 * unit);
                Arrays.fill(columns, sums, sums + count, start);
                rows.accumulate(weights, unit * depth, depth, columns, 0, count, columns, sums);
                int to = (n * out.type().dimension(1) + unit) * positions + first;
                Element.writeFloats(columns, sums, arena, out.at() + 4 * to, count);
            }
        }

        /** {@code columns[k * count + t]} is what kernel position and channel {@code k} read at output position t. */
        private void gather(byte[] arena, int n, int group, int first, int count, float[] columns) {
            byte[] data = x.in(arena);
            int k = 0;
            for (int c = 0; c < channels; c++) {
                int image = (n * channels * groups + group * channels + c) * in[0] * in[1] * in[2];
                for (int i = 0; i < kernel[0]; i++) {
                    for (int j = 0; j < kernel[1]; j++) {
                        for (int l = 0; l < kernel[2]; l++) {
                            row(data, image, i, j, l, first, count, columns, k * count);
                            k++;
                        }
                    }
                }
            }
        }

        private void row(byte[] data, int image, int i, int j, int l, int first, int count, float[] columns, int to) {
            int t = 0;
            while (t < count) {
                int position = first + t;
                int w = position % spatial[2];
                int h = position / spatial[2] % spatial[1];
                int d = position / spatial[2] / spatial[1];
                int run = Math.min(spatial[2] - w, count - t);
                int inD = d * strides[0] - pads[0] + i * dilations[0];
                int inH = h * strides[1] - pads[1] + j * dilations[1];
                if (inD < 0 || inD >= in[0] || inH < 0 || inH >= in[1]) {
                    Arrays.fill(columns, to + t, to + t + run, 0);
                } else {
                    int line = image + (inD * in[1] + inH) * in[2];
                    int inW = w * strides[2] - pads[2] + l * dilations[2];
                    for (int r = 0; r < run; r++) {
                        columns[to + t + r] =
                                inW < 0 || inW >= in[2] ? 0 : Element.getFloat32(data, x.at() + 4 * (line + inW));
                        inW += strides[2];
                    }
                }
                t += run;
            }
        }
    }
}
