package io.fleetwright.forge.pack;

import io.fleetwright.forge.quantize.QuantizedModel;
import io.fleetwright.forge.quantize.Recipe;

/** A quantized network and how it was made. */
public record QuantizedPackage(QuantizedModel model, Recipe recipe) {
    /** Times that float32 weights and biases are larger than the whole package. */
    public static double ratio(QuantizedModel model, int packageBytes) {
        return (double) (model.parameters() * Float.BYTES) / packageBytes;
    }
}
