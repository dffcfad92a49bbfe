package io.fleetwright.forge.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Small classifiers with random weights, for tests of everything that takes a float network. */
public final class RandomNetworks {
    public static final ImageShape INPUT = new ImageShape(9, 8, 1);
    public static final int CLASSES = 5;

    private RandomNetworks() {}

    /** Every kind of layer once or more; weights such that activations stay near 1. */
    public static FloatNetwork classifier(SplittableRandom random) {
        return classifier(random, INPUT);
    }

    /** As {@link #classifier(SplittableRandom)}, over inputs of another shape. */
    public static FloatNetwork classifier(SplittableRandom random, ImageShape input) {
        int channels = input.channels();
        int stride = random.nextInt(1, 3);
        return new FloatNetwork(
                "random",
                input,
                List.of(
                        new FloatLayer.Convolution(
                                4,
                                channels,
                                3,
                                2,
                                values(random, 36 * channels, 0.6),
                                values(random, 4, 0.3),
                                Activation.RELU),
                        new FloatLayer.Depthwise(
                                4, 3, stride, values(random, 36, 0.6), values(random, 4, 0.3), Activation.RELU),
                        new FloatLayer.Convolution(
                                6, 4, 1, 1, values(random, 24, 0.9), values(random, 6, 0.3), Activation.NONE),
                        new FloatLayer.GlobalAveragePool(),
                        new FloatLayer.FullyConnected(
                                6, CLASSES, values(random, 30, 1.5), values(random, CLASSES, 0.5))));
    }

    /** A {@link #classifier} that knows statistics of its layers, though not of any data. */
    public static FloatNetwork withStatistics(SplittableRandom random) {
        FloatNetwork network = classifier(random);
        var statistics = new HashMap<Integer, ChannelStatistics>();
        for (int layer = 0; layer < 3; layer++) {
            int channels = network.shapes().get(layer).channels();
            float[] deviations = values(random, channels, 0.4);
            for (int c = 0; c < channels; c++) {
                deviations[c] = 0.3f + Math.abs(deviations[c]);
            }
            statistics.put(layer, new ChannelStatistics(values(random, channels, 0.5), deviations));
        }
        var range = Optional.of(new TrainedStatistics.Range(0, 1));
        return new FloatNetwork(
                network.name(), network.input(), network.layers(), new TrainedStatistics(range, statistics));
    }

    /** Inputs in 0..1. */
    public static List<float[]> inputs(SplittableRandom random, int count) {
        List<float[]> inputs = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            var input = new float[INPUT.elements()];
            for (int i = 0; i < input.length; i++) {
                input[i] = random.nextFloat();
            }
            inputs.add(input);
        }
        return inputs;
    }

    public static byte[] bytes(SplittableRandom random, int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static float[] values(SplittableRandom random, int length, double limit) {
        var values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble(-limit, limit);
        }
        return values;
    }
}
