package io.fleetwright.forge.network;

/**
 * Mean and standard deviation of each channel of a layer's sums, before the activation, over what the network was
 * trained on. Batch normalization fixes them: they are its shift and the size of its scale.
 *
 * @param mean one per channel
 * @param deviation one per channel, 0 or more
 */
@SuppressWarnings("ArrayRecordComponent")
public record ChannelStatistics(float[] mean, float[] deviation) {
    public ChannelStatistics {
        mean = mean.clone();
        deviation = deviation.clone();
        if (mean.length != deviation.length) {
            throw new IllegalArgumentException(
                    "deviations (%d) must be as many as means (%d)".formatted(deviation.length, mean.length));
        }
        for (int c = 0; c < mean.length; c++) {
            if (!Float.isFinite(mean[c]) || !Float.isFinite(deviation[c]) || deviation[c] < 0) {
                throw new IllegalArgumentException(
                        "mean (%s) of channel %d must be finite, deviation (%s) also 0 or more"
                                .formatted(mean[c], c, deviation[c]));
            }
        }
    }

    public int channels() {
        return mean.length;
    }

    /** Of channels that are each divided by a factor above 0. */
    public ChannelStatistics dividedBy(double[] factors) {
        float[] means = mean.clone();
        float[] deviations = deviation.clone();
        for (int c = 0; c < means.length; c++) {
            means[c] = (float) (means[c] / factors[c]);
            deviations[c] = (float) (deviations[c] / factors[c]);
        }
        return new ChannelStatistics(means, deviations);
    }
}
