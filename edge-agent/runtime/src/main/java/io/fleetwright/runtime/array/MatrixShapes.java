package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Nest;
import java.util.ArrayList;
import java.util.Arrays;

/** Two operands of a matrix product, {@code [batch..., rows, depth]} and {@code [batch..., depth, columns]}. */
final class MatrixShapes {
    private final ArrayType left;
    private final ArrayType right;
    private final int rows;
    private final int depth;
    private final int columns;
    private final ArrayType batch;
    private final Nest batches;

    private MatrixShapes(ArrayType left, ArrayType right) throws InferenceException {
        this.left = left;
        this.right = right;
        if (left.rank() < 1 || right.rank() < 1) {
            throw InferenceException.contradiction("product of %s and %s".formatted(left, right));
        }
        this.rows = left.rank() == 1 ? 1 : left.dimension(left.rank() - 2);
        this.depth = left.dimension(left.rank() - 1);
        this.columns = right.rank() == 1 ? 1 : right.dimension(right.rank() - 1);
        if (depth != right.dimension(Math.max(right.rank() - 2, 0))) {
            throw InferenceException.contradiction("product of %s and %s".formatted(left, right));
        }
        var leftBatch = batchOf(left);
        var rightBatch = batchOf(right);
        this.batch = Types.broadcast(left.type(), leftBatch, rightBatch);
        this.batches = Nest.broadcast(batch.shape(), leftBatch.shape(), rightBatch.shape());
    }

    static MatrixShapes of(ArrayType left, ArrayType right) throws InferenceException {
        return new MatrixShapes(left, right);
    }

    /** Shapes that inference has checked. */
    static MatrixShapes checked(ArrayType left, ArrayType right) {
        try {
            return of(left, right);
        } catch (InferenceException impossible) {
            throw new IllegalStateException("inference checked the shapes", impossible);
        }
    }

    private static ArrayType batchOf(ArrayType type) throws InferenceException {
        return ArrayType.of(type.type(), Arrays.copyOf(type.shape(), Math.max(type.rank() - 2, 0)));
    }

    ArrayType output(TensorType type) throws InferenceException {
        var shape = new ArrayList<Long>();
        batch.dimensions().forEach(dimension -> shape.add((long) dimension));
        if (left.rank() > 1) {
            shape.add((long) rows);
        }
        if (right.rank() > 1) {
            shape.add((long) columns);
        }
        return ArrayType.of(type, shape.stream().mapToLong(Long::longValue).toArray());
    }

    int rows() {
        return rows;
    }

    int depth() {
        return depth;
    }

    int columns() {
        return columns;
    }

    int batches() {
        return batch.elements();
    }

    int leftStart(int index) {
        return batches.offset(0, index) * rows * depth;
    }

    int rightStart(int index) {
        return batches.offset(1, index) * depth * columns;
    }
}
