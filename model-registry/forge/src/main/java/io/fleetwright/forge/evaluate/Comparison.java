package io.fleetwright.forge.evaluate;

/**
 * A quantized classifier beside the float network it was made of, on one evaluation set.
 *
 * @param agreement inputs that both give the same class
 * @param worstClass the class that lost most right answers
 * @param worstClassDrop what it lost, as a fraction of its inputs; below 0 when every class gained
 */
public record Comparison(Accuracy agreement, int worstClass, double worstClassDrop) {
    /**
     * Compares answer by answer; all three are equally long.
     *
     * @param classes labels are below this
     */
    static Comparison of(int[] answers, int[] floatAnswers, int[] labels, int classes) {
        var count = new int[classes];
        var lost = new int[classes];
        for (int i = 0; i < labels.length; i++) {
            int label = labels[i];
            count[label]++;
            lost[label] += (floatAnswers[i] == label ? 1 : 0) - (answers[i] == label ? 1 : 0);
        }
        int worst = 0;
        double drop = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < classes; k++) {
            if (count[k] > 0 && (double) lost[k] / count[k] > drop) {
                worst = k;
                drop = (double) lost[k] / count[k];
            }
        }
        return new Comparison(Accuracy.of(answers, floatAnswers), worst, drop);
    }
}
