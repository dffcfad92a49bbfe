package io.fleetwright.zoo.train;

import io.fleetwright.forge.network.ImageShape;
import java.util.List;

/**
 * One layer at work on one shard of a batch. Parameters are shared between shards; activations and gradients are
 * this shard's own, allocated once. Activations are {@code [image][row][column][channel]}.
 */
interface Layer {
    /** Computes and returns this layer's output; the input is kept by reference for {@link #backward}. */
    float[] forward(float[] input);

    /**
     * Takes the loss gradient of the output, fills {@link #gradients} and returns the gradient of the input. May
     * overwrite {@code outputGradient}.
     */
    float[] backward(float[] outputGradient);

    /** The same for a layer whose input is the image, which needs no gradient. */
    default void backwardFirst(float[] outputGradient) {
        backward(outputGradient);
    }

    ImageShape outputShape();

    List<Parameter> parameters();

    /** One array per parameter, in the same order. */
    List<float[]> gradients();
}
