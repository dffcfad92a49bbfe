package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.evaluate.FloatEvaluator;
import io.fleetwright.forge.evaluate.MalformedEvaluationSetException;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import java.util.Optional;

/**
 * What the variants of a version are measured by.
 *
 * @param floatAnswers classes that the float network gives the set's inputs, where there are both
 */
record Yardstick(Optional<EvaluationSet> set, Optional<int[]> floatAnswers) {
    /** Nothing: the variant is read and tested, and not measured. */
    static final Yardstick NONE = new Yardstick(Optional.empty(), Optional.empty());

    /**
     * Runs the float network on the set, when there are both.
     *
     * @throws Refusal when one of them cannot be read, or they do not fit
     */
    static Yardstick of(Optional<byte[]> evaluationSet, Optional<byte[]> source) {
        Optional<EvaluationSet> set = evaluationSet.map(Yardstick::decode);
        Optional<FloatNetwork> network = source.map(Yardstick::network);
        try {
            return new Yardstick(
                    set, network.flatMap(exact -> set.map(inputs -> FloatEvaluator.answers(exact, inputs))));
        } catch (IllegalArgumentException doesNotFit) {
            throw Refusal.invalid("source and evaluation set: " + doesNotFit.getMessage());
        }
    }

    static EvaluationSet decode(byte[] bytes) {
        try {
            return EvaluationSetCodec.decode(bytes);
        } catch (MalformedEvaluationSetException malformed) {
            throw Refusal.invalid("evaluation set: " + malformed.getMessage());
        }
    }

    static FloatNetwork network(byte[] bytes) {
        try {
            return OnnxNetworkReader.read(bytes);
        } catch (OnnxRefusedException refused) {
            throw Refusal.invalid("source: " + refused.getMessage());
        }
    }
}
