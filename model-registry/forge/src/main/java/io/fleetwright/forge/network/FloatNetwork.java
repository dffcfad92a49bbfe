package io.fleetwright.forge.network;

import java.util.ArrayList;
import java.util.List;

/**
 * A chain of float layers over one image; real inputs are what the layers expect, without further scaling.
 *
 * @param statistics of the training data, as far as they are known
 */
public record FloatNetwork(String name, ImageShape input, List<FloatLayer> layers, TrainedStatistics statistics) {
    public FloatNetwork {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("layers of %s must not be empty".formatted(name));
        }
        List<ImageShape> shapes = shapes(input, layers);
        statistics.layers().forEach((index, of) -> {
            if (index < 0
                    || index >= shapes.size()
                    || of.channels() != shapes.get(index).channels()) {
                throw new IllegalArgumentException(
                        "statistics of layer %d with %d channels fit no layer".formatted(index, of.channels()));
            }
        });
    }

    /** A network whose training data nothing is known of. */
    public FloatNetwork(String name, ImageShape input, List<FloatLayer> layers) {
        this(name, input, layers, TrainedStatistics.NONE);
    }

    /** The output shape of each layer, in order. */
    public List<ImageShape> shapes() {
        return shapes(input, layers);
    }

    /** The shape that a layer takes. */
    public ImageShape inputOf(int index) {
        return index == 0 ? input : shapes().get(index - 1);
    }

    /** Length of the last layer's output. */
    public int outputs() {
        return shapes().getLast().elements();
    }

    /** Multiply-accumulates of one inference. */
    public long macs() {
        long macs = 0;
        ImageShape shape = input;
        for (FloatLayer layer : layers) {
            macs += layer.macs(shape);
            shape = layer.outputShape(shape);
        }
        return macs;
    }

    /** Weights and biases of all layers. */
    public long parameters() {
        return layers.stream().mapToLong(FloatLayer::parameters).sum();
    }

    private static List<ImageShape> shapes(ImageShape input, List<FloatLayer> layers) {
        var shapes = new ArrayList<ImageShape>();
        ImageShape shape = input;
        for (FloatLayer layer : layers) {
            shape = layer.outputShape(shape);
            shapes.add(shape);
        }
        return shapes;
    }
}
