package io.fleetwright.forge.evaluate;

import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatNetwork;
import java.util.List;
import java.util.stream.IntStream;

/** The answers of a float classifier, for comparison with those of the integer runtime. */
public final class FloatEvaluator {
    private FloatEvaluator() {}

    /**
     * The class the network gives each input; of equal outputs the first.
     *
     * @throws IllegalArgumentException if inputs or classes are not those of the network
     */
    public static int[] answers(FloatNetwork network, EvaluationSet set) {
        List<Integer> shape = List.of(
                network.input().height(),
                network.input().width(),
                network.input().channels());
        if (!set.inputShape().equals(shape) || set.classes() != network.outputs()) {
            throw new IllegalArgumentException("evaluation set of shape %s with %d classes must be of %s with %d"
                    .formatted(set.inputShape(), set.classes(), shape, network.outputs()));
        }
        var inference = new FloatInference(network);
        return IntStream.range(0, set.count())
                .parallel()
                .map(i -> FloatInference.largest(inference.run(set.realInput(i))))
                .toArray();
    }
}
