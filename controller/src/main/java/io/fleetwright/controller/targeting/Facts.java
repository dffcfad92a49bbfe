package io.fleetwright.controller.targeting;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of one node or device.
 *
 * @param values a field without a value is not in the map, or has none
 */
record Facts(Map<Field, List<String>> values, Map<String, String> labels) {
    Facts {
        values = values.isEmpty() ? Map.of() : new EnumMap<>(values);
        labels = Map.copyOf(labels);
    }

    List<String> of(Field field) {
        return values.getOrDefault(field, List.of());
    }
}
