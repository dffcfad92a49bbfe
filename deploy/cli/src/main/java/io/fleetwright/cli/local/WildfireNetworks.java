package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.scheduler.partition.Feature;
import io.fleetwright.scheduler.partition.Layer;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.scenario.Wildfire;
import io.fleetwright.zoo.project.Project;
import java.util.ArrayList;
import java.util.List;

/** The networks of the scenario as planners see them in int8: weights of one byte, biases of four. */
final class WildfireNetworks {
    /** Published name of the person detector. */
    static final String PERSON = "vww-mobilenetv1-0.25-96";

    static final String FIRE = "wildfire-w1.0";
    static final String SOUND = "chirps-w1.0";

    private static final String WIDTH = "w1.0-float";
    private static final int BIAS_BYTES = 4;

    /** Strides of the depthwise layers. */
    private static final int[] STRIDES = {1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1};
    /** Channels of the pointwise layers at width 0.25. */
    private static final int[] CHANNELS = {16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256};

    private WildfireNetworks() {}

    /** Fire with all tiles of a frame, person, sound. */
    static List<LayerGraph> all() throws CommandFailure {
        return List.of(shipped("wildfire", Wildfire.TILES), person(), shipped("chirps", 1));
    }

    /** A network that comes with the product, for several inputs at once: they share the weights. */
    private static LayerGraph shipped(String project, int inputs) throws CommandFailure {
        try {
            FloatNetwork network = OnnxNetworkReader.read(Project.named(project)
                    .orElseThrow(() -> new IllegalStateException("no project " + project))
                    .files()
                    .bytes(WIDTH));
            List<Layer> layers = new ArrayList<>();
            for (int v = 0; v < network.layers().size(); v++) {
                FloatLayer layer = network.layers().get(v);
                add(
                        layers,
                        feature(network.shapes().get(v), inputs),
                        inputs * layer.macs(network.inputOf(v)),
                        layer.weights().length + (long) BIAS_BYTES * layer.bias().length);
            }
            return new LayerGraph(feature(network.input(), inputs), layers);
        } catch (OnnxRefusedException refused) {
            throw new CommandFailure("%s: %s".formatted(project, refused.getMessage()), refused);
        }
    }

    private static Feature feature(ImageShape shape, int inputs) {
        return new Feature((long) inputs * shape.elements(), shape.channels());
    }

    /** MobileNetV1 with a quarter of the channels at 96x96 (Howard et al. 2017, table 1), two classes. */
    private static LayerGraph person() {
        List<Layer> layers = new ArrayList<>();
        int side = 48;
        int channels = 8;
        convolution(layers, side, channels, 3 * 3 * 3);
        for (int pair = 0; pair < STRIDES.length; pair++) {
            side /= STRIDES[pair];
            add(
                    layers,
                    new Feature((long) side * side * channels, channels),
                    9L * side * side * channels,
                    9L * channels + (long) BIAS_BYTES * channels);
            convolution(layers, side, CHANNELS[pair], channels);
            channels = CHANNELS[pair];
        }
        add(layers, new Feature(channels, channels), 0, 0);
        convolution(layers, 1, 2, channels);
        return new LayerGraph(new Feature(96L * 96 * 3, 3), layers);
    }

    /** @param taps products of each output */
    private static void convolution(List<Layer> layers, int side, int channels, int taps) {
        add(
                layers,
                new Feature((long) side * side * channels, channels),
                (long) side * side * channels * taps,
                (long) channels * taps + (long) BIAS_BYTES * channels);
    }

    private static void add(List<Layer> layers, Feature output, long macs, long weightBytes) {
        layers.add(new Layer(String.valueOf(layers.size()), List.of(layers.size() - 1), output, macs, weightBytes));
    }
}
