package io.fleetwright.runtime.transform;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Type and shape of a value between tasks.
 *
 * @param shape 1 to 6 dimensions of at least 1, at most {@link #ELEMENTS_MAX} elements in all
 */
public record Form(Type type, List<Integer> shape) {
    public static final int ELEMENTS_MAX = 1 << 22;
    public static final int DIMENSIONS_MAX = 6;

    /** How an element is stored; several bytes are little-endian. */
    public enum Type {
        INT8(1),
        INT32(4);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        public int bytes() {
            return bytes;
        }
    }

    /** @throws IllegalArgumentException when the shape is out of its bounds */
    public Form {
        shape = List.copyOf(shape);
        if (shape.isEmpty() || shape.size() > DIMENSIONS_MAX) {
            throw new IllegalArgumentException(
                    "shape %s must have 1 to %d dimensions".formatted(shape, DIMENSIONS_MAX));
        }
        long elements = 1;
        for (int size : shape) {
            if (size < 1) {
                throw new IllegalArgumentException("shape %s must have dimensions of at least 1".formatted(shape));
            }
            elements *= size;
            if (elements > ELEMENTS_MAX) {
                throw new IllegalArgumentException(
                        "shape %s must have at most %d elements".formatted(shape, ELEMENTS_MAX));
            }
        }
    }

    public static Form int8(Integer... shape) {
        return new Form(Type.INT8, List.of(shape));
    }

    public static Form int32(Integer... shape) {
        return new Form(Type.INT32, List.of(shape));
    }

    public int elements() {
        int elements = 1;
        for (int size : shape) {
            elements *= size;
        }
        return elements;
    }

    public int bytes() {
        return elements() * type.bytes();
    }

    int last() {
        return shape.getLast();
    }

    /** The same values may be read in either form: same type, and the same shape but for leading ones. */
    public boolean fits(Form other) {
        return type == other.type && withoutLeadingOnes().equals(other.withoutLeadingOnes());
    }

    private List<Integer> withoutLeadingOnes() {
        int from = 0;
        while (from < shape.size() - 1 && shape.get(from) == 1) {
            from++;
        }
        return shape.subList(from, shape.size());
    }

    /** Like {@code int8[1,32,32,1]}. */
    @Override
    public String toString() {
        return (type == Type.INT8 ? "int8" : "int32")
                + shape.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
    }
}
