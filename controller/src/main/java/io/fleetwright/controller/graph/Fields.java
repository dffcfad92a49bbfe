package io.fleetwright.controller.graph;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.controller.core.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An object of a specification with the path to it; every getter refuses with that path. */
record Fields(String path, JsonNode node) {
    Fields {
        if (!node.isObject()) {
            throw Refusal.invalid("%s must be an object".formatted(path));
        }
    }

    /** Refuses any other field: a misspelt one would be a wish that is not heard. */
    void requireOnly(Set<String> names) {
        for (var fields = node.fieldNames(); fields.hasNext(); ) {
            String name = fields.next();
            if (!names.contains(name)) {
                throw Refusal.invalid("%s.%s is unknown".formatted(path, clip(name)));
            }
        }
    }

    private Refusal wrong(String name, String expected) {
        return Refusal.invalid("%s.%s (%s) must be %s"
                .formatted(path, name, has(name) ? clip(node.get(name).toString()) : "absent", expected));
    }

    static String clip(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }

    boolean has(String name) {
        return node.hasNonNull(name);
    }

    String text(String name, Pattern form) {
        if (has(name)
                && node.get(name).isTextual()
                && form.matcher(node.get(name).textValue()).matches()) {
            return node.get(name).textValue();
        }
        throw wrong(name, "text like " + form.pattern());
    }

    @Nullable
    String textOrNull(String name, Pattern form) {
        return has(name) ? text(name, form) : null;
    }

    int number(String name, int min, int max) {
        JsonNode value = node.get(name);
        if (value != null
                && value.isIntegralNumber()
                && value.canConvertToInt()
                && value.intValue() >= min
                && value.intValue() <= max) {
            return value.intValue();
        }
        throw wrong(name, "a whole number from %d to %d".formatted(min, max));
    }

    int number(String name, int min, int max, int otherwise) {
        return has(name) ? number(name, min, max) : otherwise;
    }

    /** A number above {@code above} and at most {@code max}, or null when it is absent. */
    @Nullable
    Double decimalOrNull(String name, double above, double max) {
        if (!has(name)) {
            return null;
        }
        JsonNode value = node.get(name);
        if (value.isNumber() && value.doubleValue() > above && value.doubleValue() <= max) {
            return value.doubleValue();
        }
        throw wrong(name, "a number above %s, at most %s".formatted(above, max));
    }

    Fields object(String name) {
        if (!has(name)) {
            throw wrong(name, "an object");
        }
        return new Fields(path + "." + name, node.get(name));
    }

    List<Fields> objects(String name, int min, int max) {
        List<Fields> out = new ArrayList<>();
        JsonNode items = array(name, min, max);
        for (int i = 0; i < items.size(); i++) {
            out.add(new Fields("%s.%s[%d]".formatted(path, name, i), items.get(i)));
        }
        return out;
    }

    List<String> texts(String name, int min, int max, Pattern form) {
        List<String> out = new ArrayList<>();
        for (JsonNode item : array(name, min, max)) {
            if (!item.isTextual() || !form.matcher(item.textValue()).matches()) {
                throw wrong(name, "an array of texts like " + form.pattern());
            }
            out.add(item.textValue());
        }
        return out;
    }

    List<Integer> numbers(String name, int min, int max) {
        List<Integer> out = new ArrayList<>();
        for (JsonNode item : array(name, min, max)) {
            if (!item.isIntegralNumber() || !item.canConvertToInt()) {
                throw wrong(name, "an array of whole numbers");
            }
            out.add(item.intValue());
        }
        return out;
    }

    private JsonNode array(String name, int min, int max) {
        JsonNode value = node.get(name);
        if (value == null || !value.isArray() || value.size() < min || value.size() > max) {
            throw wrong(name, "an array of %d to %d".formatted(min, max));
        }
        return value;
    }
}
