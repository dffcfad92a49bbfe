package io.fleetwright.forge.select;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** One reason why a device must not have a variant, with its figures. */
public sealed interface Obstacle {
    /** The runtime lacks operators. */
    record MissingOperators(List<String> operators) implements Obstacle {}

    /** The device cannot take weights so narrow or so wide. */
    record UnsupportedBits(int bits, Set<Integer> supported) implements Obstacle {}

    /** It does not fit. */
    record TooLarge(String memory, long neededBytes, long availableBytes) implements Obstacle {}

    /** A figure beyond its limit. */
    record Beyond(Metric metric, double figure, double limit) implements Obstacle {
        /** How far beyond, as a part of the limit. */
        double excess() {
            return Math.abs(figure - limit) / Math.max(limit, Double.MIN_NORMAL);
        }
    }

    /** There is a limit, and nobody knows the figure. */
    record Unknown(Metric metric, double limit) implements Obstacle {}

    /** For a person. */
    default String text() {
        return switch (this) {
            case MissingOperators(var operators) -> "needs operators %s".formatted(String.join(", ", operators));
            case UnsupportedBits(int bits, var supported) ->
                "has %d-bit weights, the device takes %s".formatted(bits, new TreeSet<>(supported));
            case TooLarge(String memory, long needed, long available) ->
                "needs %d bytes of %s, the device has %d".formatted(needed, memory, available);
            case Beyond(var metric, double figure, double limit) ->
                "%s %s, must be at %s %s"
                        .formatted(name(metric), metric.text(figure), side(metric), metric.text(limit));
            case Unknown(var metric, double limit) ->
                "%s is unknown, must be at %s %s".formatted(name(metric), side(metric), metric.text(limit));
        };
    }

    private static String name(Metric metric) {
        return switch (metric) {
            case ACCURACY -> "accuracy";
            case LATENCY -> "p90 latency";
            case ENERGY -> "p90 energy";
        };
    }

    private static String side(Metric metric) {
        return metric == Metric.ACCURACY ? "least" : "most";
    }
}
