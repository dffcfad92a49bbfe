package io.fleetwright.zoo.train;

import io.fleetwright.forge.network.ImageShape;
import java.util.List;

/**
 * The shape of a network to train: convolutions, each followed by batch normalization and ReLU, then a global
 * average and one fully connected layer.
 */
public record NetworkPlan(ImageShape input, List<Block> blocks, int classes) {
    /** One convolution. Channel counts are multiples of eight. */
    public sealed interface Block {
        /** Ordinary square convolution. */
        record Square(int kernel, int stride, int outChannels) implements Block {}

        /** One square filter per channel. */
        record Depthwise(int kernel, int stride) implements Block {}

        /** 1x1 convolution. */
        record Pointwise(int outChannels) implements Block {}
    }

    public NetworkPlan {
        blocks = List.copyOf(blocks);
        if (blocks.isEmpty() || classes < 2) {
            throw new IllegalArgumentException(
                    "blocks (%d) must be at least 1, classes (%d) at least 2".formatted(blocks.size(), classes));
        }
    }
}
