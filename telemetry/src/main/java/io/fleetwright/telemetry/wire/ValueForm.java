package io.fleetwright.telemetry.wire;

import java.io.IOException;
import java.util.List;

/**
 * Type and shape of a value.
 *
 * @param type int8 or int32, the latter little-endian
 * @param shape 1 to {@value #DIMENSIONS_MAX} dimensions of at least 1, at most {@link #ELEMENTS_MAX} elements in all
 */
public record ValueForm(String type, List<Integer> shape) {
    public static final int ELEMENTS_MAX = 1 << 22;
    public static final int DIMENSIONS_MAX = 6;

    private static final List<String> TYPES = List.of("int8", "int32");

    public ValueForm {
        shape = List.copyOf(shape);
        long elements = 1;
        for (int size : shape) {
            elements = Math.min(ELEMENTS_MAX + 1L, elements * Math.max(0, size));
        }
        if (!TYPES.contains(type)
                || shape.isEmpty()
                || shape.size() > DIMENSIONS_MAX
                || elements < 1
                || elements > ELEMENTS_MAX) {
            throw new IllegalArgumentException(
                    "%s%s must be one of %s with 1 to %d dimensions of at least 1 and at most %d elements"
                            .formatted(type, shape, TYPES, DIMENSIONS_MAX, ELEMENTS_MAX));
        }
    }

    /** Of the value. */
    public int bytes() {
        return shape.stream().reduce(1, (one, other) -> one * other) * (type.equals("int32") ? Integer.BYTES : 1);
    }

    /** Writes the fields of an object. */
    public static void write(Json.Writer out, ValueForm form) throws IOException {
        out.field("type", form.type).numbers("shape", form.shape);
    }

    /** Reads the fields {@code type} and {@code shape} of an object. */
    static ValueForm read(Json.Node in) throws MalformedMessageException {
        try {
            return new ValueForm(
                    in.text("type"),
                    in.numbers("shape", DIMENSIONS_MAX, 1, ELEMENTS_MAX).stream()
                            .map(Math::toIntExact)
                            .toList());
        } catch (IllegalArgumentException wrong) {
            throw new MalformedMessageException("%s: %s".formatted(in, wrong.getMessage()));
        }
    }
}
