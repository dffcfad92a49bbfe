package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import java.util.Arrays;
import java.util.List;

/** Element type and shape of an array; dimensions may be 0, and the number of elements fits an int. */
public final class ArrayType {
    private final TensorType type;
    private final int[] shape;
    private final int elements;

    private ArrayType(TensorType type, int[] shape, int elements) {
        this.type = type;
        this.shape = shape;
        this.elements = elements;
    }

    /**
     * Checks a shape.
     *
     * @throws InferenceException when a dimension is negative, or rank or size are beyond the limits
     */
    public static ArrayType of(TensorType type, long... shape) throws InferenceException {
        if (shape.length > Limits.RANK_MAX) {
            throw InferenceException.unsupported(
                    "shape of %d dimensions, at most %d supported".formatted(shape.length, Limits.RANK_MAX));
        }
        int[] dimensions = new int[shape.length];
        long elements = 1;
        long bound = 1;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] < 0) {
                throw InferenceException.contradiction(
                        "dimension %d of shape %s is below 0".formatted(i, Arrays.toString(shape)));
            }
            // Counted without the zeros too, so that strides stay within bounds.
            bound = shape[i] > Limits.ELEMENTS_MAX ? Long.MAX_VALUE : bound * Math.max(shape[i], 1);
            if (bound > Limits.ELEMENTS_MAX) {
                throw InferenceException.unsupported("shape %s, at most %d elements supported"
                        .formatted(Arrays.toString(shape), Limits.ELEMENTS_MAX));
            }
            elements *= shape[i];
            dimensions[i] = (int) shape[i];
        }
        return new ArrayType(type, dimensions, (int) elements);
    }

    /** {@link #of(TensorType, long...)} for a shape already in ints. */
    public static ArrayType of(TensorType type, int[] shape) throws InferenceException {
        return of(type, Arrays.stream(shape).asLongStream().toArray());
    }

    /** The type of a graph's tensor, which passed the same limits. */
    static ArrayType of(Tensor tensor) throws InferenceException {
        return of(
                tensor.type(),
                tensor.shape().stream().mapToInt(Integer::intValue).toArray());
    }

    public TensorType type() {
        return type;
    }

    public int rank() {
        return shape.length;
    }

    public int dimension(int index) {
        return shape[index];
    }

    public int[] shape() {
        return shape.clone();
    }

    public List<Integer> dimensions() {
        return Arrays.stream(shape).boxed().toList();
    }

    public int elements() {
        return elements;
    }

    public int bytes() {
        return Math.toIntExact(type.bytes(elements));
    }

    /** The same shape with other elements. */
    public ArrayType as(TensorType other) {
        return new ArrayType(other, shape, elements);
    }

    /**
     * With one more dimension.
     *
     * @throws InferenceException when there is no such place for it, or the limits are passed
     */
    public ArrayType inserted(int at, int extent) throws InferenceException {
        int place = axis(at, shape.length + 1);
        long[] longer = new long[shape.length + 1];
        for (int d = 0; d < longer.length; d++) {
            longer[d] = d == place ? extent : shape[d < place ? d : d - 1];
        }
        return of(type, longer);
    }

    /** Without one of the dimensions. */
    public ArrayType without(int dimension) throws InferenceException {
        long[] shorter = new long[shape.length - 1];
        for (int d = 0; d < shorter.length; d++) {
            shorter[d] = shape[d < dimension ? d : d + 1];
        }
        return of(type, shorter);
    }

    /** Product of the dimensions {@code from} (inclusive) to {@code to} (exclusive). */
    public int product(int from, int to) {
        int product = 1;
        for (int i = from; i < to; i++) {
            product *= shape[i];
        }
        return product;
    }

    /** Elements from one step to the next along each dimension, row-major. */
    public int[] strides() {
        int[] strides = new int[shape.length];
        int stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= Math.max(shape[i], 1);
        }
        return strides;
    }

    /**
     * A dimension counted from the end when negative.
     *
     * @throws InferenceException when there is no such dimension
     */
    public int axis(long axis) throws InferenceException {
        return axis(axis, shape.length);
    }

    /** {@link #axis(long)} of a shape with {@code rank} dimensions. */
    public static int axis(long axis, int rank) throws InferenceException {
        if (axis < -rank || axis >= rank) {
            throw InferenceException.contradiction("axis %d, %d to %d allowed".formatted(axis, -rank, rank - 1));
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ArrayType that && type == that.type && Arrays.equals(shape, that.shape);
    }

    @Override
    public int hashCode() {
        return type.hashCode() * 31 + Arrays.hashCode(shape);
    }

    @Override
    public String toString() {
        return type + Arrays.toString(shape);
    }
}
