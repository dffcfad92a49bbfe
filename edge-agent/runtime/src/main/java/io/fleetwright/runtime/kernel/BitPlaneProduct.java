package io.fleetwright.runtime.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Exact integer products of vectors whose elements have 1 to 3 bits, 64 of them per instruction.
 *
 * <p>With {@code a = oa + sum_i fa(i) * a_i} and {@code w = ow + sum_j fw(j) * w_j}, where {@code a_i} and {@code w_j} are
 * planes of bits and the rest is {@link BitCoding}:
 *
 * <pre>
 * sum_k a[k] * w[k] = sum_ij fa(i) * fw(j) * popcount(a_i AND w_j)
 *                   + oa * sum_j fw(j) * popcount(w_j) + ow * sum_i fa(i) * popcount(a_i) + oa * ow * depth
 * </pre>
 *
 * <p>Two bipolar vectors need one plane pair alone: {@code depth - 2 * popcount(a_0 XOR w_0)}, which counts equal signs
 * (XNOR) against different ones.
 *
 * <p>A left vector is {@code planes * words} longs, plane after plane, little-endian in bytes; element {@code k} is bit
 * {@code k % 64} of word {@code k / 64}, and bits past {@code depth} are 0. Right vectors lie interleaved, {@code
 * [words][planes][units]} longs, so that the inner loop runs over units.
 *
 * @see "Courbariaux et al., 2016, section 1.5, binarized networks; Umuroglu et al., 2018, bit-serial matrix products"
 */
public final class BitPlaneProduct {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final BitCoding left;
    private final BitCoding right;
    private final int units;
    private final int depth;
    private final int words;

    /**
     * @param units right vectors
     * @param depth elements of each vector, at most 2^24, so that sums fit an int
     */
    public BitPlaneProduct(BitCoding left, BitCoding right, int units, int depth) {
        if (units < 0 || depth < 0 || depth > 1 << 24) {
            throw new IllegalArgumentException(
                    "units (%d) must be at least 0, depth (%d) 0 to 2^24".formatted(units, depth));
        }
        this.left = left;
        this.right = right;
        this.units = units;
        this.depth = depth;
        this.words = words(depth);
    }

    /** Longs of one plane. */
    public static int words(int depth) {
        return Math.ceilDiv(depth, Long.SIZE);
    }

    /** Longs of a left vector. */
    public int leftLongs() {
        return words * left.planes();
    }

    /** Longs of all right vectors. */
    public int rightLongs() {
        return words * right.planes() * units;
    }

    /** Writes the left vector of {@code depth} integers, all in the coding's range. */
    public void packLeft(int[] values, byte[] to, int at) {
        int planes = left.planes();
        boolean bipolar = left.kind() == BitCoding.Kind.BIPOLAR;
        int mask = (1 << planes) - 1;
        for (int word = 0; word < words; word++) {
            int first = word * Long.SIZE;
            int count = Math.min(Long.SIZE, depth - first);
            long plane0 = 0;
            long plane1 = 0;
            long plane2 = 0;
            for (int i = 0; i < count; i++) {
                int value = values[first + i];
                long bits = bipolar ? (value + 1) >> 1 : value & mask;
                plane0 |= (bits & 1) << i;
                plane1 |= (bits >> 1 & 1) << i;
                plane2 |= (bits >> 2) << i;
            }
            LONGS.set(to, at + word * Long.BYTES, plane0);
            if (planes > 1) {
                LONGS.set(to, at + (words + word) * Long.BYTES, plane1);
            }
            if (planes > 2) {
                LONGS.set(to, at + (2 * words + word) * Long.BYTES, plane2);
            }
        }
    }

    /**
     * Writes the right vectors.
     *
     * @param values {@code [units][depth]}, unit {@code u} from {@code first + u * stride}, all in the coding's range
     */
    public void packRight(byte[] values, int first, int stride, long[] to, int at) {
        Objects.checkFromIndexSize(at, rightLongs(), to.length);
        for (int unit = 0; unit < units; unit++) {
            for (int k = 0; k < depth; k++) {
                int bits = right.bits(values[first + unit * stride + k]);
                for (int plane = 0; plane < right.planes(); plane++) {
                    int index = at + (k / Long.SIZE * right.planes() + plane) * units + unit;
                    to[index] |= (long) (bits >> plane & 1) << (k % Long.SIZE);
                }
            }
        }
    }

    /** Adds to {@code starts[unit]} what the sums of each right vector contribute whatever the left one is. */
    public void addConstantPart(long[] weights, int at, int[] starts, int startsAt) {
        for (int unit = 0; unit < units; unit++) {
            int start = left.offset() * right.offset() * depth;
            for (int word = 0; word < words && !isXnor(); word++) {
                for (int plane = 0; plane < right.planes(); plane++) {
                    long bits = weights[at + (word * right.planes() + plane) * units + unit];
                    start += left.offset() * right.factor(plane) * Long.bitCount(bits);
                }
            }
            starts[startsAt + unit] += start;
        }
    }

    private boolean isXnor() {
        return left.kind() == BitCoding.Kind.BIPOLAR && right.kind() == BitCoding.Kind.BIPOLAR;
    }

    /**
     * Adds to {@code sums[unit]} the product of a left vector with each right one, but for what {@link #addConstantPart}
     * adds.
     *
     * @param vector bytes that hold the left vector from {@code vectorAt}
     * @param weights the right vectors, from {@code weightsAt}
     */
    public void accumulate(byte[] vector, int vectorAt, long[] weights, int weightsAt, int[] sums) {
        int weightPlanes = right.planes();
        if (right.offset() != 0 && !isXnor()) {
            int own = 0;
            for (int i = 0; i < words * left.planes(); i++) {
                own += left.factor(i / words) * Long.bitCount(word(vector, vectorAt, i));
            }
            own *= right.offset();
            for (int unit = 0; unit < units; unit++) {
                sums[unit] += own;
            }
        }
        for (int word = 0; word < words; word++) {
            for (int plane = 0; plane < weightPlanes; plane++) {
                int from = weightsAt + (word * weightPlanes + plane) * units;
                if (isXnor()) {
                    xnor(word(vector, vectorAt, word), weights, from, sums, units);
                    continue;
                }
                int factor = right.factor(plane);
                switch (left.planes()) {
                    case 1 -> one(word(vector, vectorAt, word), weights, from, factor * left.factor(0), sums, units);
                    case 2 ->
                        two(
                                word(vector, vectorAt, word),
                                word(vector, vectorAt, words + word),
                                weights,
                                from,
                                factor * left.factor(0),
                                factor * left.factor(1),
                                sums,
                                units);
                    default -> three(vector, vectorAt + word * Long.BYTES, weights, from, factor, sums);
                }
            }
        }
    }

    private static long word(byte[] vector, int at, int index) {
        return (long) LONGS.get(vector, at + index * Long.BYTES);
    }

    private static void xnor(long a, long[] weights, int from, int[] sums, int units) {
        for (int unit = 0; unit < units; unit++) {
            sums[unit] -= 2 * Long.bitCount(a ^ weights[from + unit]);
        }
    }

    private static void one(long a, long[] weights, int from, int factor, int[] sums, int units) {
        for (int unit = 0; unit < units; unit++) {
            sums[unit] += factor * Long.bitCount(a & weights[from + unit]);
        }
    }

    private static void two(
            long a0, long a1, long[] weights, int from, int factor0, int factor1, int[] sums, int units) {
        for (int unit = 0; unit < units; unit++) {
            long w = weights[from + unit];
            sums[unit] += factor0 * Long.bitCount(a0 & w) + factor1 * Long.bitCount(a1 & w);
        }
    }

    private void three(byte[] vector, int at, long[] weights, int from, int factor, int[] sums) {
        long a0 = word(vector, at, 0);
        long a1 = word(vector, at, words);
        long a2 = word(vector, at, 2 * words);
        int factor0 = factor * left.factor(0);
        int factor1 = factor * left.factor(1);
        int factor2 = factor * left.factor(2);
        for (int unit = 0; unit < units; unit++) {
            long w = weights[from + unit];
            sums[unit] +=
                    factor0 * Long.bitCount(a0 & w) + factor1 * Long.bitCount(a1 & w) + factor2 * Long.bitCount(a2 & w);
        }
    }
}
