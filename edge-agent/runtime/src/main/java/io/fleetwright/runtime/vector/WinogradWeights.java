package io.fleetwright.runtime.vector;

/**
 * Winograd's F(4 x 4, 3 x 3) in whole numbers modulo 2^32: 36 products for 16 outputs of a 3 x 3 kernel, which are 144.
 *
 * <p>In each direction six inputs and three weights are taken to six places, multiplied there, and taken back to four
 * outputs: {@code y = A ((G w) (B x))}, exact because it interpolates polynomials at the points 0, 1, -1, 2, -2 and infinity.
 * {@code A} and {@code B} hold whole numbers, {@code G} fractions over 4, 6 and 24. Here {@code G} is without its denominators,
 * which go to the inputs as factors: 24 over the denominator, times the inverse of 3 modulo 2^32, so that sums come out 8
 * times as large in each direction, and 64 times in both.
 *
 * <p>All of it is additions and multiplications modulo 2^32, so that nothing that overflows on the way matters: what comes
 * out is 64 times the sum modulo 2^32, and with it the sum itself where its magnitude is below 2^25.
 *
 * @see "Lavin and Gray, 2016, Fast algorithms for convolutional neural networks, section 4"
 */
final class WinogradWeights {
    /** Rows and columns of a kernel. */
    static final int KERNEL = 3;
    /** Rows and columns of outputs of one tile. */
    static final int TILE = 4;
    /** Rows and columns of a tile's places, and of its inputs. */
    static final int SIDE = TILE + KERNEL - 1;
    /** Products of one tile, an input and an output channel. */
    static final int PLACES = SIDE * SIDE;
    /** Sums come out times two to this. */
    static final int SHIFT = 6;

    private static final int[][] TO_PLACES = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 1}};
    /** 1 / 3 and -4 / 3, modulo 2^32. */
    private static final int THIRD = 0xAAAAAAAB;

    private static final int MINUS_FOUR_THIRDS = 0x55555554;
    private static final int[] FACTORS = {2, MINUS_FOUR_THIRDS, MINUS_FOUR_THIRDS, THIRD, THIRD, 8};

    private WinogradWeights() {}

    /** What inputs at a place are multiplied by. */
    static int factor(int row, int column) {
        return FACTORS[row] * FACTORS[column];
    }

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
     * One channel's weight at a place: at most 49 times as large as the largest of the kernel.
     *
     * @param unit output channel
     * @param channel input channel, of {@code channels}
     */
    static short at(Weights kernel, int unit, int channel, int channels, int row, int column) {
        int sum = 0;
        for (int y = 0; y < KERNEL; y++) {
            for (int x = 0; x < KERNEL; x++) {
                int weight = kernel.at(unit, (y * KERNEL + x) * channels + channel);
                sum += TO_PLACES[row][y] * TO_PLACES[column][x] * weight;
            }
        }
        return (short) sum;
    }
}
