package io.fleetwright.runtime;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Sigmoid and tanh as lines between 256 entries, written with exact numbers. Arguments count 12288ths, results 2^-15; half a
 * result is rounded away from 1/2 or 0, whose other side mirrors it.
 */
final class ExactSigmoid {
    private static final int LARGEST = 32_767;
    private static final int[] TABLE = table();

    private ExactSigmoid() {}

    /** Sigmoid of 0, 1/24, ... in 2^-16, corrected for the straight lines between; the last one stands for 1. */
    static int[] table() {
        int[] table = new int[256];
        for (int i = 0; i < 255; i++) {
            var here = sigmoid(2 * i);
            var lost = sigmoid(2 * i + 1).subtract(ExactReals.mean(here, sigmoid(2 * i + 2)));
            table[i] = ExactReals.round(here.add(lost.divide(BigDecimal.TWO))).intValueExact();
        }
        table[255] = 65_535;
        return table;
    }

    private static BigDecimal sigmoid(int fortyEighths) {
        return ExactReals.sigmoid(ExactReals.ratio(fortyEighths, 48)).multiply(BigDecimal.valueOf(65_536));
    }

    static short logistic(BigInteger argument) {
        var magnitude = argument.abs();
        long ofMagnitude = isBeyond(magnitude, 512)
                ? LARGEST
                : ExactReals.roundUp(interpolated(magnitude, 512).divide(BigDecimal.TWO));
        return (short) (argument.signum() < 0 ? 32_768 - ofMagnitude : ofMagnitude);
    }

    static short tanh(BigInteger argument) {
        var magnitude = argument.abs();
        long ofMagnitude = isBeyond(magnitude, 256)
                ? LARGEST
                : ExactReals.roundUp(interpolated(magnitude, 256).subtract(BigDecimal.valueOf(32_768)));
        return (short) (argument.signum() < 0 ? -ofMagnitude : ofMagnitude);
    }

    private static boolean isBeyond(BigInteger magnitude, int stepsPerEntry) {
        return magnitude.compareTo(BigInteger.valueOf(255L * stepsPerEntry)) >= 0;
    }

    /** In 2^-16. */
    private static BigDecimal interpolated(BigInteger magnitude, int stepsPerEntry) {
        int entry = magnitude.intValueExact() / stepsPerEntry;
        int between = magnitude.intValueExact() % stepsPerEntry;
        return BigDecimal.valueOf(TABLE[entry])
                .add(ExactReals.ratio((long) between * (TABLE[entry + 1] - TABLE[entry]), stepsPerEntry));
    }
}
