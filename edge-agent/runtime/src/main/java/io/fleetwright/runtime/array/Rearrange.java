package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

    /** Most segments that one row of the inner loop has. */
    private static final int SEGMENTS_MAX = 4096;

    private final String name;
    private final ArrayType from;
    private final ArrayType to;
    private final int[][] maps;
    private final byte[] fill;
    /** Each dimension of the output comes from that dimension of the input. */
    private final boolean picks;

    private Rearrange(String name, ArrayType from, ArrayType to, int[][] maps, byte[] fill, boolean picks) {
        this.name = name;
        this.from = from;
        this.to = to;
        this.maps = maps;
        this.fill = fill;
        this.picks = picks;
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
                fill == null ? new byte[from.type().bits() / Byte.SIZE] : fill.clone(),
                true);
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
        return new Rearrange("Expand", from, to, maps, new byte[from.type().bits() / Byte.SIZE], false);
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
                "Transpose", from, to, maps, new byte[Math.max(1, from.type().bits() / Byte.SIZE)], false);
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
        return new Rearrange(name, from, other, maps, fill, false);
    }

    /**
     * The same picks from an array that {@code by} makes the input of; {@code by} then makes the output of their result.
     * Empty when the dimensions of input and output are not the same ones.
     */
    public Optional<Rearrange> before(Transpose by, ArrayType of) throws InferenceException {
        if (!picks || of.rank() != from.rank()) {
            return Optional.empty();
        }
        int[] strides = from.strides();
        int[][] positions = new int[from.rank()][];
        for (int d = 0; d < from.rank(); d++) {
            int stride = Math.max(strides[d], 1);
            positions[by.permutation().get(d)] = Arrays.stream(maps[d])
                    .map(at -> at == FILL ? FILL : at / stride)
                    .toArray();
        }
        return Optional.of(pick(name, of, positions, fill));
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

    /**
     * What one row of the output is put together from.
     *
     * @param sources first input element of each segment, or {@link #FILL}
     * @param lengths elements of each segment
     */
    private record Segments(int[] sources, int[] lengths) {
        static final Segments ONE = new Segments(new int[1], new int[] {1});

        int count() {
            return sources.length;
        }

        /** This row at every position of one more dimension; neighbours that continue each other are joined. */
        Segments along(int[] map) {
            int all = Arrays.stream(lengths).sum();
            int[] newSources = new int[map.length * count()];
            int[] newLengths = new int[map.length * count()];
            int used = 0;
            for (int position : map) {
                int pieces = position == FILL ? 1 : count();
                for (int piece = 0; piece < pieces; piece++) {
                    int source = position == FILL || sources[piece] == FILL ? FILL : position + sources[piece];
                    int length = position == FILL ? all : lengths[piece];
                    if (used > 0 && continues(newSources[used - 1], newLengths[used - 1], source)) {
                        newLengths[used - 1] += length;
                    } else {
                        newSources[used] = source;
                        newLengths[used++] = length;
                    }
                }
            }
            return new Segments(Arrays.copyOf(newSources, used), Arrays.copyOf(newLengths, used));
        }

        private static boolean continues(int source, int length, int next) {
            return source == FILL ? next == FILL : next == source + length;
        }

        boolean areSingle() {
            return Arrays.stream(lengths).allMatch(length -> length == 1);
        }
    }

    private final class Copies implements Kernel {
        private final Operand in;
        private final Operand out;
        private final int size;
        private final int rows;
        private final int rowsPerPart;
        private final int rowLength;
        private final int[] sources;
        private final int[] lengths;
        private final boolean single;
        /** Whether the row takes elements of three planes in turn, as when a planar image becomes one of pixels. */
        private final boolean threePlanes;

        private final int outerRank;

        Copies(Operand in, Operand out) {
            this.in = in;
            this.out = out;
            this.size = from.type().bits() / Byte.SIZE;
            var row = Segments.ONE;
            int outer = maps.length;
            int length = 1;
            while (outer > 0 && (outer == maps.length || (long) row.count() * maps[outer - 1].length <= SEGMENTS_MAX)) {
                row = row.along(maps[outer - 1]);
                length *= maps[outer - 1].length;
                outer--;
            }
            this.sources = row.sources;
            this.lengths = row.lengths;
            this.single = row.areSingle();
            this.threePlanes = single && size == 1 && isThreePlanes(sources);
            this.rowLength = length;
            this.outerRank = outer;
            int product = 1;
            for (int d = 0; d < outer; d++) {
                product *= maps[d].length;
            }
            this.rows = product;
            this.rowsPerPart = Math.max(1, PART_ELEMENTS / Math.max(1, length));
        }

        /** Stretches of rows, large enough to be worth a thread. */
        @Override
        public int parts() {
            return Math.ceilDiv(rows, rowsPerPart);
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int fromPart, int toPart) {
            if (rows == 0 || rowLength == 0) {
                return;
            }
            byte[] data = in.in(arena);
            int end = (int) Math.min(rows, (long) toPart * rowsPerPart);
            int[] at = workspace.few;
            seek(at, fromPart * rowsPerPart);
            for (int row = fromPart * rowsPerPart; row < end; row++) {
                int base = base(at);
                int to = out.at() + row * rowLength * size;
                if (base == FILL) {
                    fill(arena, to, rowLength);
                } else if (threePlanes) {
                    interleave(data, in.at() + base, arena, to);
                } else if (single && size == 1) {
                    scatter(data, in.at() + base, arena, to);
                } else {
                    copy(data, base, arena, to);
                }
                next(at);
            }
        }

        private void copy(byte[] data, int base, byte[] arena, int to) {
            int at = to;
            for (int i = 0; i < sources.length; i++) {
                if (sources[i] == FILL) {
                    fill(arena, at, lengths[i]);
                } else {
                    System.arraycopy(data, in.at() + (base + sources[i]) * size, arena, at, lengths[i] * size);
                }
                at += lengths[i] * size;
            }
        }

        private static boolean isThreePlanes(int[] sources) {
            if (sources.length % 3 != 0) {
                return false;
            }
            for (int i = 0; i < sources.length; i++) {
                if (sources[i] == FILL || sources[i] != sources[i % 3] + i / 3) {
                    return false;
                }
            }
            return true;
        }

        private void interleave(byte[] data, int base, byte[] arena, int to) {
            int first = base + sources[0];
            int second = base + sources[1];
            int third = base + sources[2];
            for (int i = 0; i < sources.length / 3; i++) {
                arena[to + 3 * i] = data[first + i];
                arena[to + 3 * i + 1] = data[second + i];
                arena[to + 3 * i + 2] = data[third + i];
            }
        }

        private void scatter(byte[] data, int base, byte[] arena, int to) {
            byte filled = fill[0];
            for (int i = 0; i < sources.length; i++) {
                arena[to + i] = sources[i] == FILL ? filled : data[base + sources[i]];
            }
        }

        private void fill(byte[] arena, int at, int count) {
            if (size == 1) {
                Arrays.fill(arena, at, at + count, fill[0]);
                return;
            }
            for (int i = 0; i < count; i++) {
                System.arraycopy(fill, 0, arena, at + i * size, size);
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
