package io.fleetwright.forge.evaluate;

import java.util.SplittableRandom;

/** Gaussian noise on inputs: a twentieth of the byte's range as standard deviation, clipped to the range. */
final class Noise {
    private static final double DEVIATION = 255 / 20.0;
    private static final int BYTE_MAX = 255;

    private Noise() {}

    /** The set with noise added to every element; the same seed adds the same. */
    static EvaluationSet on(EvaluationSet set, long seed) {
        var random = new SplittableRandom(seed);
        byte[] inputs = set.inputs().clone();
        for (int i = 0; i < inputs.length; i++) {
            long moved = Math.round((inputs[i] & 0xFF) + random.nextGaussian(0, DEVIATION));
            inputs[i] = (byte) Math.clamp(moved, 0, BYTE_MAX);
        }
        return new EvaluationSet(set.inputShape(), set.classes(), inputs, set.scale(), set.offset(), set.labels());
    }
}
