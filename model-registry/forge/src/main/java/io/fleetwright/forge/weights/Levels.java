package io.fleetwright.forge.weights;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** The whole numbers that a format can say, in rising order; -128 to 127 at most. */
final class Levels {
    private static final int POWERS = 7;

    private static final Map<WeightFormat, Levels> ALL = new EnumMap<>(Map.of(
            WeightFormat.INT8, range(-127, 127),
            WeightFormat.INT4, range(-8, 7),
            WeightFormat.INT4_G32, range(-8, 7),
            WeightFormat.TERNARY, range(-1, 1),
            WeightFormat.POW2, powersOfTwo(1),
            WeightFormat.POW2X2, powersOfTwo(2)));

    private final int[] sorted;

    private Levels(int[] sorted) {
        this.sorted = sorted;
    }

    /** The levels of a format, before group scales. */
    static Levels of(WeightFormat format) {
        return Objects.requireNonNull(ALL.get(format), "every format has levels");
    }

    static Levels range(int lowest, int highest) {
        return new Levels(IntStream.rangeClosed(lowest, highest).toArray());
    }

    /** Sums of up to {@code terms} signed powers 1, 2, 4 ... 64, except those that int8 cannot hold. */
    static Levels powersOfTwo(int terms) {
        var sums = new TreeSet<Integer>();
        sums.add(0);
        for (int term = 0; term < terms; term++) {
            for (int sum : sums.toArray(Integer[]::new)) {
                for (int power = 0; power < POWERS; power++) {
                    sums.add(sum + (1 << power));
                    sums.add(sum - (1 << power));
                }
            }
        }
        return new Levels(sums.stream()
                .mapToInt(Integer::intValue)
                .filter(sum -> Math.abs(sum) <= Byte.MAX_VALUE)
                .toArray());
    }

    int lowest() {
        return sorted[0];
    }

    int highest() {
        return sorted[sorted.length - 1];
    }

    boolean contains(int level) {
        return Arrays.binarySearch(sorted, level) >= 0;
    }

    /** The largest level not above {@code steps}; the lowest when all are above. */
    int below(double steps) {
        return sorted[position(steps)];
    }

    /** The smallest level not below {@code steps}; the highest when all are below. */
    int above(double steps) {
        int at = position(steps);
        return sorted[sorted[at] >= steps ? at : Math.min(at + 1, sorted.length - 1)];
    }

    /** The level at the smallest distance, of two the one nearer to 0. */
    int nearest(double steps) {
        int low = below(steps);
        int high = above(steps);
        double toLow = Math.abs(steps - low);
        double toHigh = Math.abs(steps - high);
        return toLow < toHigh || (toLow == toHigh && Math.abs(low) < Math.abs(high)) ? low : high;
    }

    /** The level at the smallest ratio: neighbours of one sign part at their geometric mean. */
    int nearestByRatio(double steps) {
        int low = below(steps);
        int high = above(steps);
        if (low == high || (long) low * high <= 0) {
            return nearest(steps);
        }
        double middle = Math.sqrt((double) low * high);
        return Math.abs(steps) < middle == Math.abs(low) < Math.abs(high) ? low : high;
    }

    private int position(double steps) {
        int from = 0;
        int to = sorted.length - 1;
        while (from < to) {
            int middle = (from + to + 1) >>> 1;
            if (sorted[middle] <= steps) {
                from = middle;
            } else {
                to = middle - 1;
            }
        }
        return from;
    }
}
