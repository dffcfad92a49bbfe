package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Each output element is a copy of one input element, or of a fill value; which one is told along each dimension
 * separately: {@code out[i, j, ...] = in[maps[0][i] + maps[1][j] + ...]}.
 *
 * <p>Slices, padding, broadcasting, nearest-neighbour resizing and transposition are all of this kind.
 */
public final class Rearrange implements ArrayFunction {
    /** In a map: no input element stands here, the fill value does. */
    private static final int FILL = -1;

    /** Longest dimension that positions are listed for. */
    public static final int EXTENT_MAX = 1 << 20;

    /** Elements that are worth a thread. */
    private static final int PART_ELEMENTS = 1 << 14;

    /** Longest inner loop that dimensions are merged to. */
    private static final int MERGED_MAX = 4096;

    private final String name;
    private final ArrayType from;
    private final ArrayType to;
    private final int[][] maps;
    private final byte[] fill;

    private Rearrange(String name, ArrayType from, ArrayType to, int[][] maps, byte[] fill) {
        this.name = name;
        this.from = from;
        this.to = to;
        this.maps = maps;
        this.fill = fill;
    }

    /**
     * Picks positions along each dimension.
     *
     * @param positions for each dimension of {@code from}, the input positions in the order of the output; a position
     *     outside the dimension reads as the fill value
     * @param fill bytes of one element, or null when no position is outside
     */
    public static Rearrange pick(String name, ArrayType from, int[][] positions, byte @Nullable [] fill)
            throws InferenceException {
        Types.require("input", from, Types.WHOLE_BYTES);
        int[] strides = from.strides();
        int[] shape = new int[from.rank()];
        int[][] maps = new int[from.rank()][];
        for (int d = 0; d < shape.length; d++) {
            shape[d] = positions[d].length;
            maps[d] = new int[shape[d]];
            for (int i = 0; i < shape[d]; i++) {
                int position = positions[d][i];
                maps[d][i] = position < 0 || position >= from.dimension(d) ? FILL : position * strides[d];
            }
        }
        return new Rearrange(
                name,
                from,
                ArrayType.of(from.type(), shape),
                maps,
                fill == null ? new byte[from.type().bits() / Byte.SIZE] : fill.clone());
    }

    /** {@code to}'s dimensions are those of {@code from} or stretch them; aligned at the end. */
    public static Rearrange expand(ArrayType from, ArrayType to) throws InferenceException {
        Types.require("input", from, Types.WHOLE_BYTES);
        int[][] maps = new int[to.rank()][];
        int missing = to.rank() - from.rank();
        int[] strides = from.strides();
        for (int d = 0; d < maps.length; d++) {
            if (to.dimension(d) > EXTENT_MAX) {
                throw InferenceException.unsupported(
                        "%s, dimensions of at most %d supported".formatted(to, EXTENT_MAX));
            }
            maps[d] = new int[to.dimension(d)];
            if (d >= missing && from.dimension(d - missing) != 1) {
                Arrays.setAll(maps[d], i -> i);
                int stride = strides[d - missing];
                for (int i = 0; i < maps[d].length; i++) {
                    maps[d][i] *= stride;
                }
            }
        }
        return new Rearrange("Expand", from, to, maps, new byte[from.type().bits() / Byte.SIZE]);
    }

    static Rearrange transpose(ArrayType from, ArrayType to, int[] permutation) {
        int[] strides = from.strides();
        int[][] maps = new int[permutation.length][];
        for (int d = 0; d < permutation.length; d++) {
            int stride = strides[permutation[d]];
            maps[d] = new int[to.dimension(d)];
            for (int i = 0; i < maps[d].length; i++) {
                maps[d][i] = i * stride;
            }
        }
        return new Rearrange(
                "Transpose", from, to, maps, new byte[Math.max(1, from.type().bits() / Byte.SIZE)]);
    }

    @Override
    public String name() {
        return name;
    }

    /**
     * The same copies under another shape.
     *
     * @throws InferenceException when it has another number of elements
     */
    public Rearrange as(int[] shape) throws InferenceException {
        var other = ArrayType.of(to.type(), shape);
        if (other.elements() != to.elements()) {
            throw InferenceException.contradiction("output %s of %s".formatted(other, to));
        }
        return new Rearrange(name, from, other, maps, fill);
    }

    /** Fill values before the first input element along a dimension. */
    public int fillBefore(int dimension) {
        int count = 0;
        while (count < maps[dimension].length && maps[dimension][count] == FILL) {
            count++;
        }
        return count;
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        if (!inputs.get(0).equals(from)) {
            throw InferenceException.contradiction("input %s, %s allowed".formatted(inputs.get(0), from));
        }
        return List.of(to);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return new Copies(inputs.get(0), outputs.get(0));
    }

    private final class Copies implements Kernel {
        private final Operand in;
        private final Operand out;
        private final int size;
        private final int rows;
        private final int rowsPerPart;
        /** Offsets along the innermost loop, over one or several dimensions that are one run of memory. */
        private final int[] inner;

        private final int outerRank;
        private final boolean contiguous;

        Copies(Operand in, Operand out) {
            this.in = in;
            this.out = out;
            this.size = from.type().bits() / Byte.SIZE;
            int rank = maps.length;
            int[] innermost = rank == 0 ? new int[1] : maps[rank - 1];
            int outer = Math.max(rank - 1, 0);
            while (outer > 0
                    && (long) innermost.length * maps[outer - 1].length <= MERGED_MAX
                    && isRun(innermost)
                    && isRunOf(maps[outer - 1], innermost.length)) {
                innermost = merge(maps[outer - 1], innermost);
                outer--;
            }
            this.inner = innermost;
            this.outerRank = outer;
            this.contiguous = isRun(innermost);
            int product = 1;
            for (int d = 0; d < outer; d++) {
                product *= maps[d].length;
            }
            this.rows = product;
            this.rowsPerPart = Math.max(1, PART_ELEMENTS / Math.max(1, inner.length));
        }

        private static boolean isRun(int[] map) {
            return isRunOf(map, 1);
        }

        private static boolean isRunOf(int[] map, int step) {
            for (int i = 0; i < map.length; i++) {
                if (map[i] == FILL || map[i] != map[0] + i * step) {
                    return false;
                }
            }
            return true;
        }

        private static int[] merge(int[] outer, int[] inner) {
            int[] merged = new int[outer.length * inner.length];
            for (int i = 0; i < merged.length; i++) {
                merged[i] = outer[i / inner.length] + inner[i % inner.length];
            }
            return merged;
        }

        /** Stretches of rows, large enough to be worth a thread. */
        @Override
        public int parts() {
            return Math.ceilDiv(rows, rowsPerPart);
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int fromPart, int toPart) {
            byte[] data = in.in(arena);
            int length = inner.length;
            if (length == 0 || rows == 0) {
                return;
            }
            int end = (int) Math.min(rows, (long) toPart * rowsPerPart);
            int[] at = workspace.few;
            seek(at, fromPart * rowsPerPart);
            for (int row = fromPart * rowsPerPart; row < end; row++) {
                int base = base(at);
                int to = out.at() + row * length * size;
                if (base == FILL) {
                    for (int i = 0; i < length; i++) {
                        System.arraycopy(fill, 0, arena, to + i * size, size);
                    }
                } else if (contiguous) {
                    System.arraycopy(data, in.at() + (base + inner[0]) * size, arena, to, length * size);
                } else if (size == 1) {
                    scatterBytes(data, in.at() + base, arena, to);
                } else {
                    scatter(data, base, arena, to);
                }
                next(at);
            }
        }

        private void scatterBytes(byte[] data, int from, byte[] arena, int to) {
            for (int i = 0; i < inner.length; i++) {
                arena[to + i] = inner[i] == FILL ? fill[0] : data[from + inner[i]];
            }
        }

        private void scatter(byte[] data, int base, byte[] arena, int to) {
            for (int i = 0; i < inner.length; i++) {
                boolean filled = inner[i] == FILL;
                byte[] source = filled ? fill : data;
                int at = filled ? 0 : in.at() + (base + inner[i]) * size;
                for (int b = 0; b < size; b++) {
                    arena[to + i * size + b] = source[at + b];
                }
            }
        }

        /** Where a row stands along each outer dimension. */
        private void seek(int[] at, int row) {
            int rest = row;
            for (int d = outerRank - 1; d >= 0; d--) {
                at[d] = rest % maps[d].length;
                rest /= maps[d].length;
            }
        }

        private void next(int[] at) {
            for (int d = outerRank - 1; d >= 0; d--) {
                if (++at[d] < maps[d].length) {
                    return;
                }
                at[d] = 0;
            }
        }

        private int base(int[] at) {
            int offset = 0;
            for (int d = 0; d < outerRank; d++) {
                int step = maps[d][at[d]];
                if (step == FILL) {
                    return FILL;
                }
                offset += step;
            }
            return offset;
        }
    }
}
