package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.Requantizer;
import java.util.List;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Requantizer} on registers of floats, for the channels where that was proved to give the same bytes.
 *
 * <p>A channel's output is {@code round(sum * factor + offset)}, where the offset depends on the sign of the scaled sum when
 * ties go away from zero. float32 holds neither the 31-bit multiplier nor the products, so an output near a tie may come out
 * wrong. But both this and the reference never fall as the sum grows, and an output has at most 256 values: they agree on all
 * sums if they agree at the 255 sums where the reference steps from one value to the next, and just before each. So factor
 * and offset are fitted to those steps, the fit is tried at each of them, and a register is used only if all its channels
 * pass; about nine of ten outputs of MLPerf Tiny networks do.
 */
final class FloatRequantizer {
    static final int LANES = Lanes.FLOAT_COUNT;

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(LANES == 16 ? 128 : 64));

    private static final List<VectorMask<Byte>> FIRST = Lanes.masks(BYTES);

    /** Adding it rounds a float to an integer, half to even, and leaves that in the low bits. */
    private static final float MAGIC = 0x1.8p23f;

    private static final int MAGIC_BITS = Float.floatToRawIntBits(MAGIC);
    /** Integers up to here are floats. */
    private static final long SUM_MAX = 1 << 24;
    /** Half of what {@link #MAGIC} can round. */
    private static final double SCALED_MAX = 1 << 21;
    /** Neighbouring factors that are tried, to each side. */
    private static final int NEIGHBOURS = 12;

    private final float[] factors;
    private final float[] below;
    private final float[] above;
    private final float[] signs;
    private final boolean[] proved;
    private final int lowBits;
    private final int highBits;

    /**
     * @param starts what is added to a channel's sum first
     * @param sumMax largest magnitude of each channel's sum without its start
     */
    FloatRequantizer(Requantizer scalar, int[] starts, long[] sumMax) {
        int padded = Lanes.roundUp(scalar.channels(), 64);
        this.factors = new float[padded];
        this.below = new float[padded];
        this.above = new float[padded];
        this.signs = new float[padded];
        this.proved = new boolean[padded / LANES];
        this.lowBits = MAGIC_BITS + scalar.low() + scalar.zeroPoint();
        this.highBits = MAGIC_BITS + scalar.high() + scalar.zeroPoint();
        var fit = new Fit(scalar);
        for (int register = 0; register * LANES < scalar.channels(); register++) {
            int end = Math.min((register + 1) * LANES, scalar.channels());
            proved[register] = true;
            for (int channel = register * LANES; channel < end && proved[register]; channel++) {
                proved[register] = fit.find(channel, starts[channel], sumMax[channel]);
                factors[channel] = fit.factor;
                below[channel] = fit.below;
                above[channel] = fit.above;
                signs[channel] = -starts[channel];
            }
        }
    }

    /** Whether the register of channels from {@code channel}, a multiple of {@link #LANES}, may be used. */
    boolean isExact(int channel) {
        return proved[channel / LANES];
    }

    private static int rounded(float sum, float factor, float offset) {
        return Float.floatToRawIntBits(Math.fma(sum, factor, offset) + MAGIC);
    }

    /** Search for one channel's constants. */
    private final class Fit {
        private final Requantizer scalar;
        private final int[] steps = new int[256];
        private int channel;
        private int start;
        private int most;
        private int least;
        private int greatest;
        private float factor;
        private float below;
        private float above;

        Fit(Requantizer scalar) {
            this.scalar = scalar;
        }

        private int reference(int sum) {
            return scalar.apply(sum + start, channel);
        }

        boolean find(int ofChannel, int ofStart, long sumMax) {
            channel = ofChannel;
            start = ofStart;
            double exact = Math.scalb((double) scalar.multiplier(channel), scalar.shift(channel) - 31);
            long reach = sumMax + Math.abs((long) start);
            if (reach >= SUM_MAX || reach * exact >= SCALED_MAX || exact < Float.MIN_NORMAL) {
                return false;
            }
            most = (int) sumMax;
            least = reference(-most);
            greatest = reference(most);
            if (!findSteps(exact)) {
                return false;
            }
            int bits = Float.floatToRawIntBits((float) exact);
            for (int neighbour = 0; neighbour <= 2 * NEIGHBOURS; neighbour++) {
                int distance = (neighbour & 1) == 0 ? neighbour / 2 : -(neighbour + 1) / 2;
                factor = Float.intBitsToFloat(bits + distance);
                below = offset(least + 1, Math.min(greatest, scalar.zeroPoint()));
                above = offset(Math.max(least, scalar.zeroPoint()) + 1, greatest);
                if (agrees()) {
                    return true;
                }
            }
            return false;
        }

        /** The least sum with each output value above the least. */
        private boolean findSteps(double exact) {
            for (int value = least + 1; value <= greatest; value++) {
                double guess = (value - scalar.zeroPoint() - 0.5) / exact - start;
                int sum = Math.clamp(Math.round(guess), -most + 1, most);
                int tries = 0;
                while (sum > -most + 1 && reference(sum - 1) >= value && tries++ < 8) {
                    sum--;
                }
                while (sum < most && reference(sum) < value && tries++ < 8) {
                    sum++;
                }
                if (reference(sum) < value || reference(sum - 1) >= value) {
                    return false;
                }
                steps[value - least - 1] = sum;
            }
            return true;
        }

        /** The middle of what puts the steps to the values {@code from} to {@code to} in their places; any if there are none. */
        private float offset(int from, int to) {
            double low = Double.NEGATIVE_INFINITY;
            double high = Double.POSITIVE_INFINITY;
            for (int value = from; value <= to; value++) {
                double exact = value - 0.5 - steps[value - least - 1] * (double) factor;
                low = Math.max(low, exact);
                high = Math.min(high, exact + factor);
            }
            return from > to ? start * factor + scalar.zeroPoint() : (float) ((low + high) / 2);
        }

        private boolean agrees() {
            if (below > above || scaled(-most) < least || scaled(most) > greatest) {
                return false;
            }
            for (int value = least + 1; value <= greatest; value++) {
                int step = steps[value - least - 1];
                if (scaled(step) < value || scaled(step - 1) >= value) {
                    return false;
                }
            }
            return true;
        }

        private int scaled(int sum) {
            int found = rounded(sum, factor, sum < -start ? below : above);
            return Math.min(Math.max(found, lowBits), highBits) - MAGIC_BITS;
        }
    }

    /** As {@link VectorRequantizer#apply}, for one register of channels. */
    void apply(
            float[] sums,
            int at,
            int stride,
            int rows,
            int channel,
            int count,
            byte[] out,
            int to,
            int outStride,
            int[] few) {
        var factor = FloatVector.fromArray(FLOATS, factors, channel);
        var low = FloatVector.fromArray(FLOATS, below, channel);
        var high = FloatVector.fromArray(FLOATS, above, channel);
        var sign = FloatVector.fromArray(FLOATS, signs, channel);
        boolean whole = LANES >= 8 && count >= LANES;
        boolean masked = LANES == 16 && !whole;
        var wanted = FIRST.get(Math.min(count, LANES));
        for (int row = 0; row < rows; row++) {
            var sum = FloatVector.fromArray(FLOATS, sums, at + row * stride);
            var offset = high.blend(low, sum.compare(VectorOperators.LT, sign));
            var rounded = sum.fma(factor, offset).add(MAGIC).reinterpretAsInts();
            var clamped = rounded.max(lowBits).min(highBits);
            if (whole) {
                ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(out, to + row * outStride);
            } else if (masked) {
                ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0))
                        .intoArray(out, to + row * outStride, wanted);
            } else {
                clamped.intoArray(few, row * LANES);
            }
        }
        if (!whole && !masked) {
            unpack(few, rows, out, to, outStride, count);
        }
    }

    /** The same for sums in ints. */
    void apply(
            int[] sums,
            int at,
            int stride,
            int rows,
            int channel,
            int count,
            byte[] out,
            int to,
            int outStride,
            int[] few) {
        var factor = FloatVector.fromArray(FLOATS, factors, channel);
        var low = FloatVector.fromArray(FLOATS, below, channel);
        var high = FloatVector.fromArray(FLOATS, above, channel);
        var sign = FloatVector.fromArray(FLOATS, signs, channel);
        boolean whole = LANES >= 8 && count >= LANES;
        boolean masked = LANES == 16 && !whole;
        var wanted = FIRST.get(Math.min(count, LANES));
        for (int row = 0; row < rows; row++) {
            var sum = (FloatVector)
                    IntVector.fromArray(INTS, sums, at + row * stride).convertShape(VectorOperators.I2F, FLOATS, 0);
            var offset = high.blend(low, sum.compare(VectorOperators.LT, sign));
            var rounded = sum.fma(factor, offset).add(MAGIC).reinterpretAsInts();
            var clamped = rounded.max(lowBits).min(highBits);
            if (whole) {
                ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(out, to + row * outStride);
            } else if (masked) {
                ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0))
                        .intoArray(out, to + row * outStride, wanted);
            } else {
                clamped.intoArray(few, row * LANES);
            }
        }
        if (!whole && !masked) {
            unpack(few, rows, out, to, outStride, count);
        }
    }

    /** For registers whose lanes do not fill eight bytes, or are not all wanted. */
    private static void unpack(int[] few, int rows, byte[] out, int to, int outStride, int count) {
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < Math.min(count, LANES); i++) {
                out[to + row * outStride + i] = (byte) few[row * LANES + i];
            }
        }
    }

    @Override
    public String toString() {
        return "float32, proved for %s of %d registers".formatted(count(proved), proved.length);
    }

    private static int count(boolean[] values) {
        int count = 0;
        for (boolean value : values) {
            count += value ? 1 : 0;
        }
        return count;
    }
}
