package io.fleetwright.forge.evaluate;

import io.fleetwright.runtime.graph.Graph;
import java.util.Optional;

/**
 * What the agents' runtime makes of a labelled set.
 *
 * @param accuracy right answers
 * @param comparison with the float network, when there is one
 * @param saturation share of the values between layers that lie at an end of their range; see {@link Saturation}
 * @param robustness answers that stay the same when noise is added to the input; see {@link Noise}
 */
public record Evaluation(Accuracy accuracy, Optional<Comparison> comparison, double saturation, Accuracy robustness) {
    /** The same seed everywhere, so that variants meet the same noise. */
    private static final long NOISE_SEED = 1;

    /** Inputs that are run again with noise, and layer by layer. */
    private static final int ROBUSTNESS_INPUTS_MAX = 1000;

    private static final int SATURATION_INPUTS_MAX = 32;

    /**
     * Runs the network on the whole set, on part of it with noise, and on a few inputs layer by layer.
     *
     * @param floatAnswers classes that the float network gives the inputs, as many as there are inputs
     * @throws IllegalArgumentException if the graph has not one int8 input and one int8 output of the set's sizes
     */
    public static Evaluation of(Graph graph, EvaluationSet set, Optional<int[]> floatAnswers) {
        int[] answers = Evaluator.answers(graph, set);
        EvaluationSet part = set.first(Math.min(set.count(), ROBUSTNESS_INPUTS_MAX));
        int[] noisy = Evaluator.answers(graph, Noise.on(part, NOISE_SEED));
        return new Evaluation(
                Accuracy.of(answers, set.labels()),
                floatAnswers.map(exact -> Comparison.of(answers, exact, set.labels(), set.classes())),
                Saturation.of(graph, set.first(Math.min(set.count(), SATURATION_INPUTS_MAX))),
                Accuracy.of(noisy, java.util.Arrays.copyOf(answers, part.count())));
    }
}
