package io.fleetwright.forge.quantize;

import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.Convolution;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.quantize.QuantizedNetwork.QuantizedLayer;
import io.fleetwright.forge.quantize.QuantizedWeights.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Int8 after training: runs the float network over calibration inputs to learn each activation's range. */
public final class Quantizer {
    private Quantizer() {}

    /**
     * Quantizes {@code network}.
     *
     * @param inputs calibration inputs; labels are not looked at. The input tensor is represented so that each
     *     byte maps to one int8 value exactly: {@code q = byte - 128}
     * @throws IllegalArgumentException if the inputs do not fit, or their byte 0 is not real 0
     */
    public static QuantizedNetwork quantize(FloatNetwork network, EvaluationSet inputs, Calibration calibration) {
        if (inputs.elementsPerInput() != network.input().elements()) {
            throw new IllegalArgumentException("calibration inputs of %d elements must have %d"
                    .formatted(inputs.elementsPerInput(), network.input().elements()));
        }
        if (inputs.offset() != 0) {
            throw new IllegalArgumentException(
                    "offset of the calibration inputs (%s) must be 0".formatted(inputs.offset()));
        }
        List<RangeObserver> ranges = observe(network, inputs, calibration);
        var input = new ActivationParameters(inputs.scale(), Byte.MIN_VALUE);
        var layers = new ArrayList<QuantizedLayer>();
        ActivationParameters current = input;
        for (int i = 0; i < network.layers().size(); i++) {
            FloatLayer layer = network.layers().get(i);
            // An average of int8 values keeps their scale: the operator has no rescaling of its own.
            ActivationParameters output =
                    layer instanceof GlobalAveragePool ? current : ranges.get(i).parameters(calibration.kept());
            layers.add(new QuantizedLayer(layer, weights(layer, current.scale()), output));
            current = output;
        }
        return new QuantizedNetwork(network, input, layers);
    }

    private static List<RangeObserver> observe(FloatNetwork network, EvaluationSet inputs, Calibration calibration) {
        var inference = new FloatInference(network);
        List<RangeObserver> ranges = new ArrayList<>();
        network.layers().forEach(_ -> ranges.add(new RangeObserver()));
        int passes = calibration.kept() < 1 ? 2 : 1;
        for (int pass = 0; pass < passes; pass++) {
            for (int n = 0; n < inputs.count(); n++) {
                List<float[]> activations = inference.activations(inputs.realInput(n));
                for (int i = 0; i < ranges.size(); i++) {
                    if (pass == 0) {
                        ranges.get(i).widen(activations.get(i));
                    } else {
                        ranges.get(i).count(activations.get(i));
                    }
                }
            }
        }
        return ranges;
    }

    private static Optional<QuantizedWeights> weights(FloatLayer layer, float inputScale) {
        return switch (layer) {
            case Convolution conv ->
                Optional.of(QuantizedWeights.perChannel(
                        conv.weights(),
                        conv.bias(),
                        inputScale,
                        Layout.channelByChannel(conv.weights().length / conv.outChannels())));
            case Depthwise conv ->
                Optional.of(QuantizedWeights.perChannel(
                        conv.weights(), conv.bias(), inputScale, Layout.channelFastest(conv.channels())));
            // TensorFlow Lite's fully connected operator has long taken one scale for all outputs only.
            case FullyConnected connected ->
                Optional.of(QuantizedWeights.perTensor(
                        connected.weights(),
                        connected.bias(),
                        inputScale,
                        Layout.channelByChannel(connected.inputs())));
            case GlobalAveragePool _ -> Optional.empty();
        };
    }
}
