package io.fleetwright.forge.evaluate;

import io.fleetwright.forge.quantize.ActivationParameters;
import io.fleetwright.runtime.graph.TensorInfo;

/** An evaluation set's inputs in the int8 codes of a network's input. */
final class QuantizedInputs {
    private static final int BYTE_VALUES = 256;

    private final EvaluationSet set;
    private final byte[] quantized = new byte[BYTE_VALUES];
    private final byte[] input;

    QuantizedInputs(TensorInfo in, EvaluationSet set) {
        this.set = set;
        var parameters = new ActivationParameters(in.scales().getFirst(), in.zeroPoint());
        for (int value = 0; value < BYTE_VALUES; value++) {
            quantized[value] = parameters.quantize(value * set.scale() + set.offset());
        }
        input = new byte[set.elementsPerInput()];
    }

    /** One input; the array is used again by the next call. */
    byte[] input(int index) {
        for (int i = 0; i < input.length; i++) {
            input[i] = quantized[set.inputs()[index * input.length + i] & 0xFF];
        }
        return input;
    }
}
