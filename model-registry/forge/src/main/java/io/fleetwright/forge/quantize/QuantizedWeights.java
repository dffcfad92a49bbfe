package io.fleetwright.forge.quantize;

import java.util.Collections;
import java.util.List;

/**
 * Weights of one layer as symmetric int8, and their int32 biases.
 *
 * @param values in the order of the float layer they came from
 * @param scales one for the whole layer, or one per output channel
 * @param bias one per output channel, in steps of input scale times weight scale
 */
@SuppressWarnings("ArrayRecordComponent")
public record QuantizedWeights(byte[] values, List<Float> scales, int[] bias) {
    private static final float SCALE_MIN = 1e-9f;
    private static final int LEVEL_MAX = 127;

    public QuantizedWeights {
        values = values.clone();
        scales = List.copyOf(scales);
        bias = bias.clone();
        if (scales.size() != 1 && scales.size() != bias.length) {
            throw new IllegalArgumentException(
                    "scales (%d) must be 1 or as many as biases (%d)".formatted(scales.size(), bias.length));
        }
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
                values[at] = (byte) Math.clamp(Math.round(weights[at] / scale), -LEVEL_MAX, LEVEL_MAX);
            }
            double biasSteps = Math.rint(bias[c] / (inputScale * scale));
            steps[c] = (int) Math.clamp(biasSteps, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        return new QuantizedWeights(values, scales, steps);
    }

    private static float scaleFor(float largest) {
        return Math.max(largest / LEVEL_MAX, SCALE_MIN);
    }
}
