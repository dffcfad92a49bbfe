package io.fleetwright.forge.quantize;

import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import io.fleetwright.forge.network.FloatNetwork;
import java.util.List;
import java.util.Optional;

/** A float network with the integers that stand for it; what an int8 file is written from. */
public record QuantizedNetwork(FloatNetwork source, ActivationParameters input, List<QuantizedLayer> layers) {
    /**
     * @param weights empty for layers without weights
     * @param output how the layer's output is represented
     */
    public record QuantizedLayer(FloatLayer source, Optional<QuantizedWeights> weights, ActivationParameters output) {
        public QuantizedLayer {
            if (weights.isPresent() == source instanceof GlobalAveragePool) {
                throw new IllegalArgumentException("weights must be there exactly when the layer has some: %s"
                        .formatted(source.getClass().getSimpleName()));
            }
        }
    }

    public QuantizedNetwork {
        layers = List.copyOf(layers);
        if (layers.size() != source.layers().size()) {
            throw new IllegalArgumentException("layers (%d) must be %d"
                    .formatted(layers.size(), source.layers().size()));
        }
    }

    /** How the output of a layer is represented; the network's input for -1. */
    public ActivationParameters outputOf(int layer) {
        return layer < 0 ? input : layers.get(layer).output();
    }

    /**
     * The weights of a layer.
     *
     * @throws IllegalArgumentException if it has none
     */
    public QuantizedWeights weightsOf(int layer) {
        return layers.get(layer)
                .weights()
                .orElseThrow(() -> new IllegalArgumentException("layer %d has no weights".formatted(layer)));
    }
}
