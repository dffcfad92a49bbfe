package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.kernel.Requantizer;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * {@link Requantizer} on registers of doubles, with the same bytes.
 *
 * <p>Both fixed-point roundings are one product and one rounding to an integer, exact in doubles wherever the clamp does not
 * decide anyway. Adding {@code 1.5 * 2^52} rounds a double to an integer, half to even, and leaves that integer in its low
 * bits. An offset before that gives ties their direction:
 *
 * <ul>
 *   <li>Single rounding is {@code floor(a * m / 2^t + 1/2)}: values are multiples of {@code 2^-t}, and {@code 2^-(t+1)} moves
 *       ties upward and nothing else.
 *   <li>Double rounding is {@code h = floor(a * m / 2^31 + 1/2)}, then {@code h / 2^e} with ties away from zero. For {@code h
 *       >= 0} the result reaches {@code v} as soon as {@code h >= v 2^e - 2^(e-1)}, that is {@code a * m / 2^(31+e) +
 *       2^-(e+1) >= v - 1/2}; for {@code h < 0} one {@code h} later, that is with {@code -2^-(e+1)} in place of {@code
 *       2^-(e+1)}. So it is a single rounding whose offset has the sign of the sum.
 * </ul>
 *
 * <p>This holds for {@code e <= 12} (beyond the clamp nothing has to be exact) or sums below 2^21 (everything is exact), as
 * long as no sum reaches 2^31: nearly all layers satisfy it. The others take the same steps as the scalar form in lanes of 64
 * bits, which has the same bytes for every sum, overflow included.
 * ONNX arithmetic is one float32 product, rounded half to even.
 */
final class VectorRequantizer {
    /** Most rows of one call. */
    static final int ROWS_MAX = 128;
    /** Ints of working memory. */
    static final int FEW = ROWS_MAX * 8;

    private static final double MAGIC = 0x1.8p52;
    private static final float MAGIC_FLOAT = 0x1.8p23f;
    /** A proof takes some 5 us per channel; floats save some 0.1 ns per output. */
    private static final int OUTPUTS_MIN = 32;

    private static final int RIGHT_SHIFT_MAX = 12;
    /** A sum below this, times a 31-bit multiplier and one bit more, still fits the 53 bits of a double. */
    private static final int EXACT_SUM_MAX = 1 << 21;

    private static final VectorSpecies<Double> DOUBLES = Lanes.DOUBLES;
    private static final int LANES = DOUBLES.length();
    private static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, VectorShape.forBitSize(Lanes.BITS));
    private static final VectorSpecies<Float> FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(Math.max(64, Lanes.BITS / 2)));
    private static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, VectorShape.forBitSize(Math.max(64, Lanes.BITS / 2)));
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;

    private enum Mode {
        LINEAR,
        ONNX,
        LONG,
        SCALAR
    }

    private final Requantizer scalar;
    private final @Nullable FloatRequantizer proved;
    private final Mode mode;
    private final long firstHalf;
    private final int firstShift;
    private final int[] starts;
    private final int[] paddedStarts;
    private final double[] exactStarts;
    private final float[] floatStarts;
    private final double[] products;
    private final double[] ties;
    private final long[] halfBits;
    private final float[] factors;
    private final long[] multipliers;
    private final long[] halves;
    private final long[] rights;
    private final long[] signs;
    private final int[] lefts;
    private final int low;
    private final int high;
    private final int zeroPoint;

    /**
     * @param starts what is added to a channel's sum first: its bias, corrected for the input's zero point
     * @param sumMax largest magnitude of each channel's sum without its start
     * @param outputs of each channel in one inference: with many, a proof that floats are exact is worth its time
     */
    VectorRequantizer(Requantizer scalar, int[] starts, long[] sumMax, int outputs) {
        this.scalar = scalar;
        this.proved = outputs >= OUTPUTS_MIN && scalar.arithmetic() != Arithmetic.ONNX
                ? new FloatRequantizer(scalar, starts, sumMax)
                : null;
        this.starts = starts.clone();
        this.mode = mode(scalar, starts, sumMax);
        this.low = scalar.low();
        this.high = scalar.high();
        this.zeroPoint = scalar.zeroPoint();
        int padded = Lanes.roundUp(scalar.channels(), 64);
        boolean single = scalar.arithmetic() == Arithmetic.TFLITE_SINGLE_ROUNDING;
        this.firstHalf = single ? 0 : 1L << 30;
        this.firstShift = single ? 0 : 31;
        this.paddedStarts = Arrays.copyOf(starts, padded);
        this.exactStarts = new double[padded];
        this.floatStarts = new float[padded];
        this.products = new double[padded];
        this.ties = new double[padded];
        this.halfBits = new long[padded];
        this.factors = new float[padded];
        this.multipliers = new long[padded];
        this.halves = new long[padded];
        this.rights = new long[padded];
        this.signs = new long[padded];
        this.lefts = new int[padded];
        for (int channel = 0; channel < scalar.channels(); channel++) {
            exactStarts[channel] = starts[channel];
            floatStarts[channel] = starts[channel];
            int shift = scalar.shift(channel);
            int right = Math.max(-shift, 0);
            int left = Math.max(shift, 0);
            products[channel] = Math.scalb((double) scalar.multiplier(channel), shift - 31);
            double tie = Math.scalb(1.0, -32 - (single ? -shift : right));
            double half = single || right == 0 ? 0 : Math.scalb(1.0, -right - 1);
            ties[channel] = tie;
            halfBits[channel] = Double.doubleToRawLongBits(half);
            factors[channel] = scalar.factor(channel);
            multipliers[channel] = scalar.multiplier(channel);
            if (single) {
                // One rounding: the first step adds and shifts nothing.
                halves[channel] = 1L << (30 - shift);
                rights[channel] = 31L - shift;
            } else {
                lefts[channel] = left;
                halves[channel] = right == 0 ? 0 : 1L << (right - 1);
                rights[channel] = right;
                signs[channel] = right == 0 ? 0 : -1;
            }
        }
    }

    private static Mode mode(Requantizer scalar, int[] starts, long[] sumMax) {
        for (int channel = 0; channel < scalar.channels(); channel++) {
            long most = Math.abs((long) starts[channel]) + sumMax[channel];
            int shift = scalar.shift(channel);
            boolean fits = scalar.arithmetic() == Arithmetic.ONNX
                    ? most < 1 << 24 && most * (double) scalar.factor(channel) < 1 << 22
                    : (shift >= -RIGHT_SHIFT_MAX || most < EXACT_SUM_MAX)
                            && most << Math.max(shift, 0) <= Integer.MAX_VALUE;
            if (!fits) {
                return scalar.arithmetic() == Arithmetic.ONNX ? Mode.SCALAR : Mode.LONG;
            }
        }
        return scalar.arithmetic() == Arithmetic.ONNX ? Mode.ONNX : Mode.LINEAR;
    }

    /**
     * Sums in floats, {@code rows} of {@code count} channels from {@code channel}.
     *
     * @param sums row-major from {@code at}, {@code stride} apart; readable to the next multiple of 16 channels
     * @param channel first channel, a multiple of {@link FloatRequantizer#LANES}
     * @param out written from {@code to}, rows {@code outStride} apart, exactly {@code count} bytes each
     * @param few working memory of {@link #FEW} ints, for at most {@link #ROWS_MAX} rows
     */
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
        int c = 0;
        while (c < count) {
            int left = count - c;
            if (proved != null && proved.isExact(channel + c)) {
                proved.apply(sums, at + c, stride, rows, channel + c, left, out, to + c, outStride, few);
                c += FloatRequantizer.LANES;
                continue;
            }
            switch (mode) {
                case LINEAR -> linear(sums, at + c, stride, rows, channel + c, left, out, to + c, outStride, few);
                case ONNX -> onnx(sums, at + c, stride, rows, channel + c, left, out, to + c, outStride, few);
                case LONG -> exactly(sums, at + c, stride, rows, channel + c, left, out, to + c, outStride, few);
                case SCALAR -> {
                    for (int row = 0; row < rows; row++) {
                        for (int i = 0; i < Math.min(left, LANES); i++) {
                            int sum = (int) sums[at + row * stride + c + i] + starts[channel + c + i];
                            out[to + row * outStride + c + i] = scalar.apply(sum, channel + c + i);
                        }
                    }
                }
            }
            c += LANES;
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
        int c = 0;
        while (c < count) {
            int left = count - c;
            if (proved != null && proved.isExact(channel + c)) {
                proved.apply(sums, at + c, stride, rows, channel + c, left, out, to + c, outStride, few);
                c += FloatRequantizer.LANES;
                continue;
            }
            switch (mode) {
                case LINEAR -> linear(sums, at + c, stride, rows, channel + c, left, out, to + c, outStride, few);
                case ONNX -> onnx(sums, at + c, stride, rows, channel + c, left, out, to + c, outStride, few);
                case LONG -> exactly(sums, at + c, stride, rows, channel + c, left, out, to + c, outStride, few);
                case SCALAR -> {
                    for (int row = 0; row < rows; row++) {
                        for (int i = 0; i < Math.min(left, LANES); i++) {
                            int sum = sums[at + row * stride + c + i] + starts[channel + c + i];
                            out[to + row * outStride + c + i] = scalar.apply(sum, channel + c + i);
                        }
                    }
                }
            }
            c += LANES;
        }
    }

    private void linear(
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
        var start = DoubleVector.fromArray(DOUBLES, exactStarts, channel);
        var factor = DoubleVector.fromArray(DOUBLES, products, channel);
        var tie = DoubleVector.fromArray(DOUBLES, ties, channel);
        var half = LongVector.fromArray(LONGS, halfBits, channel);
        boolean whole = LANES == BYTES.length() && count >= LANES;
        for (int row = 0; row < rows; row++) {
            var sum = ((DoubleVector) FloatVector.fromArray(FLOATS, sums, at + row * stride)
                            .convertShape(VectorOperators.F2D, DOUBLES, 0))
                    .add(start);
            var offset = sum.reinterpretAsLongs()
                    .and(Long.MIN_VALUE)
                    .or(half)
                    .reinterpretAsDoubles()
                    .add(tie);
            var rounded = sum.fma(factor, offset).add(MAGIC).reinterpretAsLongs();
            var scaled = (IntVector) rounded.convertShape(VectorOperators.L2I, INTS, 0);
            var clamped = scaled.max(low).min(high).add(zeroPoint);
            if (whole) {
                ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(out, to + row * outStride);
            } else {
                clamped.intoArray(few, row * LANES);
            }
        }
        if (!whole) {
            unpack(few, rows, out, to, outStride, count);
        }
    }

    private void onnx(
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
        var start = FloatVector.fromArray(FLOATS, floatStarts, channel);
        var factor = FloatVector.fromArray(FLOATS, factors, channel);
        boolean whole = LANES == BYTES.length() && count >= LANES;
        for (int row = 0; row < rows; row++) {
            var sum = FloatVector.fromArray(FLOATS, sums, at + row * stride).add(start);
            var scaled = sum.mul(factor).add(MAGIC_FLOAT).reinterpretAsInts().sub(Float.floatToRawIntBits(MAGIC_FLOAT));
            var clamped = scaled.max(low).min(high).add(zeroPoint);
            if (whole) {
                ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(out, to + row * outStride);
            } else {
                clamped.intoArray(few, row * LANES);
            }
        }
        if (!whole) {
            unpack(few, rows, out, to, outStride, count);
        }
    }

    /** The scalar steps in lanes of 64 bits. */
    private void exactly(
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
        var start = IntVector.fromArray(INTS, paddedStarts, channel);
        var left = IntVector.fromArray(INTS, lefts, channel);
        var multiplier = LongVector.fromArray(LONGS, multipliers, channel);
        var half = LongVector.fromArray(LONGS, halves, channel);
        var right = LongVector.fromArray(LONGS, rights, channel);
        var away = LongVector.fromArray(LONGS, signs, channel);
        boolean whole = LANES == BYTES.length() && count >= LANES;
        for (int row = 0; row < rows; row++) {
            var sum = ((IntVector) FloatVector.fromArray(FLOATS, sums, at + row * stride)
                            .convertShape(VectorOperators.F2I, INTS, 0))
                    .add(start)
                    .lanewise(VectorOperators.LSHL, left);
            var product = ((LongVector) sum.convertShape(VectorOperators.I2L, LONGS, 0))
                    .mul(multiplier)
                    .add(firstHalf)
                    .lanewise(VectorOperators.ASHR, firstShift);
            var sign = product.lanewise(VectorOperators.ASHR, 63).and(away);
            var rounded = product.add(half).add(sign).lanewise(VectorOperators.ASHR, right);
            var scaled = (IntVector) rounded.convertShape(VectorOperators.L2I, INTS, 0);
            var clamped = scaled.max(low).min(high).add(zeroPoint);
            if (whole) {
                ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(out, to + row * outStride);
            } else {
                clamped.intoArray(few, row * LANES);
            }
        }
        if (!whole) {
            unpack(few, rows, out, to, outStride, count);
        }
    }

    private void linear(
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
        var start = DoubleVector.fromArray(DOUBLES, exactStarts, channel);
        var factor = DoubleVector.fromArray(DOUBLES, products, channel);
        var tie = DoubleVector.fromArray(DOUBLES, ties, channel);
        var half = LongVector.fromArray(LONGS, halfBits, channel);
        boolean whole = LANES == BYTES.length() && count >= LANES;
        for (int row = 0; row < rows; row++) {
            var sum = ((DoubleVector) IntVector.fromArray(INTS, sums, at + row * stride)
                            .convertShape(VectorOperators.I2D, DOUBLES, 0))
                    .add(start);
            var offset = sum.reinterpretAsLongs()
                    .and(Long.MIN_VALUE)
                    .or(half)
                    .reinterpretAsDoubles()
                    .add(tie);
            var rounded = sum.fma(factor, offset).add(MAGIC).reinterpretAsLongs();
            var scaled = (IntVector) rounded.convertShape(VectorOperators.L2I, INTS, 0);
            var clamped = scaled.max(low).min(high).add(zeroPoint);
            if (whole) {
                ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(out, to + row * outStride);
            } else {
                clamped.intoArray(few, row * LANES);
            }
        }
        if (!whole) {
            unpack(few, rows, out, to, outStride, count);
        }
    }

    private void onnx(
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
        var start = FloatVector.fromArray(FLOATS, floatStarts, channel);
        var factor = FloatVector.fromArray(FLOATS, factors, channel);
        boolean whole = LANES == BYTES.length() && count >= LANES;
        for (int row = 0; row < rows; row++) {
            var sum = ((FloatVector) IntVector.fromArray(INTS, sums, at + row * stride)
                            .convertShape(VectorOperators.I2F, FLOATS, 0))
                    .add(start);
            var scaled = sum.mul(factor).add(MAGIC_FLOAT).reinterpretAsInts().sub(Float.floatToRawIntBits(MAGIC_FLOAT));
            var clamped = scaled.max(low).min(high).add(zeroPoint);
            if (whole) {
                ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(out, to + row * outStride);
            } else {
                clamped.intoArray(few, row * LANES);
            }
        }
        if (!whole) {
            unpack(few, rows, out, to, outStride, count);
        }
    }

    private void exactly(
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
        var start = IntVector.fromArray(INTS, paddedStarts, channel);
        var left = IntVector.fromArray(INTS, lefts, channel);
        var multiplier = LongVector.fromArray(LONGS, multipliers, channel);
        var half = LongVector.fromArray(LONGS, halves, channel);
        var right = LongVector.fromArray(LONGS, rights, channel);
        var away = LongVector.fromArray(LONGS, signs, channel);
        boolean whole = LANES == BYTES.length() && count >= LANES;
        for (int row = 0; row < rows; row++) {
            var sum = IntVector.fromArray(INTS, sums, at + row * stride)
                    .add(start)
                    .lanewise(VectorOperators.LSHL, left);
            var product = ((LongVector) sum.convertShape(VectorOperators.I2L, LONGS, 0))
                    .mul(multiplier)
                    .add(firstHalf)
                    .lanewise(VectorOperators.ASHR, firstShift);
            var sign = product.lanewise(VectorOperators.ASHR, 63).and(away);
            var rounded = product.add(half).add(sign).lanewise(VectorOperators.ASHR, right);
            var scaled = (IntVector) rounded.convertShape(VectorOperators.L2I, INTS, 0);
            var clamped = scaled.max(low).min(high).add(zeroPoint);
            if (whole) {
                ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(out, to + row * outStride);
            } else {
                clamped.intoArray(few, row * LANES);
            }
        }
        if (!whole) {
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
}
