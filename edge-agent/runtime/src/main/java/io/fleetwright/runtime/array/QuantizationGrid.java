package io.fleetwright.runtime.array;

/**
 * Which scale and zero point belong to an element: one for all, one per step along an axis, or one per block of steps.
 *
 * <p>Blocked parameters have the array's shape with the axis divided, rounded up, by the block.
 */
record QuantizationGrid(int inner, int extent, int block, int steps) {
    /** @param blockSize 0 for one parameter per step, or for all */
    static QuantizationGrid of(ArrayType data, ArrayType parameters, int axis, int blockSize)
            throws InferenceException {
        if (blockSize < 0) {
            throw InferenceException.contradiction("block size %d".formatted(blockSize));
        }
        if (blockSize == 0 && parameters.elements() == 1) {
            return new QuantizationGrid(1, 1, 1, 1);
        }
        int at = data.axis(axis);
        int inner = data.product(at + 1, data.rank());
        int extent = data.dimension(at);
        if (blockSize == 0) {
            ArrayFunction.requireElements("parameters", parameters, extent);
            return new QuantizationGrid(inner, extent, 1, extent);
        }
        int steps = Math.ceilDiv(extent, blockSize);
        int[] shape = data.shape();
        shape[at] = steps;
        if (!parameters.equals(ArrayType.of(parameters.type(), shape))) {
            throw InferenceException.contradiction("parameters %s for blocks of %d along dimension %d of %s"
                    .formatted(parameters, blockSize, at, data));
        }
        return new QuantizationGrid(inner, extent, blockSize, steps);
    }

    /** Position of the parameters of one element. */
    int parameter(int element) {
        if (steps == 1 && block == 1) {
            return 0;
        }
        int step = element / inner % extent;
        if (block == 1) {
            return step;
        }
        return (element / inner / extent * steps + step / block) * inner + element % inner;
    }
}
