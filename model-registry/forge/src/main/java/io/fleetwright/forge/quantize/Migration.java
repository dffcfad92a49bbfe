package io.fleetwright.forge.quantize;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatNetwork;
import java.util.List;

/**
 * Makes outlier channels of activations smaller and the weights that read them larger:
 * {@code s_j = max|X_j|^a / max|W_j|^(1-a)} (Xiao et al., 2023, equation 4). The layer before absorbs the factors, so
 * the input of the network is left as it is.
 */
final class Migration {
    private Migration() {}

    static FloatNetwork apply(FloatNetwork network, CalibrationSet calibration, Step.Migrate step) {
        var scaling = new ChannelScaling(network);
        double[][] sizes = sizes(network, calibration);
        for (int first : scaling.firsts()) {
            double[] activations = sizes[scaling.next(first) - 1];
            double[] weights = scaling.inputRanges(scaling.next(first), activations.length);
            var factors = new double[activations.length];
            for (int c = 0; c < factors.length; c++) {
                factors[c] = activations[c] > 0 && weights[c] > 0
                        ? StrictMath.pow(activations[c], step.alpha()) / StrictMath.pow(weights[c], 1 - step.alpha())
                        : 1;
            }
            scaling.move(first, factors);
        }
        return scaling.network();
    }

    /** The largest size of each channel of each layer's output. */
    private static double[][] sizes(FloatNetwork network, CalibrationSet calibration) {
        var inference = new FloatInference(network);
        var sizes = new double[network.layers().size()][];
        for (int l = 0; l < sizes.length; l++) {
            sizes[l] = new double[network.shapes().get(l).channels()];
        }
        for (float[] input : calibration.inputs()) {
            List<float[]> activations = inference.activations(input);
            for (int l = 0; l < sizes.length; l++) {
                float[] values = activations.get(l);
                for (int i = 0; i < values.length; i++) {
                    int channel = i % sizes[l].length;
                    sizes[l][channel] = Math.max(sizes[l][channel], Math.abs(values[i]));
                }
            }
        }
        return sizes;
    }
}
