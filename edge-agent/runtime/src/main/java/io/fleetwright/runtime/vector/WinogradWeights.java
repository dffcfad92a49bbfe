package io.fleetwright.runtime.vector;

/**
 * Winograd's F(4 x 4, 3 x 3) in whole numbers modulo 2^32: 36 products for 16 outputs of a 3 x 3 kernel, which are 144.
 *
 * <p>In each direction six inputs and three weights are taken to six places, multiplied there, and taken back to four
 * outputs: {@code y = A ((G w) (B x))}, exact for the points 0, 1, -1, 2, -2 and infinity. {@code A} and {@code B} hold whole
 * numbers, {@code G} holds 24ths; here it is 24 times as large, so that sums come out 576 times as large. Since 576 = 9 x 64
 * and 9 has an inverse modulo 2^32, weights are multiplied by that inverse too, and sums come out 64 times as large.
 *
 * <p>All of it is additions and multiplications modulo 2^32, so nothing that overflows on the way matters: what comes out is
 * 64 times the sum modulo 2^32, and the sum itself when its magnitude is below 2^25.
 *
 * @see "Lavin and Gray, 2016, Fast algorithms for convolutional neural networks, section 4"
 */
final class WinogradWeights {
    /** Rows and columns of a kernel. */
    static final int KERNEL = 3;
    /** Rows and columns of outputs of one tile. */
    static final int TILE = 4;
    /** Rows and columns of inputs of one tile. */
    static final int PATCH = TILE + KERNEL - 1;
    /** Products of one tile, an input and an output channel. */
    static final int PLACES = PATCH * PATCH;
    /** Sums come out times two to this. */
    static final int SHIFT = 6;

    private static final int[][] TO_PLACES = {{6, 0, 0}, {-4, -4, -4}, {-4, 4, -4}, {1, 2, 4}, {1, -2, 4}, {0, 0, 24}};
    private static final int INVERSE_OF_9 = 0x38E38E39;

    private WinogradWeights() {}

    /**
     * Whether sums can be told from what comes out.
     *
     * @param sumMax largest magnitude of each output channel's sum
     */
    static boolean isExact(long[] sumMax) {
        for (long most : sumMax) {
            if (most >= 1L << (Integer.SIZE - 1 - SHIFT)) {
                return false;
            }
        }
        return true;
    }

    /**
     * One channel's kernel at all places.
     *
     * @param unit output channel
     * @param channel input channel, of {@code channels}
     * @param at {@link #PLACES} values, row by row, overwritten
     */
    static void transform(Weights weights, int unit, int channel, int channels, int[] at) {
        for (int i = 0; i < PATCH; i++) {
            for (int j = 0; j < PATCH; j++) {
                int sum = 0;
                for (int y = 0; y < KERNEL; y++) {
                    for (int x = 0; x < KERNEL; x++) {
                        int weight = weights.at(unit, (y * KERNEL + x) * channels + channel);
                        sum += TO_PLACES[i][y] * TO_PLACES[j][x] * weight;
                    }
                }
                at[i * PATCH + j] = sum * INVERSE_OF_9;
            }
        }
    }
}
