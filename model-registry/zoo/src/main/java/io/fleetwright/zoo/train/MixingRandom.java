package io.fleetwright.zoo.train;

/**
 * A small generator whose bits are fixed by this file: a counter stepped by the golden ratio, finished by a
 * 64-bit mix (Steele, Lea, Flood, 2014). Library generators may change how they map bits to ranges; data may not.
 */
public final class MixingRandom {
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private long state;

    /** A generator for one purpose: streams of the same seed are unrelated. */
    public MixingRandom(long seed, long stream) {
        state = mix(mix(seed + STEP) ^ stream);
    }

    public long nextLong() {
        state += STEP;
        return mix(state);
    }

    /** Uniform in {@code 0 .. bound - 1}, with a bias below {@code bound / 2^32}. */
    public int nextInt(int bound) {
        return (int) (((nextLong() >>> 32) * bound) >>> 32);
    }

    /** Uniform in {@code [low, high)}. */
    public double between(double low, double high) {
        return low + (high - low) * ((nextLong() >>> 11) * 0x1.0p-53);
    }

    /** Near normal, mean 0, variance 1, within -3.47..3.47: the scaled sum of four uniform values. */
    public double bell() {
        double sum = between(0, 1) + between(0, 1) + between(0, 1) + between(0, 1);
        return (sum - 2) * 1.7320508075688772;
    }

    /** A one-to-one scrambling of 64 bits. */
    public static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
