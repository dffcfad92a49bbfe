package io.fleetwright.forge.network;

/** One layer of a float network; convolutions pad by TensorFlow's SAME rule. */
public sealed interface FloatLayer {
    /** The shape this layer makes of {@code input}. */
    ImageShape outputShape(ImageShape input);

    /** Multiply-accumulates for one input of this shape, padded positions counted. */
    long macs(ImageShape input);

    /** Weights and biases together. */
    long parameters();

    /** Empty when it has none; in an order of its own. */
    float[] weights();

    /** One per output channel; empty when it has none. */
    float[] bias();

    /** What is applied to the sums. */
    default Activation activation() {
        return Activation.NONE;
    }

    /**
     * Ordinary convolution.
     *
     * @param weights {@code [outChannels][kernel][kernel][inChannels]}
     * @param bias length {@code outChannels}
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Convolution(
            int outChannels,
            int inChannels,
            int kernel,
            int stride,
            float[] weights,
            float[] bias,
            Activation activation)
            implements FloatLayer {
        public Convolution {
            checkWindow(kernel, stride);
            weights = copy("weights", weights, outChannels * kernel * kernel * inChannels);
            bias = copy("bias", bias, outChannels);
        }

        @Override
        public ImageShape outputShape(ImageShape input) {
            checkChannels(input, inChannels);
            return input.strided(stride, outChannels);
        }

        @Override
        public long macs(ImageShape input) {
            return (long) outputShape(input).elements() * kernel * kernel * inChannels;
        }

        @Override
        public long parameters() {
            return (long) weights.length + bias.length;
        }
    }

    /**
     * Each channel filtered by its own kernel.
     *
     * @param weights {@code [kernel][kernel][channels]}
     * @param bias length {@code channels}
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Depthwise(int channels, int kernel, int stride, float[] weights, float[] bias, Activation activation)
            implements FloatLayer {
        public Depthwise {
            checkWindow(kernel, stride);
            weights = copy("weights", weights, kernel * kernel * channels);
            bias = copy("bias", bias, channels);
        }

        @Override
        public ImageShape outputShape(ImageShape input) {
            checkChannels(input, channels);
            return input.strided(stride, channels);
        }

        @Override
        public long macs(ImageShape input) {
            return (long) outputShape(input).elements() * kernel * kernel;
        }

        @Override
        public long parameters() {
            return (long) weights.length + bias.length;
        }
    }

    /** The mean over all positions, one value per channel. */
    record GlobalAveragePool() implements FloatLayer {
        @Override
        public ImageShape outputShape(ImageShape input) {
            return new ImageShape(1, 1, input.channels());
        }

        @Override
        public long macs(ImageShape input) {
            return 0;
        }

        @Override
        public long parameters() {
            return 0;
        }

        @Override
        public float[] weights() {
            return new float[0];
        }

        @Override
        public float[] bias() {
            return new float[0];
        }
    }

    /**
     * All inputs to all outputs.
     *
     * @param weights {@code [outputs][inputs]}
     * @param bias length {@code outputs}
     */
    @SuppressWarnings("ArrayRecordComponent")
    record FullyConnected(int inputs, int outputs, float[] weights, float[] bias) implements FloatLayer {
        public FullyConnected {
            weights = copy("weights", weights, inputs * outputs);
            bias = copy("bias", bias, outputs);
        }

        @Override
        public ImageShape outputShape(ImageShape input) {
            if (input.elements() != inputs) {
                throw new IllegalArgumentException(
                        "inputs (%d) must equal the %d elements before it".formatted(inputs, input.elements()));
            }
            return new ImageShape(1, 1, outputs);
        }

        @Override
        public long macs(ImageShape input) {
            return (long) inputs * outputs;
        }

        @Override
        public long parameters() {
            return (long) weights.length + bias.length;
        }
    }

    private static float[] copy(String name, float[] values, int length) {
        if (values.length != length) {
            throw new IllegalArgumentException("%s length (%d) must be %d".formatted(name, values.length, length));
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("%s must be finite, found %s".formatted(name, value));
            }
        }
        return values.clone();
    }

    private static void checkWindow(int kernel, int stride) {
        if (kernel < 1 || kernel > 15 || stride < 1 || stride > 8) {
            throw new IllegalArgumentException(
                    "kernel (%d) must be in 1..15 and stride (%d) in 1..8".formatted(kernel, stride));
        }
    }

    private static void checkChannels(ImageShape input, int channels) {
        if (input.channels() != channels) {
            throw new IllegalArgumentException(
                    "channels (%d) must equal the %d before it".formatted(channels, input.channels()));
        }
    }
}
