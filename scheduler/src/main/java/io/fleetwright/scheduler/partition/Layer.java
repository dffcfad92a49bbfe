package io.fleetwright.scheduler.partition;

import java.util.List;

/**
 * A fused layer.
 *
 * @param inputs positions of the layers whose outputs it reads, {@link LayerGraph#INPUT} for the network's input
 * @param macs multiply-accumulates, at least 0
 * @param weightBytes memory that its weights take, at least 0
 */
public record Layer(String name, List<Integer> inputs, Feature output, long macs, long weightBytes) {
    public Layer {
        inputs = List.copyOf(inputs);
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException("layer %s reads nothing".formatted(name));
        }
        if (macs < 0 || weightBytes < 0) {
            throw new IllegalArgumentException("layer %s: macs (%d) and weight bytes (%d) must not be negative"
                    .formatted(name, macs, weightBytes));
        }
    }
}
