package io.fleetwright.scheduler.format;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A JSON value and the byte at which it starts. */
sealed interface JsonValue {
    int offset();

    record JsonObject(int offset, Map<String, JsonValue> members) implements JsonValue {
        JsonValue require(String name) throws MalformedWorkloadException {
            JsonValue value = members.get(name);
            if (value == null) {
                throw new MalformedWorkloadException(offset, "'%s' is missing".formatted(name));
            }
            return value;
        }

        Optional<JsonValue> find(String name) {
            return Optional.ofNullable(members.get(name));
        }
    }

    record JsonArray(int offset, List<JsonValue> items) implements JsonValue {}

    record JsonString(int offset, String text) implements JsonValue {}

    record JsonNumber(int offset, double value) implements JsonValue {}

    record JsonBoolean(int offset, boolean value) implements JsonValue {}

    record JsonNull(int offset) implements JsonValue {}

    default JsonObject asObject(String what) throws MalformedWorkloadException {
        if (this instanceof JsonObject object) {
            return object;
        }
        throw wrong(what, "an object");
    }

    default List<JsonValue> asArray(String what) throws MalformedWorkloadException {
        if (this instanceof JsonArray array) {
            return array.items();
        }
        throw wrong(what, "an array");
    }

    default String asString(String what) throws MalformedWorkloadException {
        if (this instanceof JsonString string) {
            return string.text();
        }
        throw wrong(what, "a string");
    }

    default double asNumber(String what) throws MalformedWorkloadException {
        if (this instanceof JsonNumber number) {
            return number.value();
        }
        throw wrong(what, "a number");
    }

    /** A finite number from 0 to {@code max}. */
    default double asAmount(String what, double max) throws MalformedWorkloadException {
        double value = asNumber(what);
        if (!(value >= 0 && value <= max)) {
            throw new MalformedWorkloadException(offset(), "%s (%s) must be 0 to %s".formatted(what, value, max));
        }
        return value;
    }

    default int asInt(String what, int min, int max) throws MalformedWorkloadException {
        double value = asNumber(what);
        if (value != Math.rint(value) || value < min || value > max) {
            throw new MalformedWorkloadException(
                    offset(), "%s (%s) must be a whole number from %d to %d".formatted(what, value, min, max));
        }
        return (int) value;
    }

    private MalformedWorkloadException wrong(String what, String wanted) {
        return new MalformedWorkloadException(offset(), "%s must be %s".formatted(what, wanted));
    }
}
