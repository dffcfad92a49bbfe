package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Depthwise convolution with channels in lanes, along the pixels of a band with the weights of nine kernel positions
 * in registers.
 *
 * <p>Integers are carried by float32, exact while a channel's sum cannot reach 2^24. They are staged as bytes and widened
 * whenever they are loaded, up to nine times each: other units of the processor do that while the multiply-add units are
 * busy, and a band takes a quarter of the memory. With a multiplier, each input channel is staged that many times, so that
 * one channel is one lane from then on.
 */
final class VectorDepthwiseConv2d implements Kernel, Staging.Sink {
    private static final VectorSpecies<Float> SPECIES = Lanes.FLOATS;
    private static final VectorSpecies<Byte> BYTES = Lanes.BYTES_OF_FLOATS;
    private static final int LANES = SPECIES.length();
    /** Kernel positions that share a pass, with their weights in registers; unused ones have zero weights. */
    private static final int TAPS = 9;
    /** The same for kernels of few positions, or of a multiple of so many. */
    private static final int FEW_TAPS = 5;
    /** Loading and storing sums between passes takes as long as so many positions. */
    private static final int PASS_COST = 2;

    /** Pixels whose sums are rescaled together. */
    private static final int CHUNK = 48;
    /** The last register of a pixel's channels may reach past the last staged value. */
    private static final int SLACK = 16;

    private final Staging staging;
    private final int many;
    private final int channels;
    private final int multiplier;
    private final int zero;
    /** {@code [position][channel, rounded up to whole registers]}. */
    private final float[] weights;

    private final int weightStride;
    /** Kernel positions of one pass. */
    private final int taps;

    private final int[] positions;
    private final int[] bases;
    private final @Nullable DepthwiseGroups shared;
    private final VectorRequantizer requantizer;

    /**
     * @param staging of the output's channels per position, each kernel position a run of its own
     * @param many neighbouring pixels that are treated as one
     * @param channels of so many pixels
     * @param filter {@code [position][channel]}
     */
    VectorDepthwiseConv2d(
            Staging staging,
            int many,
            int channels,
            int multiplier,
            byte[] filter,
            int zero,
            VectorRequantizer requantizer) {
        int[] positions = staging.positions();
        this.staging = staging;
        this.many = many;
        this.channels = channels;
        this.multiplier = multiplier;
        this.zero = zero;
        this.taps = cost(positions.length, FEW_TAPS) < cost(positions.length, TAPS) ? FEW_TAPS : TAPS;
        this.positions = Arrays.copyOf(positions, Lanes.roundUp(positions.length, taps));
        this.bases = everyOf(staging.bases(), many);
        this.requantizer = requantizer;
        this.weightStride = Lanes.roundUp(channels, LANES);
        this.weights = new float[this.positions.length * weightStride];
        for (int position = 0; position < positions.length; position++) {
            for (int channel = 0; channel < channels; channel++) {
                weights[position * weightStride + channel] = filter[position * channels + channel];
            }
        }
        this.shared = SharedLoads.find(staging.width() / many, bases, positions)
                .map(loads -> new DepthwiseGroups(loads, positions, weights, weightStride))
                .orElse(null);
    }

    private static int[] everyOf(int[] values, int many) {
        int[] some = new int[values.length / many];
        for (int i = 0; i < some.length; i++) {
            some[i] = values[i * many];
        }
        return some;
    }

    private static int cost(int positions, int taps) {
        return Math.ceilDiv(positions, taps) * (taps + PASS_COST);
    }

    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofFloats(CHUNK * LANES + SLACK).withBytes(staging.valuesMax() + SLACK);
    }

    /** Bands. */
    @Override
    public int parts() {
        return staging.bands();
    }

    @Override
    public void widen(byte[] arena, int from, Workspace workspace, int to, int count) {
        if (multiplier == 1) {
            System.arraycopy(arena, from, workspace.bytes, to, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            Arrays.fill(workspace.bytes, to + i * multiplier, to + (i + 1) * multiplier, arena[from + i]);
        }
    }

    @Override
    public void pad(Workspace workspace, int to, int count) {
        Arrays.fill(workspace.bytes, to, to + count, (byte) zero);
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int band = from; band < to; band++) {
            staging.stage(band, arena, workspace, this);
            for (int channel = 0; channel < channels; channel += LANES) {
                int outputAt = staging.outputAt(band) + channel;
                if (shared == null) {
                    register(arena, workspace, channel, staging.pixels(band) / many, outputAt);
                } else {
                    groups(arena, workspace, channel, shared, staging.rows(band), outputAt);
                }
            }
        }
    }

    /** One register of channels of a whole band: its pixels lie one after the other, whatever the length of a row. */
    private void register(byte[] arena, Workspace workspace, int channel, int pixels, int outputAt) {
        byte[] staged = workspace.bytes;
        float[] sums = workspace.floats;
        for (int pixel = 0; pixel < pixels; pixel += CHUNK) {
            int some = Math.min(CHUNK, pixels - pixel);
            if (taps == TAPS) {
                start(staged, bases, pixel, channel, some, sums);
                for (int position = TAPS; position < positions.length; position += TAPS) {
                    more(staged, bases, pixel, position, channel, some, sums);
                }
            } else {
                startFive(staged, bases, pixel, channel, some, sums);
                for (int position = FEW_TAPS; position < positions.length; position += FEW_TAPS) {
                    moreFive(staged, bases, pixel, position, channel, some, sums);
                }
            }
            rescale(arena, workspace, channel, some, outputAt + pixel * channels);
        }
    }

    /** As {@link #register}, group by group. */
    private void groups(
            byte[] arena, Workspace workspace, int channel, DepthwiseGroups groups, int rows, int outputAt) {
        int count = groups.count(rows);
        for (int group = 0; group < count; group += CHUNK / SharedLoads.GROUP) {
            int end = Math.min(group + CHUNK / SharedLoads.GROUP, count);
            int pixel = groups.pixel(group);
            groups.sums(workspace.bytes, group, end, channel, workspace.floats);
            int pixels = groups.pixel(end - 1) + SharedLoads.GROUP - pixel;
            rescale(arena, workspace, channel, pixels, outputAt + pixel * channels);
        }
    }

    private void rescale(byte[] arena, Workspace workspace, int channel, int pixels, int to) {
        int count = Math.min(LANES, channels - channel);
        requantizer.apply(workspace.floats, 0, LANES, pixels, channel, count, arena, to, channels, workspace.few);
    }

    private void start(byte[] a, int[] bases, int pixel, int channel, int pixels, float[] sums) {
        var w0 = FloatVector.fromArray(SPECIES, weights, channel);
        int a0 = channel + positions[0];
        var w1 = FloatVector.fromArray(SPECIES, weights, weightStride + channel);
        int a1 = channel + positions[1];
        var w2 = FloatVector.fromArray(SPECIES, weights, (2) * weightStride + channel);
        int a2 = channel + positions[2];
        var w3 = FloatVector.fromArray(SPECIES, weights, (3) * weightStride + channel);
        int a3 = channel + positions[3];
        var w4 = FloatVector.fromArray(SPECIES, weights, (4) * weightStride + channel);
        int a4 = channel + positions[4];
        var w5 = FloatVector.fromArray(SPECIES, weights, (5) * weightStride + channel);
        int a5 = channel + positions[5];
        var w6 = FloatVector.fromArray(SPECIES, weights, (6) * weightStride + channel);
        int a6 = channel + positions[6];
        var w7 = FloatVector.fromArray(SPECIES, weights, (7) * weightStride + channel);
        int a7 = channel + positions[7];
        var w8 = FloatVector.fromArray(SPECIES, weights, (8) * weightStride + channel);
        int a8 = channel + positions[8];
        for (int x = 0; x < pixels; x++) {
            int at = bases[pixel + x];
            var sum = ((FloatVector)
                            ByteVector.fromArray(BYTES, a, a0 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .mul(w0);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a1 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w1, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a2 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w2, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a3 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w3, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a4 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w4, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a5 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w5, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a6 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w6, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a7 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w7, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a8 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w8, sum);
            sum.intoArray(sums, x * LANES);
        }
    }

    private void more(byte[] a, int[] bases, int pixel, int first, int channel, int pixels, float[] sums) {
        var w0 = FloatVector.fromArray(SPECIES, weights, (first) * weightStride + channel);
        int a0 = channel + positions[first];
        var w1 = FloatVector.fromArray(SPECIES, weights, (first + 1) * weightStride + channel);
        int a1 = channel + positions[first + 1];
        var w2 = FloatVector.fromArray(SPECIES, weights, (first + 2) * weightStride + channel);
        int a2 = channel + positions[first + 2];
        var w3 = FloatVector.fromArray(SPECIES, weights, (first + 3) * weightStride + channel);
        int a3 = channel + positions[first + 3];
        var w4 = FloatVector.fromArray(SPECIES, weights, (first + 4) * weightStride + channel);
        int a4 = channel + positions[first + 4];
        var w5 = FloatVector.fromArray(SPECIES, weights, (first + 5) * weightStride + channel);
        int a5 = channel + positions[first + 5];
        var w6 = FloatVector.fromArray(SPECIES, weights, (first + 6) * weightStride + channel);
        int a6 = channel + positions[first + 6];
        var w7 = FloatVector.fromArray(SPECIES, weights, (first + 7) * weightStride + channel);
        int a7 = channel + positions[first + 7];
        var w8 = FloatVector.fromArray(SPECIES, weights, (first + 8) * weightStride + channel);
        int a8 = channel + positions[first + 8];
        for (int x = 0; x < pixels; x++) {
            int at = bases[pixel + x];
            var sum = ((FloatVector)
                            ByteVector.fromArray(BYTES, a, a0 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w0, FloatVector.fromArray(SPECIES, sums, x * LANES));
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a1 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w1, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a2 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w2, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a3 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w3, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a4 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w4, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a5 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w5, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a6 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w6, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a7 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w7, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a8 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w8, sum);
            sum.intoArray(sums, x * LANES);
        }
    }

    private void startFive(byte[] a, int[] bases, int pixel, int channel, int pixels, float[] sums) {
        var w0 = FloatVector.fromArray(SPECIES, weights, channel);
        int a0 = channel + positions[0];
        var w1 = FloatVector.fromArray(SPECIES, weights, weightStride + channel);
        int a1 = channel + positions[1];
        var w2 = FloatVector.fromArray(SPECIES, weights, (2) * weightStride + channel);
        int a2 = channel + positions[2];
        var w3 = FloatVector.fromArray(SPECIES, weights, (3) * weightStride + channel);
        int a3 = channel + positions[3];
        var w4 = FloatVector.fromArray(SPECIES, weights, (4) * weightStride + channel);
        int a4 = channel + positions[4];
        for (int x = 0; x < pixels; x++) {
            int at = bases[pixel + x];
            var sum = ((FloatVector)
                            ByteVector.fromArray(BYTES, a, a0 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .mul(w0);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a1 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w1, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a2 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w2, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a3 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w3, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a4 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w4, sum);
            sum.intoArray(sums, x * LANES);
        }
    }

    private void moreFive(byte[] a, int[] bases, int pixel, int first, int channel, int pixels, float[] sums) {
        var w0 = FloatVector.fromArray(SPECIES, weights, (first) * weightStride + channel);
        int a0 = channel + positions[first];
        var w1 = FloatVector.fromArray(SPECIES, weights, (first + 1) * weightStride + channel);
        int a1 = channel + positions[first + 1];
        var w2 = FloatVector.fromArray(SPECIES, weights, (first + 2) * weightStride + channel);
        int a2 = channel + positions[first + 2];
        var w3 = FloatVector.fromArray(SPECIES, weights, (first + 3) * weightStride + channel);
        int a3 = channel + positions[first + 3];
        var w4 = FloatVector.fromArray(SPECIES, weights, (first + 4) * weightStride + channel);
        int a4 = channel + positions[first + 4];
        for (int x = 0; x < pixels; x++) {
            int at = bases[pixel + x];
            var sum = ((FloatVector)
                            ByteVector.fromArray(BYTES, a, a0 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w0, FloatVector.fromArray(SPECIES, sums, x * LANES));
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a1 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w1, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a2 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w2, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a3 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w3, sum);
            sum = ((FloatVector) ByteVector.fromArray(BYTES, a, a4 + at).convertShape(VectorOperators.B2F, SPECIES, 0))
                    .fma(w4, sum);
            sum.intoArray(sums, x * LANES);
        }
    }

    @Override
    public String carrier() {
        String form = shared == null ? "" : " " + shared.form();
        return "float32 depthwise x%d%s".formatted(LANES, form);
    }
}
