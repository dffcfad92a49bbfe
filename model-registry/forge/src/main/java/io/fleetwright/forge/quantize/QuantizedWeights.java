package io.fleetwright.forge.quantize;

import io.fleetwright.forge.weights.LevelRange;
import java.util.Collections;
import java.util.List;

/**
 * Weights of one layer as integers of zero point 0, and their int32 biases.
 *
 * @param values in the order of the float layer they came from
 * @param scales one for the whole layer, or one per output channel
 * @param bias one per output channel, in steps of input scale times weight scale
 * @param range what the values may be
 */
@SuppressWarnings("ArrayRecordComponent")
public record QuantizedWeights(byte[] values, List<Float> scales, int[] bias, LevelRange range) {
    private static final float SCALE_MIN = 1e-9f;
    private static final LevelRange INT8 = new LevelRange(Byte.SIZE, true);

    public QuantizedWeights {
        values = values.clone();
        scales = List.copyOf(scales);
        bias = bias.clone();
        if (scales.size() != 1 && scales.size() != bias.length) {
            throw new IllegalArgumentException(
                    "scales (%d) must be 1 or as many as biases (%d)".formatted(scales.size(), bias.length));
        }
        for (byte value : values) {
            if (value < range.lowest() || value > range.highest()) {
                throw new IllegalArgumentException(
                        "value (%d) must be in %d..%d".formatted(value, range.lowest(), range.highest()));
            }
        }
    }

    /** One scale per output channel, even if they are all the same. */
    public float[] channelScales() {
        var all = new float[bias.length];
        for (int c = 0; c < all.length; c++) {
            all[c] = scales.get(scales.size() == 1 ? 0 : c);
        }
        return all;
    }

    /** Real biases behind inputs of this scale. */
    public float[] realBias(float inputScale) {
        float[] real = channelScales();
        for (int c = 0; c < real.length; c++) {
            real[c] = (float) ((double) bias[c] * inputScale * real[c]);
        }
        return real;
    }

    /** Where the weights of a channel are: {@code channel * channelStart + i * step}. */
    record Layout(int channelStart, int step) {
        static Layout channelByChannel(int weightsPerChannel) {
            return new Layout(weightsPerChannel, 1);
        }

        static Layout channelFastest(int channels) {
            return new Layout(1, channels);
        }
    }

    /** Nearest levels in -127..127, each channel with the finest scale that holds its largest weight. */
    static QuantizedWeights perChannel(float[] weights, float[] bias, float inputScale, Layout layout) {
        var scales = new Float[bias.length];
        for (int c = 0; c < bias.length; c++) {
            float largest = 0;
            for (int i = 0; i < weights.length / bias.length; i++) {
                largest = Math.max(largest, Math.abs(weights[c * layout.channelStart + i * layout.step]));
            }
            scales[c] = scaleFor(largest);
        }
        return rounded(weights, bias, inputScale, List.of(scales), layout);
    }

    /** As {@link #perChannel}, with one scale for all channels. */
    static QuantizedWeights perTensor(float[] weights, float[] bias, float inputScale, Layout layout) {
        float largest = 0;
        for (float weight : weights) {
            largest = Math.max(largest, Math.abs(weight));
        }
        return rounded(weights, bias, inputScale, List.of(scaleFor(largest)), layout);
    }

    private static QuantizedWeights rounded(
            float[] weights, float[] bias, float inputScale, List<Float> scales, Layout layout) {
        var values = new byte[weights.length];
        var steps = new int[bias.length];
        List<Float> each = scales.size() == 1 ? Collections.nCopies(bias.length, scales.getFirst()) : scales;
        for (int c = 0; c < bias.length; c++) {
            double scale = each.get(c);
            for (int i = 0; i < weights.length / bias.length; i++) {
                int at = c * layout.channelStart + i * layout.step;
                values[at] = (byte) Math.clamp(Math.round(weights[at] / scale), INT8.lowest(), INT8.highest());
            }
            double biasSteps = Math.rint(bias[c] / (inputScale * scale));
            steps[c] = (int) Math.clamp(biasSteps, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        return new QuantizedWeights(values, scales, steps, INT8);
    }

    private static float scaleFor(float largest) {
        return Math.max(largest / INT8.highest(), SCALE_MIN);
    }
}
