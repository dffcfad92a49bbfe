package io.fleetwright.forge.calibrate;

import io.fleetwright.forge.network.ChannelStatistics;
import java.util.List;

/** Mean and deviation of each channel of one layer's sums over a batch. */
@SuppressWarnings("ArrayRecordComponent")
record ChannelMoments(double[] mean, double[] deviation, double count) {
    private static final double DEVIATION_MIN = 1e-6;

    /** Over all inputs and positions; {@code sums} is by input, then by layer. */
    static ChannelMoments of(List<List<float[]>> sums, int layer, int channels) {
        var mean = new double[channels];
        var deviation = new double[channels];
        double count = (double) sums.size() * sums.getFirst().get(layer).length / channels;
        for (List<float[]> each : sums) {
            float[] values = each.get(layer);
            for (int i = 0; i < values.length; i++) {
                mean[i % channels] += values[i] / count;
            }
        }
        for (List<float[]> each : sums) {
            float[] values = each.get(layer);
            for (int i = 0; i < values.length; i++) {
                double off = values[i] - mean[i % channels];
                deviation[i % channels] += off * off / count;
            }
        }
        for (int c = 0; c < channels; c++) {
            deviation[c] = Math.sqrt(deviation[c]);
        }
        return new ChannelMoments(mean, deviation, count);
    }

    /** {@code |mu - mu_wanted|^2 + |sd - sd_wanted|^2}. */
    double distance(ChannelStatistics wanted) {
        double sum = 0;
        for (int c = 0; c < mean.length; c++) {
            double offMean = mean[c] - wanted.mean()[c];
            double offDeviation = deviation[c] - wanted.deviation()[c];
            sum += offMean * offMean + offDeviation * offDeviation;
        }
        return sum;
    }

    /** Adds {@code weight} times the gradient of {@link #distance} by one input's sums. */
    void addGradient(ChannelStatistics wanted, double weight, float[] sums, float[] gradient) {
        for (int i = 0; i < sums.length; i++) {
            int c = i % mean.length;
            double byMean = mean[c] - wanted.mean()[c];
            double byDeviation = (deviation[c] - wanted.deviation()[c])
                    * (sums[i] - mean[c])
                    / Math.max(deviation[c], DEVIATION_MIN);
            gradient[i] += (float) (2 * weight * (byMean + byDeviation) / count);
        }
    }
}
