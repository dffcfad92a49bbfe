package io.fleetwright.runtime.vector;

import java.util.Locale;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Depthwise sums of one register of channels, four neighbouring pixels at a time: each value is loaded once for all four. */
final class DepthwiseGroups {
    private static final VectorSpecies<Float> SPECIES = Lanes.FLOATS;
    private static final VectorSpecies<Byte> BYTES = Lanes.BYTES_OF_FLOATS;
    private static final int LANES = SPECIES.length();

    private final SharedLoads loads;
    private final int[] bases;
    private final int[] pixels;
    private final int step;
    private final int[] positions;
    private final float[] weights;
    private final int weightStride;

    /**
     * @param positions distances of the kernel's positions from a pixel's first value
     * @param weights {@code [position][channel]}, positions {@code weightStride} apart
     */
    DepthwiseGroups(SharedLoads loads, int[] positions, float[] weights, int weightStride) {
        this.loads = loads;
        this.bases = loads.bases();
        this.pixels = loads.pixels();
        this.step = loads.step();
        this.positions = positions;
        this.weights = weights;
        this.weightStride = weightStride;
    }

    /** Groups of so many rows. */
    int count(int rows) {
        return loads.groups(rows);
    }

    /** First pixel of a group. */
    int pixel(int group) {
        return pixels[group];
    }

    /** For people: what the windows of a group share. */
    String form() {
        return loads.form().name().toLowerCase(Locale.ROOT);
    }

    /**
     * Sums of the groups {@code from} to {@code end}, a register per pixel.
     *
     * @param a staged values, readable 16 beyond the last
     * @param channel first one of the register
     * @param sums where they go, the first group's first pixel first
     */
    void sums(byte[] a, int from, int end, int channel, float[] sums) {
        switch (loads.form()) {
            case SQUARE -> square(a, from, end, channel, sums);
            case STRIDED -> strided(a, from, end, channel, sums);
            case LINE -> line(a, from, end, channel, sums);
        }
    }

    private void square(byte[] a, int from, int end, int channel, float[] sums) {
        var w0 = FloatVector.fromArray(SPECIES, weights, channel);
        var w1 = FloatVector.fromArray(SPECIES, weights, weightStride + channel);
        var w2 = FloatVector.fromArray(SPECIES, weights, 2 * weightStride + channel);
        var w3 = FloatVector.fromArray(SPECIES, weights, 3 * weightStride + channel);
        var w4 = FloatVector.fromArray(SPECIES, weights, 4 * weightStride + channel);
        var w5 = FloatVector.fromArray(SPECIES, weights, 5 * weightStride + channel);
        var w6 = FloatVector.fromArray(SPECIES, weights, 6 * weightStride + channel);
        var w7 = FloatVector.fromArray(SPECIES, weights, 7 * weightStride + channel);
        var w8 = FloatVector.fromArray(SPECIES, weights, 8 * weightStride + channel);
        int row0 = channel + positions[0];
        int row1 = channel + positions[3];
        int row2 = channel + positions[6];
        int to = -pixels[from] * LANES;
        for (int group = from; group < end; group++) {
            int base = bases[group];
            int at = base + row0;
            var v = (FloatVector) ByteVector.fromArray(BYTES, a, at).convertShape(VectorOperators.B2F, SPECIES, 0);
            var s0 = v.mul(w0);
            v = (FloatVector) ByteVector.fromArray(BYTES, a, at + step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w1, s0);
            var s1 = v.mul(w0);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 2 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w2, s0);
            s1 = v.fma(w1, s1);
            var s2 = v.mul(w0);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 3 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s1 = v.fma(w2, s1);
            s2 = v.fma(w1, s2);
            var s3 = v.mul(w0);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 4 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s2 = v.fma(w2, s2);
            s3 = v.fma(w1, s3);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 5 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s3 = v.fma(w2, s3);
            at = base + row1;
            v = (FloatVector) ByteVector.fromArray(BYTES, a, at).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w3, s0);
            v = (FloatVector) ByteVector.fromArray(BYTES, a, at + step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w4, s0);
            s1 = v.fma(w3, s1);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 2 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w5, s0);
            s1 = v.fma(w4, s1);
            s2 = v.fma(w3, s2);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 3 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s1 = v.fma(w5, s1);
            s2 = v.fma(w4, s2);
            s3 = v.fma(w3, s3);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 4 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s2 = v.fma(w5, s2);
            s3 = v.fma(w4, s3);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 5 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s3 = v.fma(w5, s3);
            at = base + row2;
            v = (FloatVector) ByteVector.fromArray(BYTES, a, at).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w6, s0);
            v = (FloatVector) ByteVector.fromArray(BYTES, a, at + step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w7, s0);
            s1 = v.fma(w6, s1);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 2 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w8, s0);
            s1 = v.fma(w7, s1);
            s2 = v.fma(w6, s2);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 3 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s1 = v.fma(w8, s1);
            s2 = v.fma(w7, s2);
            s3 = v.fma(w6, s3);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 4 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s2 = v.fma(w8, s2);
            s3 = v.fma(w7, s3);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 5 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s3 = v.fma(w8, s3);
            int sum = to + pixels[group] * LANES;
            s0.intoArray(sums, sum);
            s1.intoArray(sums, sum + LANES);
            s2.intoArray(sums, sum + 2 * LANES);
            s3.intoArray(sums, sum + 3 * LANES);
        }
    }

    private void strided(byte[] a, int from, int end, int channel, float[] sums) {
        var w0 = FloatVector.fromArray(SPECIES, weights, channel);
        var w1 = FloatVector.fromArray(SPECIES, weights, weightStride + channel);
        var w2 = FloatVector.fromArray(SPECIES, weights, 2 * weightStride + channel);
        var w3 = FloatVector.fromArray(SPECIES, weights, 3 * weightStride + channel);
        var w4 = FloatVector.fromArray(SPECIES, weights, 4 * weightStride + channel);
        var w5 = FloatVector.fromArray(SPECIES, weights, 5 * weightStride + channel);
        var w6 = FloatVector.fromArray(SPECIES, weights, 6 * weightStride + channel);
        var w7 = FloatVector.fromArray(SPECIES, weights, 7 * weightStride + channel);
        var w8 = FloatVector.fromArray(SPECIES, weights, 8 * weightStride + channel);
        int row0 = channel + positions[0];
        int row1 = channel + positions[3];
        int row2 = channel + positions[6];
        int to = -pixels[from] * LANES;
        for (int group = from; group < end; group++) {
            int base = bases[group];
            int at = base + row0;
            var v = (FloatVector) ByteVector.fromArray(BYTES, a, at).convertShape(VectorOperators.B2F, SPECIES, 0);
            var s0 = v.mul(w0);
            v = (FloatVector) ByteVector.fromArray(BYTES, a, at + step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w1, s0);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 2 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w2, s0);
            var s1 = v.mul(w0);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 3 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s1 = v.fma(w1, s1);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 4 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s1 = v.fma(w2, s1);
            var s2 = v.mul(w0);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 5 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s2 = v.fma(w1, s2);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 6 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s2 = v.fma(w2, s2);
            var s3 = v.mul(w0);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 7 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s3 = v.fma(w1, s3);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 8 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s3 = v.fma(w2, s3);
            at = base + row1;
            v = (FloatVector) ByteVector.fromArray(BYTES, a, at).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w3, s0);
            v = (FloatVector) ByteVector.fromArray(BYTES, a, at + step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w4, s0);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 2 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w5, s0);
            s1 = v.fma(w3, s1);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 3 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s1 = v.fma(w4, s1);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 4 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s1 = v.fma(w5, s1);
            s2 = v.fma(w3, s2);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 5 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s2 = v.fma(w4, s2);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 6 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s2 = v.fma(w5, s2);
            s3 = v.fma(w3, s3);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 7 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s3 = v.fma(w4, s3);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 8 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s3 = v.fma(w5, s3);
            at = base + row2;
            v = (FloatVector) ByteVector.fromArray(BYTES, a, at).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w6, s0);
            v = (FloatVector) ByteVector.fromArray(BYTES, a, at + step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w7, s0);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 2 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s0 = v.fma(w8, s0);
            s1 = v.fma(w6, s1);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 3 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s1 = v.fma(w7, s1);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 4 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s1 = v.fma(w8, s1);
            s2 = v.fma(w6, s2);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 5 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s2 = v.fma(w7, s2);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 6 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s2 = v.fma(w8, s2);
            s3 = v.fma(w6, s3);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 7 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s3 = v.fma(w7, s3);
            v = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 8 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            s3 = v.fma(w8, s3);
            int sum = to + pixels[group] * LANES;
            s0.intoArray(sums, sum);
            s1.intoArray(sums, sum + LANES);
            s2.intoArray(sums, sum + 2 * LANES);
            s3.intoArray(sums, sum + 3 * LANES);
        }
    }

    private void line(byte[] a, int from, int end, int channel, float[] sums) {
        int to = -pixels[from] * LANES;
        for (int group = from; group < end; group++) {
            int at = bases[group] + channel;
            int w = channel;
            var s0 = FloatVector.zero(SPECIES);
            var s1 = s0;
            var s2 = s0;
            var s3 = s0;
            var v0 = (FloatVector) ByteVector.fromArray(BYTES, a, at).convertShape(VectorOperators.B2F, SPECIES, 0);
            var v1 = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + step).convertShape(VectorOperators.B2F, SPECIES, 0);
            var v2 = (FloatVector)
                    ByteVector.fromArray(BYTES, a, at + 2 * step).convertShape(VectorOperators.B2F, SPECIES, 0);
            at += 3 * step;
            for (int i = 0; i < positions.length; i++) {
                var weight = FloatVector.fromArray(SPECIES, weights, w);
                var v3 = (FloatVector) ByteVector.fromArray(BYTES, a, at).convertShape(VectorOperators.B2F, SPECIES, 0);
                s0 = v0.fma(weight, s0);
                s1 = v1.fma(weight, s1);
                s2 = v2.fma(weight, s2);
                s3 = v3.fma(weight, s3);
                v0 = v1;
                v1 = v2;
                v2 = v3;
                w += weightStride;
                at += step;
            }
            int sum = to + pixels[group] * LANES;
            s0.intoArray(sums, sum);
            s1.intoArray(sums, sum + LANES);
            s2.intoArray(sums, sum + 2 * LANES);
            s3.intoArray(sums, sum + 3 * LANES);
        }
    }
}
