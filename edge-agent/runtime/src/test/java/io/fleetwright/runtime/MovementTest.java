package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteOperator.bytes;
import static io.fleetwright.runtime.TfliteOperator.coordinates;
import static io.fleetwright.runtime.TfliteOperator.element;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Operators that put elements elsewhere, element by element against where each has to come from. */
class MovementTest {
    private static final int CONCATENATION = 2;
    private static final int PAD = 34;
    private static final int TRANSPOSE = 39;
    private static final int SQUEEZE = 43;
    private static final int STRIDED_SLICE = 45;
    private static final int SPLIT = 49;
    private static final int PADV2 = 60;
    private static final int SLICE = 65;
    private static final int EXPAND_DIMS = 70;
    private static final int PACK = 83;
    private static final int UNPACK = 88;
    private static final int RESIZE_NEAREST_NEIGHBOR = 97;
    private static final int CASES = 200;

    @Test
    void paddingIsTheZeroPointOrTheGivenValue() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rank = random.nextInt(1, 5);
            int[] shape = TfliteOperator.shape(random, rank, 5);
            int[] paddings = TfliteOperator.shape(random, 2 * rank, 4);
            int[] padded = new int[rank];
            for (int d = 0; d < rank; d++) {
                paddings[2 * d]--;
                paddings[2 * d + 1]--;
                padded[d] = paddings[2 * d] + shape[d] + paddings[2 * d + 1];
            }
            int zeroPoint = TfliteOperator.zeroPoint(random);
            boolean given = random.nextBoolean();
            byte value = given ? (byte) random.nextInt() : (byte) zeroPoint;
            byte[] in = bytes(random, elements(shape));

            var writer = new TfliteWriter();
            int input = writer.activation(0.5f, zeroPoint, shape);
            int paddingsId = writer.ints(paddings);
            int output = writer.activation(0.5f, zeroPoint, padded);
            if (given) {
                int fill = writer.tensor(
                        new int[] {1}, 9, writer.buffer(new byte[] {value}), new float[] {0.5f}, new long[] {zeroPoint
                        });
                writer.operator(PADV2, 2, 43, table(), new int[] {input, paddingsId, fill}, output);
            } else {
                writer.operator(PAD, 2, 22, table(), new int[] {input, paddingsId}, output);
            }

            byte[] expected = new byte[elements(padded)];
            for (int i = 0; i < expected.length; i++) {
                int[] at = coordinates(padded, i);
                boolean inside = true;
                for (int d = 0; d < rank; d++) {
                    at[d] -= paddings[2 * d];
                    inside &= at[d] >= 0 && at[d] < shape[d];
                }
                expected[i] = inside ? in[element(shape, at)] : value;
            }
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, in))
                    .isEqualTo(expected);
        });
    }

    @Test
    void transpositionMovesEachElement() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rank = random.nextInt(1, 6);
            int[] shape = TfliteOperator.shape(random, rank, 5);
            int[] order = TfliteOperator.permutation(random, rank);
            int[] moved = new int[rank];
            for (int d = 0; d < rank; d++) {
                moved[d] = shape[order[d]];
            }
            byte[] in = bytes(random, elements(shape));
            var writer = new TfliteWriter();
            int input = writer.activation(0.5f, 3, shape);
            int orderId = writer.ints(order);
            int output = writer.activation(0.5f, 3, moved);
            writer.operator(TRANSPOSE, 2, 26, table(), new int[] {input, orderId}, output);
            byte[] expected = new byte[in.length];
            for (int i = 0; i < in.length; i++) {
                int[] from = coordinates(shape, i);
                int[] to = new int[rank];
                for (int d = 0; d < rank; d++) {
                    to[d] = from[order[d]];
                }
                expected[element(moved, to)] = in[i];
            }
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, in))
                    .isEqualTo(expected);
        });
    }

    private static byte[][] several(SplittableRandom random, int count, int elements) {
        byte[][] parts = new byte[count][];
        Arrays.setAll(parts, _ -> bytes(random, elements));
        return parts;
    }

    private static int[] with(int[] shape, int dimension, int extent) {
        int[] other = shape.clone();
        other[dimension] = extent;
        return other;
    }

    private static int[] inserted(int[] shape, int dimension, int extent) {
        int[] longer = new int[shape.length + 1];
        for (int d = 0; d < longer.length; d++) {
            longer[d] = d == dimension ? extent : shape[d < dimension ? d : d - 1];
        }
        return longer;
    }

    private static int[] without(int[] shape, int dimension) {
        return IntStream.range(0, shape.length)
                .filter(d -> d != dimension)
                .map(d -> shape[d])
                .toArray();
    }

    /** The axis, or the same one counted from the end. */
    private static int either(SplittableRandom random, int axis, int rank) {
        return random.nextBoolean() ? axis : axis - rank;
    }

    @Test
    void concatenationPutsInputsOneAfterTheOther() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rank = random.nextInt(1, 5);
            int[] shape = TfliteOperator.shape(random, rank, 4);
            int axis = random.nextInt(rank);
            int count = random.nextInt(1, 5);
            int constant = random.nextInt(2 * count);
            var writer = new TfliteWriter();
            int[] ids = new int[count];
            int[] starts = new int[count + 1];
            var parts = new ArrayList<byte[]>();
            var given = new ArrayList<byte[]>();
            var ports = new ArrayList<Integer>();
            var shapes = new ArrayList<int[]>();
            for (int i = 0; i < count; i++) {
                int[] own = with(shape, axis, random.nextInt(1, 5));
                shapes.add(own);
                starts[i + 1] = starts[i] + own[axis];
                parts.add(bytes(random, elements(own)));
                if (i == constant && count > 1) {
                    ids[i] = writer.tensor(own, 9, writer.buffer(parts.get(i)), new float[] {0.5f}, new long[] {3});
                } else {
                    ids[i] = writer.activation(0.5f, 3, own);
                    given.add(parts.get(i));
                    ports.add(ids[i]);
                }
            }
            int[] joined = with(shape, axis, starts[count]);
            int output = writer.activation(0.5f, 3, joined);
            byte[] file = writer.operator(
                            CONCATENATION, 2, 10, table(either(random, axis, rank), (byte) 0), ids, output)
                    .ports(ports.stream().mapToInt(Integer::intValue).toArray(), new int[] {output})
                    .toBytes();
            byte[] expected = new byte[elements(joined)];
            for (int i = 0; i < expected.length; i++) {
                int[] at = coordinates(joined, i);
                int part = 0;
                while (at[axis] >= starts[part + 1]) {
                    part++;
                }
                at[axis] -= starts[part];
                expected[i] = parts.get(part)[element(shapes.get(part), at)];
            }
            assertThat(TfliteOperator.run(file, Rounding.DOUBLE, given.toArray(byte[][]::new)))
                    .isEqualTo(expected);
        });
    }

    @Test
    void splittingTakesEqualPartsOneAfterTheOther() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rank = random.nextInt(1, 5);
            int[] part = TfliteOperator.shape(random, rank, 4);
            int axis = random.nextInt(rank);
            int count = random.nextInt(1, 5);
            int[] shape = with(part, axis, count * part[axis]);
            byte[] in = bytes(random, elements(shape));
            var writer = new TfliteWriter();
            int axisId = writer.ints(either(random, axis, rank));
            int input = writer.activation(0.5f, 3, shape);
            int[] outputs = new int[count];
            Arrays.setAll(outputs, _ -> writer.activation(0.5f, 3, part));
            writer.operator(SPLIT, 2, 35, table(count), new int[] {axisId, input}, outputs)
                    .ports(new int[] {input}, outputs);
            byte[] expected = new byte[in.length];
            for (int i = 0; i < in.length; i++) {
                int[] at = coordinates(shape, i);
                int which = at[axis] / part[axis];
                at[axis] %= part[axis];
                expected[which * elements(part) + element(part, at)] = in[i];
            }
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, in))
                    .isEqualTo(expected);
        });
    }

    @Test
    void packingAndUnpackingAddAndRemoveADimension() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rank = random.nextInt(1, 5);
            int[] part = TfliteOperator.shape(random, rank, 4);
            int axis = random.nextInt(rank + 1);
            int count = random.nextInt(1, 5);
            int[] packed = inserted(part, axis, count);
            byte[][] parts = several(random, count, elements(part));
            byte[] whole = new byte[elements(packed)];
            for (int i = 0; i < whole.length; i++) {
                int[] at = coordinates(packed, i);
                whole[i] = parts[at[axis]][element(part, without(at, axis))];
            }
            var options = table(count, either(random, axis, rank + 1));
            var packing = new TfliteWriter();
            int[] inputs = new int[count];
            Arrays.setAll(inputs, _ -> packing.activation(0.5f, 3, part));
            int output = packing.activation(0.5f, 3, packed);
            packing.operator(PACK, 2, 59, options, inputs, output).ports(inputs, new int[] {output});
            assertThat(TfliteOperator.run(packing.toBytes(), Rounding.DOUBLE, parts))
                    .isEqualTo(whole);

            var unpacking = new TfliteWriter();
            int input = unpacking.activation(0.5f, 3, packed);
            int[] outputs = new int[count];
            Arrays.setAll(outputs, _ -> unpacking.activation(0.5f, 3, part));
            unpacking.operator(UNPACK, 2, 64, options, new int[] {input}, outputs);
            byte[] expected = new byte[whole.length];
            for (int i = 0; i < count; i++) {
                System.arraycopy(parts[i], 0, expected, i * parts[i].length, parts[i].length);
            }
            assertThat(TfliteOperator.run(unpacking.toBytes(), Rounding.DOUBLE, whole))
                    .isEqualTo(expected);
        });
    }

    @Test
    void slicesTakeAStretchOfEachDimension() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rank = random.nextInt(1, 5);
            int[] shape = TfliteOperator.shape(random, rank, 6);
            int[] begin = new int[rank];
            int[] size = new int[rank];
            int[] given = new int[rank];
            for (int d = 0; d < rank; d++) {
                begin[d] = random.nextInt(shape[d]);
                size[d] = random.nextInt(1, shape[d] - begin[d] + 1);
                given[d] = begin[d] + size[d] == shape[d] && random.nextBoolean() ? -1 : size[d];
            }
            byte[] in = bytes(random, elements(shape));
            var writer = new TfliteWriter();
            int input = writer.activation(0.5f, 3, shape);
            int beginId = writer.ints(begin);
            int sizeId = writer.ints(given);
            int output = writer.activation(0.5f, 3, size);
            writer.operator(SLICE, 2, 48, table(), new int[] {input, beginId, sizeId}, output);
            byte[] expected = new byte[elements(size)];
            for (int i = 0; i < expected.length; i++) {
                int[] at = coordinates(size, i);
                for (int d = 0; d < rank; d++) {
                    at[d] += begin[d];
                }
                expected[i] = in[element(shape, at)];
            }
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, in))
                    .isEqualTo(expected);
        });
    }

    /** Walks as a loop over the dimension would: from, to (exclusive), by. */
    private static List<Integer> walk(@Nullable Integer from, @Nullable Integer to, int by, int extent) {
        var positions = new ArrayList<Integer>();
        int first = from == null ? (by > 0 ? 0 : extent - 1) : from < 0 ? from + extent : from;
        int last = to == null ? (by > 0 ? extent : -1) : to < 0 ? to + extent : to;
        for (int at = first; by > 0 ? at < last : at > last; at += by) {
            if (at >= 0 && at < extent) {
                positions.add(at);
            }
        }
        return positions;
    }

    @Test
    void stridedSlicesWalkEachDimension() {
        SeededCases.forEach(1, 2 * CASES, (random, _) -> {
            int rank = random.nextInt(1, 5);
            int[] shape = TfliteOperator.shape(random, rank, 7);
            int[] begin = new int[rank];
            int[] end = new int[rank];
            int[] strides = new int[rank];
            int beginMask = 0;
            int endMask = 0;
            int shrinkMask = 0;
            var positions = new ArrayList<List<Integer>>();
            for (int d = 0; d < rank; d++) {
                List<Integer> walked;
                boolean one = random.nextInt(4) == 0;
                do {
                    begin[d] = random.nextInt(-shape[d], shape[d]);
                    end[d] = random.nextInt(-shape[d] - 2, shape[d] + 3);
                    strides[d] =
                            one || random.nextBoolean() ? 1 : random.nextInt(1, 4) * (random.nextBoolean() ? 1 : -1);
                    boolean masked = random.nextInt(3) == 0;
                    boolean endMasked = random.nextInt(3) == 0;
                    beginMask = masked && !one ? beginMask | 1 << d : beginMask & ~(1 << d);
                    endMask = endMasked ? endMask | 1 << d : endMask & ~(1 << d);
                    walked = one
                            ? List.of(begin[d] < 0 ? begin[d] + shape[d] : begin[d])
                            : walk(masked ? null : begin[d], endMasked ? null : end[d], strides[d], shape[d]);
                } while (walked.isEmpty());
                shrinkMask |= one ? 1 << d : 0;
                positions.add(walked);
            }
            int[] walked = positions.stream().mapToInt(List::size).toArray();
            int mask = shrinkMask;
            int[] outputShape = IntStream.range(0, rank)
                    .filter(d -> (mask >> d & 1) == 0)
                    .map(d -> walked[d])
                    .toArray();
            byte[] in = bytes(random, elements(shape));
            var writer = new TfliteWriter();
            int input = writer.activation(0.5f, 3, shape);
            int[] ins = {input, writer.ints(begin), writer.ints(end), writer.ints(strides)};
            int output = writer.activation(0.5f, 3, outputShape);
            writer.operator(STRIDED_SLICE, 2, 32, table(beginMask, endMask, 0, 0, shrinkMask), ins, output);
            byte[] expected = new byte[elements(walked)];
            for (int i = 0; i < expected.length; i++) {
                int[] at = coordinates(walked, i);
                for (int d = 0; d < rank; d++) {
                    at[d] = positions.get(d).get(at[d]);
                }
                expected[i] = in[element(shape, at)];
            }
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, in))
                    .isEqualTo(expected);
        });
    }

    @Test
    void squeezingAndExpandingKeepTheBytes() throws Exception {
        byte[] in = {1, 2, 3, 4, 5, 6};
        var squeezeAll = new TfliteWriter();
        squeezeAll.activation(0.5f, 3, 1, 2, 1, 3);
        squeezeAll.activation(0.5f, 3, 2, 3);
        squeezeAll.operator(SQUEEZE, 1, 30, table(), new int[] {0}, 1);
        assertThat(TfliteOperator.run(squeezeAll.toBytes(), Rounding.DOUBLE, in))
                .isEqualTo(in);
        var squeezeOne = new TfliteWriter();
        squeezeOne.activation(0.5f, 3, 1, 2, 1, 3);
        squeezeOne.activation(0.5f, 3, 1, 2, 3);
        squeezeOne.operator(SQUEEZE, 1, 30, table((Object) new int[] {-2}), new int[] {0}, 1);
        assertThat(TfliteOperator.run(squeezeOne.toBytes(), Rounding.DOUBLE, in))
                .isEqualTo(in);
        var expand = new TfliteWriter();
        expand.activation(0.5f, 3, 2, 3);
        expand.ints(-1);
        expand.activation(0.5f, 3, 2, 3, 1);
        expand.operator(EXPAND_DIMS, 1, 52, table(), new int[] {0, 1}, 2);
        assertThat(TfliteOperator.run(expand.toBytes(), Rounding.DOUBLE, in)).isEqualTo(in);
    }

    /** Exactly, with fractions; the reference's float32 comes to the same for extents that small. */
    private static int nearest(int position, int in, int out, boolean alignsCorners, boolean halfPixelCenters) {
        boolean corners = alignsCorners && out > 1;
        int numerator = corners ? in - 1 : in;
        int denominator = corners ? out - 1 : out;
        // (position + 1/2) * numerator / denominator, as a fraction of 2 * denominator.
        int scaled = (2 * position + (halfPixelCenters ? 1 : 0)) * numerator;
        int rounded = alignsCorners ? (scaled + denominator) / (2 * denominator) : scaled / (2 * denominator);
        return Math.clamp(rounded, 0, in - 1);
    }

    @Test
    void resizingShowsTheNearestPosition() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int[] shape = TfliteOperator.shape(random, 4, 7);
            int[] resized = {shape[0], random.nextInt(1, 12), random.nextInt(1, 12), shape[3]};
            boolean alignsCorners = random.nextInt(3) == 0;
            boolean halfPixelCenters = !alignsCorners && random.nextBoolean();
            byte[] in = bytes(random, elements(shape));
            var writer = new TfliteWriter();
            int input = writer.activation(0.5f, 3, shape);
            int size = writer.ints(resized[1], resized[2]);
            int output = writer.activation(0.5f, 3, resized);
            var options = table((byte) (alignsCorners ? 1 : 0), (byte) (halfPixelCenters ? 1 : 0));
            writer.operator(RESIZE_NEAREST_NEIGHBOR, 3, 74, options, new int[] {input, size}, output);
            byte[] expected = new byte[elements(resized)];
            for (int i = 0; i < expected.length; i++) {
                int[] at = coordinates(resized, i);
                for (int d = 1; d <= 2; d++) {
                    at[d] = nearest(at[d], shape[d], resized[d], alignsCorners, halfPixelCenters);
                }
                expected[i] = in[element(shape, at)];
            }
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, in))
                    .as("%s to %s", Arrays.toString(shape), Arrays.toString(resized))
                    .isEqualTo(expected);
        });
    }
}
