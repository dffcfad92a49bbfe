package io.fleetwright.runtime.graph;

import java.util.List;
import java.util.OptionalInt;

/** What the reference adds products of int16 activations and int8 weights up in: the type of the bias. */
public enum Sums {
    INT32,
    INT64;

    /** Of convolutions: 64 bits where no bias says otherwise. */
    public static Sums of(List<Tensor> tensors, OptionalInt bias) {
        return bias.isPresent() ? ofBias(tensors, bias.getAsInt()) : INT64;
    }

    /** Of fully connected layers, which the reference adds up in 32 bits where no bias says otherwise. */
    public static Sums ofFullyConnected(List<Tensor> tensors, OptionalInt bias) {
        return bias.isPresent() ? ofBias(tensors, bias.getAsInt()) : INT32;
    }

    private static Sums ofBias(List<Tensor> tensors, int bias) {
        return tensors.get(bias).type() == TensorType.INT32 ? INT32 : INT64;
    }
}
