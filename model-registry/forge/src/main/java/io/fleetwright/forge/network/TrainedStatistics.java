package io.fleetwright.forge.network;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a float file remembers of its training data once normalization is folded away.
 *
 * @param input the range of every input element
 * @param layers by position of the layer; only layers that had normalization
 */
public record TrainedStatistics(Optional<Range> input, Map<Integer, ChannelStatistics> layers) {
    public static final TrainedStatistics NONE = new TrainedStatistics(Optional.empty(), Map.of());

    /** From {@code low} to {@code high}, both finite, {@code low < high}. */
    public record Range(float low, float high) {
        public Range {
            if (!(low < high) || !Float.isFinite(low) || !Float.isFinite(high)) {
                throw new IllegalArgumentException(
                        "range (%s to %s) must be finite, the low end below the high".formatted(low, high));
            }
        }
    }

    public TrainedStatistics {
        layers = Map.copyOf(layers);
    }

    /** By rising position. */
    public SortedMap<Integer, ChannelStatistics> ordered() {
        return new TreeMap<>(layers);
    }
}
