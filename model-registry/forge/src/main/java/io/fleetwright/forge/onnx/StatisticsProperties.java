package io.fleetwright.forge.onnx;

import io.fleetwright.forge.network.ChannelStatistics;
import io.fleetwright.forge.network.TrainedStatistics;
import io.fleetwright.forge.network.TrainedStatistics.Range;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Training statistics as metadata properties of an ONNX file: {@code fleetwright.input.range} is two numbers,
 * {@code fleetwright.layer.N.mean} and {@code fleetwright.layer.N.deviation} are one number per channel.
 */
final class StatisticsProperties {
    private static final String RANGE = "fleetwright.input.range";
    private static final String LAYER = "fleetwright.layer.";
    private static final String MEAN = ".mean";
    private static final String DEVIATION = ".deviation";
    private static final int VALUES_MAX = 1 << 16;

    private StatisticsProperties() {}

    /** In the order in which they are written. */
    static Map<String, String> of(TrainedStatistics statistics) {
        var properties = new LinkedHashMap<String, String>();
        statistics.input().ifPresent(range -> properties.put(RANGE, text(range.low(), range.high())));
        statistics.ordered().forEach((index, channels) -> {
            properties.put(LAYER + index + MEAN, text(channels.mean()));
            properties.put(LAYER + index + DEVIATION, text(channels.deviation()));
        });
        return properties;
    }

    /** Properties of other names are left alone. */
    static TrainedStatistics read(Map<String, String> properties) throws OnnxRefusedException {
        Optional<Range> range = Optional.empty();
        var layers = new HashMap<Integer, ChannelStatistics>();
        for (String name : properties.keySet()) {
            if (name.equals(RANGE)) {
                float[] ends = numbers(properties, name);
                if (ends.length != 2) {
                    throw new OnnxRefusedException("property %s must be two numbers".formatted(name));
                }
                range = Optional.of(new Range(ends[0], ends[1]));
            } else if (name.startsWith(LAYER) && name.endsWith(MEAN)) {
                String index = name.substring(LAYER.length(), name.length() - MEAN.length());
                float[] deviations = numbers(properties, LAYER + index + DEVIATION);
                layers.put(index(name, index), new ChannelStatistics(numbers(properties, name), deviations));
            }
        }
        return new TrainedStatistics(range, layers);
    }

    private static int index(String name, String text) throws OnnxRefusedException {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException notANumber) {
            throw new OnnxRefusedException("property %s names no layer".formatted(name));
        }
    }

    private static float[] numbers(Map<String, String> properties, String name) throws OnnxRefusedException {
        String[] parts = properties.getOrDefault(name, "").split(" ", VALUES_MAX + 1);
        var values = new float[parts.length];
        try {
            for (int i = 0; i < parts.length; i++) {
                values[i] = Float.parseFloat(parts[i]);
            }
        } catch (NumberFormatException notANumber) {
            throw new OnnxRefusedException(
                    "property %s must be at most %d numbers with spaces between".formatted(name, VALUES_MAX));
        }
        return values;
    }

    private static String text(float... values) {
        var text = new StringBuilder();
        for (float value : values) {
            text.append(text.isEmpty() ? "" : " ").append(value);
        }
        return text.toString();
    }
}
