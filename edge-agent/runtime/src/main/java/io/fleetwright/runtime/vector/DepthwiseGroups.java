package io.fleetwright.runtime.vector;

import java.util.Locale;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Depthwise sums of one register of channels, four neighbouring pixels at a time: each value is loaded once for all four. */
final class DepthwiseGroups {
    private static final VectorSpecies<Float> SPECIES = Lanes.FLOATS;
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
     * @param a staged values, and where the sums go
     * @param channel first one of the register
     * @param sumsAt where the first group's first pixel goes
     */
    void sums(float[] a, int from, int end, int channel, int sumsAt) {
        switch (loads.form()) {
            case SQUARE -> square(a, from, end, channel, sumsAt);
            case STRIDED -> strided(a, from, end, channel, sumsAt);
            case LINE -> line(a, from, end, channel, sumsAt);
        }
    }

    private void square(float[] a, int from, int end, int channel, int sumsAt) {
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
        int to = sumsAt - pixels[from] * LANES;
        for (int group = from; group < end; group++) {
            int base = bases[group];
            int at = base + row0;
            var v = FloatVector.fromArray(SPECIES, a, at);
            var s0 = v.mul(w0);
            v = FloatVector.fromArray(SPECIES, a, at + step);
            s0 = v.fma(w1, s0);
            var s1 = v.mul(w0);
            v = FloatVector.fromArray(SPECIES, a, at + 2 * step);
            s0 = v.fma(w2, s0);
            s1 = v.fma(w1, s1);
            var s2 = v.mul(w0);
            v = FloatVector.fromArray(SPECIES, a, at + 3 * step);
            s1 = v.fma(w2, s1);
            s2 = v.fma(w1, s2);
            var s3 = v.mul(w0);
            v = FloatVector.fromArray(SPECIES, a, at + 4 * step);
            s2 = v.fma(w2, s2);
            s3 = v.fma(w1, s3);
            v = FloatVector.fromArray(SPECIES, a, at + 5 * step);
            s3 = v.fma(w2, s3);
            at = base + row1;
            v = FloatVector.fromArray(SPECIES, a, at);
            s0 = v.fma(w3, s0);
            v = FloatVector.fromArray(SPECIES, a, at + step);
            s0 = v.fma(w4, s0);
            s1 = v.fma(w3, s1);
            v = FloatVector.fromArray(SPECIES, a, at + 2 * step);
            s0 = v.fma(w5, s0);
            s1 = v.fma(w4, s1);
            s2 = v.fma(w3, s2);
            v = FloatVector.fromArray(SPECIES, a, at + 3 * step);
            s1 = v.fma(w5, s1);
            s2 = v.fma(w4, s2);
            s3 = v.fma(w3, s3);
            v = FloatVector.fromArray(SPECIES, a, at + 4 * step);
            s2 = v.fma(w5, s2);
            s3 = v.fma(w4, s3);
            v = FloatVector.fromArray(SPECIES, a, at + 5 * step);
            s3 = v.fma(w5, s3);
            at = base + row2;
            v = FloatVector.fromArray(SPECIES, a, at);
            s0 = v.fma(w6, s0);
            v = FloatVector.fromArray(SPECIES, a, at + step);
            s0 = v.fma(w7, s0);
            s1 = v.fma(w6, s1);
            v = FloatVector.fromArray(SPECIES, a, at + 2 * step);
            s0 = v.fma(w8, s0);
            s1 = v.fma(w7, s1);
            s2 = v.fma(w6, s2);
            v = FloatVector.fromArray(SPECIES, a, at + 3 * step);
            s1 = v.fma(w8, s1);
            s2 = v.fma(w7, s2);
            s3 = v.fma(w6, s3);
            v = FloatVector.fromArray(SPECIES, a, at + 4 * step);
            s2 = v.fma(w8, s2);
            s3 = v.fma(w7, s3);
            v = FloatVector.fromArray(SPECIES, a, at + 5 * step);
            s3 = v.fma(w8, s3);
            int sum = to + pixels[group] * LANES;
            s0.intoArray(a, sum);
            s1.intoArray(a, sum + LANES);
            s2.intoArray(a, sum + 2 * LANES);
            s3.intoArray(a, sum + 3 * LANES);
        }
    }

    private void strided(float[] a, int from, int end, int channel, int sumsAt) {
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
        int to = sumsAt - pixels[from] * LANES;
        for (int group = from; group < end; group++) {
            int base = bases[group];
            int at = base + row0;
            var v = FloatVector.fromArray(SPECIES, a, at);
            var s0 = v.mul(w0);
            v = FloatVector.fromArray(SPECIES, a, at + step);
            s0 = v.fma(w1, s0);
            v = FloatVector.fromArray(SPECIES, a, at + 2 * step);
            s0 = v.fma(w2, s0);
            var s1 = v.mul(w0);
            v = FloatVector.fromArray(SPECIES, a, at + 3 * step);
            s1 = v.fma(w1, s1);
            v = FloatVector.fromArray(SPECIES, a, at + 4 * step);
            s1 = v.fma(w2, s1);
            var s2 = v.mul(w0);
            v = FloatVector.fromArray(SPECIES, a, at + 5 * step);
            s2 = v.fma(w1, s2);
            v = FloatVector.fromArray(SPECIES, a, at + 6 * step);
            s2 = v.fma(w2, s2);
            var s3 = v.mul(w0);
            v = FloatVector.fromArray(SPECIES, a, at + 7 * step);
            s3 = v.fma(w1, s3);
            v = FloatVector.fromArray(SPECIES, a, at + 8 * step);
            s3 = v.fma(w2, s3);
            at = base + row1;
            v = FloatVector.fromArray(SPECIES, a, at);
            s0 = v.fma(w3, s0);
            v = FloatVector.fromArray(SPECIES, a, at + step);
            s0 = v.fma(w4, s0);
            v = FloatVector.fromArray(SPECIES, a, at + 2 * step);
            s0 = v.fma(w5, s0);
            s1 = v.fma(w3, s1);
            v = FloatVector.fromArray(SPECIES, a, at + 3 * step);
            s1 = v.fma(w4, s1);
            v = FloatVector.fromArray(SPECIES, a, at + 4 * step);
            s1 = v.fma(w5, s1);
            s2 = v.fma(w3, s2);
            v = FloatVector.fromArray(SPECIES, a, at + 5 * step);
            s2 = v.fma(w4, s2);
            v = FloatVector.fromArray(SPECIES, a, at + 6 * step);
            s2 = v.fma(w5, s2);
            s3 = v.fma(w3, s3);
            v = FloatVector.fromArray(SPECIES, a, at + 7 * step);
            s3 = v.fma(w4, s3);
            v = FloatVector.fromArray(SPECIES, a, at + 8 * step);
            s3 = v.fma(w5, s3);
            at = base + row2;
            v = FloatVector.fromArray(SPECIES, a, at);
            s0 = v.fma(w6, s0);
            v = FloatVector.fromArray(SPECIES, a, at + step);
            s0 = v.fma(w7, s0);
            v = FloatVector.fromArray(SPECIES, a, at + 2 * step);
            s0 = v.fma(w8, s0);
            s1 = v.fma(w6, s1);
            v = FloatVector.fromArray(SPECIES, a, at + 3 * step);
            s1 = v.fma(w7, s1);
            v = FloatVector.fromArray(SPECIES, a, at + 4 * step);
            s1 = v.fma(w8, s1);
            s2 = v.fma(w6, s2);
            v = FloatVector.fromArray(SPECIES, a, at + 5 * step);
            s2 = v.fma(w7, s2);
            v = FloatVector.fromArray(SPECIES, a, at + 6 * step);
            s2 = v.fma(w8, s2);
            s3 = v.fma(w6, s3);
            v = FloatVector.fromArray(SPECIES, a, at + 7 * step);
            s3 = v.fma(w7, s3);
            v = FloatVector.fromArray(SPECIES, a, at + 8 * step);
            s3 = v.fma(w8, s3);
            int sum = to + pixels[group] * LANES;
            s0.intoArray(a, sum);
            s1.intoArray(a, sum + LANES);
            s2.intoArray(a, sum + 2 * LANES);
            s3.intoArray(a, sum + 3 * LANES);
        }
    }

    private void line(float[] a, int from, int end, int channel, int sumsAt) {
        int to = sumsAt - pixels[from] * LANES;
        for (int group = from; group < end; group++) {
            int at = bases[group] + channel;
            int w = channel;
            var s0 = FloatVector.zero(SPECIES);
            var s1 = s0;
            var s2 = s0;
            var s3 = s0;
            var v0 = FloatVector.fromArray(SPECIES, a, at);
            var v1 = FloatVector.fromArray(SPECIES, a, at + step);
            var v2 = FloatVector.fromArray(SPECIES, a, at + 2 * step);
            at += 3 * step;
            for (int i = 0; i < positions.length; i++) {
                var weight = FloatVector.fromArray(SPECIES, weights, w);
                var v3 = FloatVector.fromArray(SPECIES, a, at);
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
            s0.intoArray(a, sum);
            s1.intoArray(a, sum + LANES);
            s2.intoArray(a, sum + 2 * LANES);
            s3.intoArray(a, sum + 3 * LANES);
        }
    }
}
