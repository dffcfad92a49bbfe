package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Tensor;
import java.util.Arrays;
import java.util.List;

/** Where the elements lie that a mean over whole dimensions takes together; offsets count elements of the input. */
final class MeanLoops {
    private final int[] outerExtents;
    private final int[] outerStrides;
    private final int[] meanExtents;
    private final int[] meanStrides;
    private final int outerCount;
    private final int meanCount;
    private final int run;

    MeanLoops(Tensor input, List<Integer> axes) {
        int rank = input.rank();
        boolean keepsLast = rank > 0 && !axes.contains(rank - 1);
        this.run = keepsLast ? input.dimension(rank - 1) : 1;
        int outerRank = 0;
        int meanRank = 0;
        int[][] outer = new int[2][rank];
        int[][] averaged = new int[2][rank];
        int stride = input.elements();
        for (int d = 0; d < rank; d++) {
            stride /= input.dimension(d);
            if (axes.contains(d)) {
                averaged[0][meanRank] = input.dimension(d);
                averaged[1][meanRank++] = stride;
            } else if (d < rank - 1) {
                outer[0][outerRank] = input.dimension(d);
                outer[1][outerRank++] = stride;
            }
        }
        this.outerExtents = Arrays.copyOf(outer[0], outerRank);
        this.outerStrides = Arrays.copyOf(outer[1], outerRank);
        this.meanExtents = Arrays.copyOf(averaged[0], meanRank);
        this.meanStrides = Arrays.copyOf(averaged[1], meanRank);
        this.outerCount = product(outerExtents);
        this.meanCount = product(meanExtents);
    }

    private static int product(int[] extents) {
        return Arrays.stream(extents).reduce(1, (a, b) -> a * b);
    }

    /** Elements of the innermost dimension, when it is kept: they lie side by side in input and output. Else 1. */
    int run() {
        return run;
    }

    /** Runs of the output. */
    int outerCount() {
        return outerCount;
    }

    /** Elements of each mean. */
    int meanCount() {
        return meanCount;
    }

    /** First element of what becomes the {@code index}-th run. */
    int outer(int index) {
        return offset(index, outerExtents, outerStrides);
    }

    /** From there to the {@code index}-th run that is averaged. */
    int inner(int index) {
        return offset(index, meanExtents, meanStrides);
    }

    private static int offset(int index, int[] extents, int[] strides) {
        int offset = 0;
        int rest = index;
        for (int d = extents.length - 1; d >= 0; d--) {
            offset += rest % extents[d] * strides[d];
            rest /= extents[d];
        }
        return offset;
    }
}
