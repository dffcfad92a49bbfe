package io.fleetwright.runtime.graph;

import java.util.List;
import java.util.OptionalInt;

/** What the reference adds products of int16 activations and int8 weights up in: the type of the bias. */
public enum Sums {
    INT32,
    INT64;

    /** 64 bits where no bias says otherwise, as TFLite has it. */
    public static Sums of(List<Tensor> tensors, OptionalInt bias) {
        return bias.isPresent() && tensors.get(bias.getAsInt()).type() == TensorType.INT32 ? INT32 : INT64;
    }
}
