package io.fleetwright.scheduler.partition;

/**
 * One layer on two units at once, each with some of its output channels (N3H-Core, Gong et al., 2022).
 *
 * @param first channels of the first unit; the second has the others
 * @param millis until both are done
 */
public record ChannelSplit(int first, double millis) {
    /**
     * The best split. A unit that has no channels costs nothing.
     *
     * @param channels of the layer, at least 1
     * @param firstMillis of the whole layer on the first unit, above 0
     * @param firstFixedMillis that the first unit needs besides, such as for moving its input, at least 0
     */
    public static ChannelSplit best(
            int channels, double firstMillis, double secondMillis, double firstFixedMillis, double secondFixedMillis) {
        if (channels < 1
                || !(firstMillis > 0)
                || !(secondMillis > 0)
                || !(firstFixedMillis >= 0)
                || !(secondFixedMillis >= 0)) {
            throw new IllegalArgumentException(
                    "channels (%d) must be at least 1, times (%s, %s) above 0, fixed times (%s, %s) at least 0"
                            .formatted(channels, firstMillis, secondMillis, firstFixedMillis, secondFixedMillis));
        }
        // Both are done at the same time where f1 + t1 r = f2 + t2 (1 - r).
        double even = (secondFixedMillis + secondMillis - firstFixedMillis) / (firstMillis + secondMillis);
        int below = Math.clamp((long) Math.floor(even * channels), 0, channels);
        ChannelSplit best = new ChannelSplit(0, Double.POSITIVE_INFINITY);
        for (int first : new int[] {below, Math.min(below + 1, channels), 0, channels}) {
            double share = (double) first / channels;
            double millis = Math.max(
                    first == 0 ? 0 : firstFixedMillis + firstMillis * share,
                    first == channels ? 0 : secondFixedMillis + secondMillis * (1 - share));
            if (millis < best.millis) {
                best = new ChannelSplit(first, millis);
            }
        }
        return best;
    }
}
