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
        record Square(int kernel, int stride, int outChannels) implements Block {
            @Override
            public Block narrowed(int parts, int of) {
                return new Square(kernel, stride, channels(outChannels, parts, of));
            }
        }

        /** One square filter per channel. */
        record Depthwise(int kernel, int stride) implements Block {
            @Override
            public Block narrowed(int parts, int of) {
                return this;
            }
        }

        /** 1x1 convolution. */
        record Pointwise(int outChannels) implements Block {
            @Override
            public Block narrowed(int parts, int of) {
                return new Pointwise(channels(outChannels, parts, of));
            }
        }

        /** The same with {@code parts} of each {@code of} channels. */
        Block narrowed(int parts, int of);
    }

    private static final int CHANNELS_UNIT = 8;

    public NetworkPlan {
        blocks = List.copyOf(blocks);
        if (blocks.isEmpty() || classes < 2) {
            throw new IllegalArgumentException(
                    "blocks (%d) must be at least 1, classes (%d) at least 2".formatted(blocks.size(), classes));
        }
    }

    /**
     * The same blocks with {@code parts} of each {@code of} channels; input and classes stay.
     *
     * @throws IllegalArgumentException if a channel count would not be a multiple of eight
     */
    public NetworkPlan narrowed(int parts, int of) {
        return new NetworkPlan(
                input, blocks.stream().map(block -> block.narrowed(parts, of)).toList(), classes);
    }

    private static int channels(int channels, int parts, int of) {
        if (channels * parts % (of * CHANNELS_UNIT) != 0) {
            throw new IllegalArgumentException("%d of each %d of %d channels must be a multiple of %d"
                    .formatted(parts, of, channels, CHANNELS_UNIT));
        }
        return channels * parts / of;
    }
}
