package io.fleetwright.controller.node;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names and values that people give to nodes, such as {@code site=north}.
 *
 * @param values at most 32; names of 1 to 63 characters {@code [a-z0-9._-]} that begin with a letter or digit, values of at most 63
 *     characters {@code [A-Za-z0-9._-]}
 */
public record Labels(SortedMap<String, String> values) {
    public static final Labels NONE = new Labels(new TreeMap<>());

    private static final int COUNT_MAX = 32;
    private static final int STORED_BYTES_MAX = 8000;
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
    private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9._-]{0,63}");

    public Labels {
        values = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    /**
     * Labels that a person asks for.
     *
     * @throws Refusal when there are too many, or one of them is malformed
     */
    public static Labels of(Map<String, String> asked) {
        if (asked.size() > COUNT_MAX) {
            throw Refusal.invalid("%d labels, at most %d".formatted(asked.size(), COUNT_MAX));
        }
        asked.forEach((name, value) -> {
            if (!NAME.matcher(name).matches()
                    || value == null
                    || !VALUE.matcher(value).matches()) {
                throw Refusal.invalid("label (%s=%s) must be %s=%s".formatted(clip(name), clip(value), NAME, VALUE));
            }
        });
        return new Labels(new TreeMap<>(asked));
    }

    /**
     * These labels with some of other values, or without those whose value is absent.
     *
     * @throws Refusal when there are too many then, or one of them is malformed
     */
    public Labels changed(Map<String, ? extends @Nullable String> changes) {
        TreeMap<String, String> changed = new TreeMap<>(values);
        changes.forEach((name, value) -> {
            if (value == null) {
                changed.remove(name);
            } else {
                changed.put(name, value);
            }
        });
        return of(changed);
    }

    /** True for a name that a label may have. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** Reads what {@link #json} has written. */
    public static Labels stored(String json) {
        try {
            Json.Node in = Json.read(json.getBytes(StandardCharsets.UTF_8), STORED_BYTES_MAX);
            TreeMap<String, String> values = new TreeMap<>();
            for (String name : in.names()) {
                values.put(name, in.text(name));
            }
            return new Labels(values);
        } catch (MalformedMessageException damaged) {
            throw new IllegalStateException("stored labels (%s) are damaged".formatted(clip(json)), damaged);
        }
    }

    public String json() {
        return new String(
                Json.write(out -> {
                    for (Map.Entry<String, String> label : values.entrySet()) {
                        out.field(label.getKey(), label.getValue());
                    }
                }),
                StandardCharsets.UTF_8);
    }

    private static String clip(@Nullable String text) {
        String known = String.valueOf(text);
        return known.length() <= 80 ? known : known.substring(0, 80) + "...";
    }
}
