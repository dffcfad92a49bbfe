package io.fleetwright.scheduler.predict;

/**
 * What a device takes for a layer when nothing was measured on it: whichever of arithmetic and memory takes longer, and a fixed time
 * (Williams et al., 2009).
 *
 * @param macsPerMilli that the device reaches at best, above 0
 * @param bytesPerMilli that its memory delivers at best, above 0
 * @param efficiency share of the best arithmetic that layers of this kind reach, above 0 to 1
 * @param launchMillis of each layer, at least 0
 */
public record Roofline(double macsPerMilli, double bytesPerMilli, double efficiency, double launchMillis) {
    public Roofline {
        if (!(macsPerMilli > 0)
                || !(bytesPerMilli > 0)
                || !(efficiency > 0 && efficiency <= 1)
                || !(launchMillis >= 0)) {
            throw new IllegalArgumentException(
                    "rates (%s MAC/ms, %s B/ms) must be above 0, efficiency (%s) in 0..1, launch (%s ms) at least 0"
                            .formatted(macsPerMilli, bytesPerMilli, efficiency, launchMillis));
        }
    }

    /**
     * Time of a layer.
     *
     * @param bytes of weights and activations that it reads and writes
     */
    public double millis(long macs, long bytes) {
        return launchMillis + Math.max(macs / (efficiency * macsPerMilli), bytes / bytesPerMilli);
    }
}
