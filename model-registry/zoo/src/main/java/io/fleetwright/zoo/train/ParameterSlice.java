package io.fleetwright.zoo.train;

/**
 * The part of a parameter that a narrower network uses: the first channels of it.
 *
 * @param whole the widest network's
 * @param part the narrower network's own copy, packed
 * @param positions where element {@code i} of the part lies in the whole
 */
@SuppressWarnings("ArrayRecordComponent")
record ParameterSlice(Parameter whole, Parameter part, int[] positions) {
    /**
     * The first {@code rows} of {@code wholeRows} and the first {@code columns} of {@code wholeColumns}, in each of
     * {@code planes} planes {@code [row][column]}.
     *
     * @throws IllegalArgumentException if the whole has not these sizes or the part is larger
     */
    static ParameterSlice of(Parameter whole, int planes, int rows, int wholeRows, int columns, int wholeColumns) {
        if (planes * wholeRows * wholeColumns != whole.value.length || rows > wholeRows || columns > wholeColumns) {
            throw new IllegalArgumentException("%d x %d x %d of %d x %d x %d values is no part of %d"
                    .formatted(planes, rows, columns, planes, wholeRows, wholeColumns, whole.value.length));
        }
        var positions = new int[planes * rows * columns];
        int at = 0;
        for (int plane = 0; plane < planes; plane++) {
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    positions[at++] = (plane * wholeRows + row) * wholeColumns + column;
                }
            }
        }
        return new ParameterSlice(whole, new Parameter(positions.length), positions);
    }

    /** Copies the whole's values into the part. */
    void load() {
        for (int i = 0; i < positions.length; i++) {
            part.value[i] = whole.value[positions[i]];
        }
    }

    /** Moves what the part gathered to the whole. */
    void passGradient() {
        whole.gather(part, positions);
    }
}
