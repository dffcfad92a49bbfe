package io.fleetwright.zoo.train;

/**
 * How long and how to train. Learning rate falls from {@code rateFirst} to {@code rateLast} along half a cosine.
 *
 * @param seed decides initial weights; images are chosen by the image source's own seed
 * @param epochs passes; each takes fresh images, none is seen twice
 * @param stepsPerEpoch batches of {@link #BATCH} images in a pass
 * @param threads workers; changes the time taken, never the outcome
 */
public record TrainingSettings(
        long seed, int epochs, int stepsPerEpoch, int threads, double rateFirst, double rateLast) {
    public static final int BATCH = 64;
    /** A batch is cut in this many shards whatever the number of threads is. */
    public static final int SHARDS = 4;

    public TrainingSettings {
        check("epochs", epochs, 1000);
        check("stepsPerEpoch", stepsPerEpoch, 100_000);
        check("threads", threads, 64);
        if (!(rateFirst > 0 && rateFirst < 1 && rateLast > 0 && rateLast <= rateFirst)) {
            throw new IllegalArgumentException(
                    "rates (%s, %s) must satisfy 0 < last <= first < 1".formatted(rateFirst, rateLast));
        }
    }

    private static void check(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException("%s (%d) must be in 1..%d".formatted(name, value, max));
        }
    }

    double rate(int step) {
        double done = (double) step / ((double) epochs * stepsPerEpoch);
        return rateLast + (rateFirst - rateLast) * 0.5 * (1 + StrictMath.cos(StrictMath.PI * done));
    }
}
