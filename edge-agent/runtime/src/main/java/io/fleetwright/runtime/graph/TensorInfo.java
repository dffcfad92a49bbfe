package io.fleetwright.runtime.graph;

import java.util.List;

/**
 * What a caller needs to know about an input or output of a graph.
 *
 * @param scales one scale, or one per channel
 * @param zeroPoint quantized value that stands for real 0
 * @param bytes size of the whole tensor
 */
public record TensorInfo(
        String name, List<Integer> shape, TensorType type, List<Float> scales, int zeroPoint, int bytes) {
    public TensorInfo {
        shape = List.copyOf(shape);
        scales = List.copyOf(scales);
    }
}
