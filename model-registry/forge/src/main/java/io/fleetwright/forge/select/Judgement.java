package io.fleetwright.forge.select;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What became of one variant, and why. */
public record Judgement(String variant, Outcome outcome) {
    /** The ways in which a variant can fare. */
    public sealed interface Outcome {
        /** The device shall run it. */
        record Chosen() implements Outcome {}

        /** The device already runs it, and the best one is not better enough to change. */
        record Kept(String best, double gain) implements Outcome {}

        /** It is the best, but not by enough for the device to change from {@code kept}. */
        record NotWorthIt(String kept, double gain) implements Outcome {}

        /** It cannot run here, or breaks a limit. */
        record Refused(List<Obstacle> obstacles) implements Outcome {
            public Refused {
                obstacles = List.copyOf(obstacles);
            }
        }

        /** {@code by} is at least as good in every figure and better in one. */
        record Dominated(String by) implements Outcome {}

        /** {@code by} is better in the figure that decided. */
        record Outranked(String by, Metric decidedBy) implements Outcome {}
    }

    /** For a person. */
    public String text() {
        return switch (outcome) {
            case Outcome.Chosen() -> "chosen";
            case Outcome.Kept(String best, double gain) -> "kept: %s gains only %.1f %%".formatted(best, 100 * gain);
            case Outcome.NotWorthIt(String kept, double gain) ->
                "gains only %.1f %% over %s".formatted(100 * gain, kept);
            case Outcome.Refused(var obstacles) ->
                obstacles.stream().map(Obstacle::text).collect(Collectors.joining("; "));
            case Outcome.Dominated(String by) -> "%s is at least as good in everything".formatted(by);
            case Outcome.Outranked(String by, Metric metric) ->
                "%s has the better %s".formatted(by, metric.name().toLowerCase(Locale.ROOT));
        };
    }
}
