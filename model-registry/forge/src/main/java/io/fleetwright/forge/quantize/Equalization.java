package io.fleetwright.forge.quantize;

import io.fleetwright.forge.network.FloatNetwork;

/**
 * Gives output channels and the inputs they feed the same weight range: {@code s_i = sqrt(r1_i r2_i) / r2_i} (Nagel et
 * al., 2019, equation 11), over all pairs until the factors are 1.
 */
final class Equalization {
    private Equalization() {}

    static FloatNetwork apply(FloatNetwork network, Step.Equalize step) {
        var scaling = new ChannelScaling(network);
        double furthest = Double.POSITIVE_INFINITY;
        for (int sweep = 0; sweep < step.sweepsMax() && furthest > step.tolerance(); sweep++) {
            furthest = 0;
            for (int first : scaling.firsts()) {
                double[] factors = factors(scaling, first);
                for (double factor : factors) {
                    furthest = Math.max(furthest, Math.abs(factor - 1));
                }
                scaling.move(first, factors);
            }
        }
        return scaling.network();
    }

    private static double[] factors(ChannelScaling scaling, int first) {
        double[] before = scaling.outputRanges(first);
        double[] after = scaling.inputRanges(scaling.next(first), before.length);
        var factors = new double[before.length];
        for (int c = 0; c < factors.length; c++) {
            // A channel that nothing reads has no range to share.
            factors[c] = before[c] > 0 && after[c] > 0 ? Math.sqrt(before[c] / after[c]) : 1;
        }
        return factors;
    }
}
