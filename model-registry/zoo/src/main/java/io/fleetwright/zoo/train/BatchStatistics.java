package io.fleetwright.zoo.train;

import io.fleetwright.forge.network.ChannelStatistics;
import java.util.Arrays;

/** Scale, shift and running statistics of one batch normalization, shared by all shards. */
final class BatchStatistics {
    static final float EPSILON = 1e-3f;
    private static final float MOMENTUM = 0.02f;

    final Parameter scale;
    final Parameter shift;
    final float[] runningMean;
    final float[] runningVariance;

    BatchStatistics(int channels) {
        scale = new Parameter(channels);
        shift = new Parameter(channels);
        runningMean = new float[channels];
        runningVariance = new float[channels];
        Arrays.fill(scale.value, 1);
        Arrays.fill(runningVariance, 1);
    }

    /** Moves the running figures a little towards one shard's; called in shard order, between steps. */
    void absorb(float[] mean, float[] variance) {
        for (int c = 0; c < mean.length; c++) {
            runningMean[c] += MOMENTUM * (mean[c] - runningMean[c]);
            runningVariance[c] += MOMENTUM * (variance[c] - runningVariance[c]);
        }
    }

    /** What a channel's convolution weights are multiplied by when normalization is folded away. */
    float foldedScale(int channel) {
        return (float) (scale.value[channel] / Math.sqrt(runningVariance[channel] + EPSILON));
    }

    /** The bias a channel has when normalization is folded away. */
    float foldedBias(int channel) {
        return shift.value[channel] - runningMean[channel] * foldedScale(channel);
    }

    /** What a channel's sums look like once normalization is folded into them. */
    ChannelStatistics folded() {
        var mean = shift.value.clone();
        var deviation = new float[mean.length];
        for (int c = 0; c < deviation.length; c++) {
            deviation[c] = (float) (Math.abs(foldedScale(c)) * Math.sqrt(runningVariance[c]));
        }
        return new ChannelStatistics(mean, deviation);
    }
}
