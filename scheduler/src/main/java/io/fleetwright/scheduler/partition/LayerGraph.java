package io.fleetwright.scheduler.partition;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network as layers in an order in which they can run; the last one is its only output.
 *
 * @param input what the network is given
 */
public record LayerGraph(Feature input, List<Layer> layers) {
    /** Stands for the network's input among the inputs of layers. */
    public static final int INPUT = -1;

    private static final int LAYERS_MAX = 10_000;

    public LayerGraph {
        layers = List.copyOf(layers);
        if (layers.isEmpty() || layers.size() > LAYERS_MAX) {
            throw new IllegalArgumentException("layers (%d) must be 1 to %d".formatted(layers.size(), LAYERS_MAX));
        }
        var read = new boolean[layers.size()];
        for (int v = 0; v < layers.size(); v++) {
            for (int from : layers.get(v).inputs()) {
                if (from < INPUT || from >= v) {
                    throw new IllegalArgumentException("layer %d (%s) reads layer %d, which does not come before it"
                            .formatted(v, layers.get(v).name(), from));
                }
                if (from != INPUT) {
                    read[from] = true;
                }
            }
        }
        for (int v = 0; v < layers.size() - 1; v++) {
            if (!read[v]) {
                throw new IllegalArgumentException("nothing reads layer %d (%s), and only the last layer is an output"
                        .formatted(v, layers.get(v).name()));
            }
        }
    }

    public int size() {
        return layers.size();
    }

    /** The output of a layer, or the network's input. */
    public Feature feature(int producer) {
        return producer == INPUT ? input : layers.get(producer).output();
    }

    /**
     * The layer whose output alone is alive when {@code boundary} layers have run; absent where several tensors are, so that
     * a chain cannot be cut there.
     *
     * @param boundary 0 to {@link #size()}
     */
    public Optional<Integer> carried(int boundary) {
        if (boundary == layers.size()) {
            return Optional.of(boundary - 1);
        }
        int found = INPUT - 1;
        for (int v = boundary; v < layers.size(); v++) {
            for (int from : layers.get(v).inputs()) {
                if (from < boundary && from != found) {
                    if (found >= INPUT) {
                        return Optional.empty();
                    }
                    found = from;
                }
            }
        }
        return Optional.of(found);
    }

    /** For each layer, and first for the input, the layers that read it. */
    List<List<Integer>> readers() {
        List<List<Integer>> readers = new ArrayList<>();
        for (int v = INPUT; v < layers.size(); v++) {
            readers.add(new ArrayList<>());
        }
        for (int v = 0; v < layers.size(); v++) {
            for (int from : layers.get(v).inputs()) {
                List<Integer> mine = readers.get(from + 1);
                if (!mine.contains(v)) {
                    mine.add(v);
                }
            }
        }
        return readers;
    }
}
