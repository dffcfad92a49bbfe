package io.fleetwright.zoo.data;

import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.zoo.train.ImageSource;
import io.fleetwright.zoo.train.MixingRandom;
import java.util.List;

/**
 * An endless sequence of one data set's samples. As many in a row as there are classes, counted from index 0, hold
 * each class once, in an order that varies.
 */
public final class Samples implements ImageSource {
    private static final int EVALUATION_INPUTS_MAX = 100_000;

    private final ProceduralDataSet set;
    private final long seed;
    private final int classes;

    Samples(ProceduralDataSet set, long seed) {
        this.set = set;
        this.seed = seed;
        classes = set.classes().size();
    }

    @Override
    public int label(long index) {
        checkIndex(index);
        long turn = MixingRandom.mix(seed ^ (index / classes)) >>> 1;
        return (int) ((index % classes + turn % classes) % classes);
    }

    @Override
    public void draw(long index, byte[] out, int offset) {
        set.draw(label(index), random(index), out, offset);
    }

    /** A fresh generator in the state in which the sample's drawing begins. */
    public MixingRandom random(long index) {
        checkIndex(index);
        return new MixingRandom(seed, index);
    }

    /**
     * The first {@code count} samples with their labels.
     *
     * @throws IllegalArgumentException if {@code count} is not in 1..100,000
     */
    public EvaluationSet evaluationSet(int count) {
        if (count < 1 || count > EVALUATION_INPUTS_MAX) {
            throw new IllegalArgumentException("count (%d) must be in 1..%d".formatted(count, EVALUATION_INPUTS_MAX));
        }
        ImageShape shape = set.shape();
        var inputs = new byte[Math.multiplyExact(count, shape.elements())];
        var labels = new int[count];
        for (int i = 0; i < count; i++) {
            draw(i, inputs, i * shape.elements());
            labels[i] = label(i);
        }
        return new EvaluationSet(
                List.of(shape.height(), shape.width(), shape.channels()), classes, inputs, 1f / 255, 0f, labels);
    }

    private static void checkIndex(long index) {
        if (index < 0) {
            throw new IllegalArgumentException("index (%d) must not be negative".formatted(index));
        }
    }
}
