package io.fleetwright.runtime.vector;

import java.util.Arrays;

/**
 * How many products may be added in 16 bits before they must be widened.
 *
 * <p>The bound is proved from the weights: a group ends before any channel's sum could leave int16 for some int8 values.
 * Per-channel quantization scales the largest weight of a channel to 127, so that typical weights are near 30 and a group
 * is some 6 to 9 products long; a group of one always fits.
 */
final class ShortGroups {
    private static final int HALF = Lanes.SHORT_COUNT / 2;

    private ShortGroups() {}

    /** Lane of a channel within its panel: pairs of lanes hold a channel of the first and one of the second half register. */
    static int lane(int channel) {
        int register = channel / Lanes.SHORT_COUNT;
        int within = channel % Lanes.SHORT_COUNT;
        return register * Lanes.SHORT_COUNT + (within < HALF ? 2 * within : 2 * (within - HALF) + 1);
    }

    /**
     * Lengths of the groups, in order; none crosses the end of a run.
     *
     * @param first first channel
     * @param count channels that share the groups
     */
    static int[] of(Weights weights, int first, int count, int runLength) {
        int[] groups = new int[weights.depth()];
        int[] most = new int[count];
        int[] least = new int[count];
        int used = 0;
        int length = 0;
        for (int k = 0; k < weights.depth(); k++) {
            if (length > 0 && (k % runLength == 0 || !fits(weights, first, k, most, least))) {
                groups[used++] = length;
                length = 0;
                Arrays.fill(most, 0);
                Arrays.fill(least, 0);
            }
            for (int i = 0; i < count; i++) {
                int weight = weights.at(first + i, k);
                most[i] += high(weight);
                least[i] += low(weight);
            }
            length++;
        }
        groups[used++] = length;
        return Arrays.copyOf(groups, used);
    }

    private static boolean fits(Weights weights, int first, int k, int[] most, int[] least) {
        for (int i = 0; i < most.length; i++) {
            int weight = weights.at(first + i, k);
            if (most[i] + high(weight) > Short.MAX_VALUE || least[i] + low(weight) < Short.MIN_VALUE) {
                return false;
            }
        }
        return true;
    }

    private static int high(int weight) {
        return Math.max(weight * Byte.MAX_VALUE, weight * Byte.MIN_VALUE);
    }

    private static int low(int weight) {
        return Math.min(weight * Byte.MAX_VALUE, weight * Byte.MIN_VALUE);
    }
}
