package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;

/** An NHWC activation in the arena. */
public record Image(int at, int batch, int height, int width, int channels) {
    public static Image of(Graph graph, int tensorId) {
        var tensor = graph.tensors().get(tensorId);
        return new Image(
                graph.plan().offset(tensorId),
                tensor.dimension(0),
                tensor.dimension(1),
                tensor.dimension(2),
                tensor.dimension(3));
    }

    /** Where the channels of one position start. */
    public int at(int n, int y, int x) {
        return at + ((n * height + y) * width + x) * channels;
    }

    /** Where the channels of one position start in an image of int16. */
    int at16(int n, int y, int x) {
        return at + Short.BYTES * ((n * height + y) * width + x) * channels;
    }

    /** Whether there is such a position; around the image there is none. */
    boolean contains(int y, int x) {
        return y >= 0 && y < height && x >= 0 && x < width;
    }
}
