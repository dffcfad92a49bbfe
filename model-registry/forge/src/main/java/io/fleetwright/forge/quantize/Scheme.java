package io.fleetwright.forge.quantize;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.weights.WeightFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which format the weights of each layer get.
 *
 * @param formats one for all layers, or one for each layer with weights, in order
 */
public record Scheme(List<WeightFormat> formats) implements SchemeChoice {
    private static final String MIXED = "mixed:";
    private static final int LAYERS_MAX = 10_000;

    public Scheme {
        formats = List.copyOf(formats);
        if (formats.isEmpty() || formats.size() > LAYERS_MAX) {
            throw new IllegalArgumentException("formats (%d) must be 1..%d".formatted(formats.size(), LAYERS_MAX));
        }
    }

    /** The same format for all layers. */
    public static Scheme uniform(WeightFormat format) {
        return new Scheme(List.of(format));
    }

    /**
     * Reads {@code int8}, {@code int4-g32} ... or {@code mixed:8,4,ternary,...}: bits (8, 4, 2) or formats, one for
     * each layer with weights.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static Scheme parse(String text) {
        if (!text.startsWith(MIXED)) {
            return uniform(format(text)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "scheme (%s) must be one of %s, mixed:A,B,... or mixed:size|bops:FRACTION[:kl|hessian]"
                                    .formatted(text, WeightFormat.labels()))));
        }
        var formats = new ArrayList<WeightFormat>();
        for (String part : text.substring(MIXED.length()).split(",", LAYERS_MAX + 1)) {
            Optional<WeightFormat> format = switch (part) {
                case "8" -> Optional.of(WeightFormat.INT8);
                case "4" -> Optional.of(WeightFormat.INT4);
                case "2" -> Optional.of(WeightFormat.TERNARY);
                default -> format(part);
            };
            formats.add(format.orElseThrow(() -> new IllegalArgumentException(
                    "scheme (%s): '%s' must be 8, 4, 2 or one of %s".formatted(text, part, WeightFormat.labels()))));
        }
        if (formats.size() == 1) {
            throw new IllegalArgumentException("scheme (%s) must name every layer with weights".formatted(text));
        }
        return new Scheme(formats);
    }

    private static Optional<WeightFormat> format(String label) {
        return WeightFormat.of(label);
    }

    @Override
    public Scheme of(FloatNetwork network, CalibrationSet calibration) {
        return this;
    }

    @Override
    public String label() {
        return formats.size() == 1
                ? formats.getFirst().label()
                : formats.stream().map(WeightFormat::label).collect(Collectors.joining(",", MIXED, ""));
    }

    /**
     * The formats of {@code layers} layers with weights.
     *
     * @throws IllegalArgumentException if the scheme names another number
     */
    public List<WeightFormat> forLayers(int layers) {
        if (formats.size() != 1 && formats.size() != layers) {
            throw new IllegalArgumentException(
                    "scheme names %d layers, the network has %d with weights".formatted(formats.size(), layers));
        }
        return IntStream.range(0, layers)
                .mapToObj(i -> formats.get(formats.size() == 1 ? 0 : i))
                .toList();
    }
}
