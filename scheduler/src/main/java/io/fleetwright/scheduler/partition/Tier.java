package io.fleetwright.scheduler.partition;

import java.util.Arrays;

/**
 * A device with what it takes to run each layer on it.
 *
 * @param millis of each layer
 * @param millijoules of each layer
 * @param memoryBytes for the weights of all layers that it runs; {@link Long#MAX_VALUE} where it is no limit
 * @param idleMilliwatts that it draws while others work for it
 */
@SuppressWarnings("ArrayRecordComponent")
public record Tier(String name, double[] millis, double[] millijoules, long memoryBytes, double idleMilliwatts) {
    public Tier {
        millis = millis.clone();
        millijoules = millijoules.clone();
        if (millis.length != millijoules.length) {
            throw new IllegalArgumentException(
                    "%s: times of %d layers, energies of %d".formatted(name, millis.length, millijoules.length));
        }
        boolean wrong = Arrays.stream(millis).anyMatch(value -> !(value >= 0) || Double.isInfinite(value))
                || Arrays.stream(millijoules).anyMatch(value -> !(value >= 0) || Double.isInfinite(value));
        if (wrong || !(idleMilliwatts >= 0) || memoryBytes < 0) {
            throw new IllegalArgumentException(
                    "%s: times, energies, memory and idle power must not be negative".formatted(name));
        }
    }

    /** All layers' time and energy by their share of the multiply-accumulates; evenly when there are none. */
    public static Tier proportional(
            String name, LayerGraph graph, double millis, double millijoules, long memoryBytes, double idleMilliwatts) {
        double all = graph.layers().stream().mapToLong(Layer::macs).sum();
        double[] share = graph.layers().stream()
                .mapToDouble(layer -> all == 0 ? 1.0 / graph.size() : layer.macs() / all)
                .toArray();
        return new Tier(
                name,
                Arrays.stream(share).map(part -> part * millis).toArray(),
                Arrays.stream(share).map(part -> part * millijoules).toArray(),
                memoryBytes,
                idleMilliwatts);
    }
}
