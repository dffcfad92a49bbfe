package io.fleetwright.forge.evaluate;

import java.util.Arrays;
import java.util.List;

/**
 * Labelled inputs to measure a network by.
 *
 * @param inputShape shape of one input without the batch, for example {@code [32, 32, 1]}
 * @param classes number of classes; labels are {@code 0 .. classes - 1}
 * @param inputs all inputs back to back, each element an unsigned byte; real value = byte * scale + offset
 * @param scale step of one unit, finite and above 0
 * @param offset real value of byte 0, finite
 * @param labels the class of each input
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluationSet(
        List<Integer> inputShape, int classes, byte[] inputs, float scale, float offset, int[] labels) {
    static final int RANK_MAX = 4;
    static final int DIMENSION_MAX = 4096;
    static final int CLASSES_MAX = 65_536;
    static final int COUNT_MAX = 1_000_000;

    public EvaluationSet {
        inputShape = List.copyOf(inputShape);
        inputs = inputs.clone();
        labels = labels.clone();
        if (inputShape.isEmpty() || inputShape.size() > RANK_MAX) {
            throw new IllegalArgumentException("rank (%d) must be in 1..%d".formatted(inputShape.size(), RANK_MAX));
        }
        long elements = 1;
        for (int dimension : inputShape) {
            if (dimension < 1 || dimension > DIMENSION_MAX) {
                throw new IllegalArgumentException(
                        "dimension (%d) must be in 1..%d".formatted(dimension, DIMENSION_MAX));
            }
            elements *= dimension;
        }
        if (classes < 1 || classes > CLASSES_MAX) {
            throw new IllegalArgumentException("classes (%d) must be in 1..%d".formatted(classes, CLASSES_MAX));
        }
        if (labels.length < 1 || labels.length > COUNT_MAX) {
            throw new IllegalArgumentException("labels (%d) must be 1..%d many".formatted(labels.length, COUNT_MAX));
        }
        if (elements > Integer.MAX_VALUE || elements * labels.length != inputs.length) {
            throw new IllegalArgumentException("inputs length (%d) must be %d inputs of %d elements"
                    .formatted(inputs.length, labels.length, elements));
        }
        if (!Float.isFinite(scale) || scale <= 0 || !Float.isFinite(offset)) {
            throw new IllegalArgumentException(
                    "scale (%s) must be above 0 and finite, offset (%s) finite".formatted(scale, offset));
        }
        for (int label : labels) {
            if (label < 0 || label >= classes) {
                throw new IllegalArgumentException("label (%d) must be in 0..%d".formatted(label, classes - 1));
            }
        }
    }

    /** Number of inputs. */
    public int count() {
        return labels.length;
    }

    /** Elements of one input. */
    public int elementsPerInput() {
        return inputs.length / labels.length;
    }

    /** The first inputs with their labels, 1 to {@link #count()} of them. */
    public EvaluationSet first(int inputs) {
        return new EvaluationSet(
                inputShape,
                classes,
                Arrays.copyOf(this.inputs, inputs * elementsPerInput()),
                scale,
                offset,
                Arrays.copyOf(labels, inputs));
    }

    /** One input as real values. */
    public float[] realInput(int index) {
        int elements = elementsPerInput();
        var values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = (inputs[index * elements + i] & 0xFF) * scale + offset;
        }
        return values;
    }
}
