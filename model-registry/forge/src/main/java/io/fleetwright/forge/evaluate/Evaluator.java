package io.fleetwright.forge.evaluate;

import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.TensorInfo;
import io.fleetwright.runtime.graph.TensorType;
import java.util.List;

/** Measures a classifier with the same integer runtime the agents use. */
public final class Evaluator {
    private final QuantizedInputs inputs;
    private final Interpreter interpreter;
    private final byte[] output;

    private Evaluator(Graph graph, EvaluationSet set) {
        TensorInfo in = single("inputs", graph.inputs());
        TensorInfo out = single("outputs", graph.outputs());
        if (in.bytes() != set.elementsPerInput()) {
            throw new IllegalArgumentException("input of %s takes %d elements, the evaluation set has %d"
                    .formatted(graph.name(), in.bytes(), set.elementsPerInput()));
        }
        if (out.bytes() != set.classes()) {
            throw new IllegalArgumentException("output of %s has %d elements, the evaluation set has %d classes"
                    .formatted(graph.name(), out.bytes(), set.classes()));
        }
        inputs = new QuantizedInputs(in, set);
        interpreter = Interpreter.create(graph);
        output = new byte[out.bytes()];
    }

    /**
     * The share of inputs whose largest output is the labelled class; of equal outputs the first counts.
     *
     * @throws IllegalArgumentException if the graph has not one int8 input and one int8 output of the set's sizes
     */
    public static Accuracy evaluate(Graph graph, EvaluationSet set) {
        return Accuracy.of(answers(graph, set), set.labels());
    }

    /** The class the network gives each input. */
    public static int[] answers(Graph graph, EvaluationSet set) {
        var evaluator = new Evaluator(graph, set);
        var answers = new int[set.count()];
        for (int i = 0; i < answers.length; i++) {
            answers[i] = evaluator.answer(i);
        }
        return answers;
    }

    private int answer(int index) {
        interpreter.run(inputs.input(index), 0, output, 0);
        return largest(output);
    }

    /** The class that an output answers: the place of its largest value, of equal ones the first. */
    static int largest(byte[] output) {
        int best = 0;
        for (int k = 1; k < output.length; k++) {
            if (output[k] > output[best]) {
                best = k;
            }
        }
        return best;
    }

    private static TensorInfo single(String what, List<TensorInfo> tensors) {
        if (tensors.size() != 1
                || tensors.getFirst().type() != TensorType.INT8
                || tensors.getFirst().scales().size() != 1) {
            throw new IllegalArgumentException(
                    "%s (%s) must be one int8 tensor with one scale".formatted(what, tensors));
        }
        return tensors.getFirst();
    }
}
