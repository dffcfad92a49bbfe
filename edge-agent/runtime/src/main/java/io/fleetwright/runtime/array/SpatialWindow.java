package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.Limits;
import java.util.Arrays;
import java.util.List;

/**
 * A sliding window over one to three spatial dimensions, padding resolved to numbers.
 *
 * @param padsBefore positions added at the start of each dimension
 * @param padsAfter positions added at the end
 */
public record SpatialWindow(
        List<Integer> kernel,
        List<Integer> strides,
        List<Integer> dilations,
        List<Integer> padsBefore,
        List<Integer> padsAfter) {
    /** Spatial dimensions that kernels loop over; missing leading ones are 1. */
    static final int RANK = 3;

    public SpatialWindow {
        kernel = List.copyOf(kernel);
        strides = List.copyOf(strides);
        dilations = List.copyOf(dilations);
        padsBefore = List.copyOf(padsBefore);
        padsAfter = List.copyOf(padsAfter);
    }

    /** Refuses numbers out of range, so that sums of them fit an int. */
    public void check() throws InferenceException {
        int rank = kernel.size();
        if (rank < 1 || rank > RANK) {
            throw InferenceException.unsupported("%d spatial dimensions, 1 to %d supported".formatted(rank, RANK));
        }
        for (var list : List.of(strides, dilations, padsBefore, padsAfter)) {
            if (list.size() != rank) {
                throw InferenceException.contradiction("%s for kernel %s".formatted(list, kernel));
            }
        }
        long positions = 1;
        for (int d = 0; d < rank; d++) {
            positions *= Math.max(kernel.get(d), 1);
            inRange("kernel", kernel.get(d), 1);
            inRange("stride", strides.get(d), 1);
            inRange("dilation", dilations.get(d), 1);
            inRange("padding", padsBefore.get(d), 0);
            inRange("padding", padsAfter.get(d), 0);
            if (extent(d) > Limits.WINDOW_MAX) {
                throw InferenceException.unsupported(
                        "window extent %d, at most %d supported".formatted(extent(d), Limits.WINDOW_MAX));
            }
            if (positions > Limits.POOL_WINDOW_MAX) {
                throw InferenceException.unsupported(
                        "window of %d positions, at most %d supported".formatted(positions, Limits.POOL_WINDOW_MAX));
            }
        }
    }

    private static void inRange(String what, int value, int least) throws InferenceException {
        if (value < least || value > Limits.WINDOW_MAX) {
            throw InferenceException.contradiction(
                    "%s %d, %d to %d allowed".formatted(what, value, least, Limits.WINDOW_MAX));
        }
    }

    /** Positions that the kernel covers along a dimension. */
    long extent(int dimension) {
        return (kernel.get(dimension) - 1L) * dilations.get(dimension) + 1;
    }

    /** Positions of the window along a dimension of {@code in}: all that fit. */
    int fitting(int dimension, int in) throws InferenceException {
        long room = (long) in + padsBefore.get(dimension) + padsAfter.get(dimension) - extent(dimension);
        if (room < 0) {
            throw InferenceException.contradiction(
                    "window of %d does not fit dimension of %d".formatted(extent(dimension), in));
        }
        return (int) (room / strides.get(dimension)) + 1;
    }

    /** {@link #fitting}, and one more for a rest that a window would start in. */
    int fittingOrPartly(int dimension, int in) throws InferenceException {
        long room = (long) in + padsBefore.get(dimension) + padsAfter.get(dimension) - extent(dimension);
        if (room < 0) {
            throw InferenceException.contradiction(
                    "window of %d does not fit dimension of %d".formatted(extent(dimension), in));
        }
        int stride = strides.get(dimension);
        int out = (int) Math.ceilDiv(room, (long) stride) + 1;
        return (long) (out - 1) * stride >= (long) in + padsBefore.get(dimension) ? out - 1 : out;
    }

    /** Kernel positions. */
    int positions() {
        return kernel.stream().reduce(1, (left, right) -> left * right);
    }

    /** One list as {@link #RANK} numbers, leading ones {@code absent}. */
    static int[] three(List<Integer> list, int absent) {
        int[] all = new int[RANK];
        Arrays.fill(all, absent);
        for (int i = 0; i < list.size(); i++) {
            all[RANK - list.size() + i] = list.get(i);
        }
        return all;
    }

    /** The spatial dimensions of {@code [batch, channels, spatial...]} as {@link #RANK} numbers. */
    static int[] spatial(ArrayType type) {
        return three(type.dimensions().subList(2, type.rank()), 1);
    }
}
