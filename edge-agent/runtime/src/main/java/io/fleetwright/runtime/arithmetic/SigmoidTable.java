package io.fleetwright.runtime.arithmetic;

/**
 * Sigmoid and tanh in 16 bits, linear between the 256 entries of a table. Arguments count steps of 1/12288, which bring
 * 16 bits to 10.7; results are Q0.15. The rounding mode has no part in it.
 *
 * @see "TensorFlow Lite, reference_integer_ops::Logistic and Tanh for int16; sigmoid_table_uint16"
 */
public final class SigmoidTable {
    /** Steps of an argument of 1. */
    private static final int ARGUMENT_ONE = 3 << 12;

    /** The largest multiplier of a {@link Argument}. */
    public static final int MULTIPLIER_MAX = Short.MAX_VALUE;

    private static final int SHIFT_MAX = 31;
    private static final double POWER_TOLERANCE = 1e-3;

    private static final int STEPS_OF_ONE = 24;
    private static final int LAST = 255;
    private static final int[] TABLE = table();

    private SigmoidTable() {}

    /** {@code sigmoid(i / 24)}, Q0.16, each raised by half of what is lost midway to the next; the last one stands for 1. */
    private static int[] table() {
        int[] table = new int[LAST + 1];
        for (int i = 0; i < LAST; i++) {
            double lost = sigmoid(i + 0.5) - (sigmoid(i) + sigmoid(i + 1)) / 2;
            table[i] = (int) Math.round(sigmoid(i) + lost / 2);
        }
        table[LAST] = (1 << 16) - 1;
        return table;
    }

    private static double sigmoid(double steps) {
        return (1 << 16) / (1 + StrictMath.exp(-steps / STEPS_OF_ONE));
    }

    /**
     * From an int16 value to an argument: {@code (value * multiplier + half) >> shift}.
     *
     * @param multiplier at most {@link #MULTIPLIER_MAX}
     * @param shift 0 .. 31
     */
    public record Argument(int multiplier, int shift) {
        /** Of {@link #logistic}: 15 bits of the scale, cut off; all of it where that is 2^-12, to one part in a thousand. */
        public static Argument ofLogistic(float scale) {
            return isPower(scale, -12) ? ofPower(-12) : of(scale);
        }

        /** Of {@link #tanh}, which takes 2^-11 in the same way. */
        public static Argument ofTanh(float scale) {
            return isPower(scale, -11) ? ofPower(-11) : ofLogistic(scale);
        }

        /** Of {@code scale = 2^power}, -43 .. 1. */
        public static Argument ofPower(int power) {
            return power >= -12 ? new Argument(3 << (power + 12), 0) : new Argument(3, -12 - power);
        }

        private static boolean isPower(float scale, int power) {
            return Math.abs(StrictMath.log(scale) / StrictMath.log(2) - power) < POWER_TOLERANCE;
        }

        private static Argument of(float scale) {
            double multiplier = factor(scale);
            int shift = 0;
            while (multiplier <= MULTIPLIER_MAX / 2.0 && shift < SHIFT_MAX) {
                multiplier *= 2;
                shift++;
            }
            return new Argument((int) multiplier, shift);
        }

        int of(int value) {
            int half = shift == 0 ? 0 : 1 << (shift - 1);
            return (value * multiplier + half) >> shift;
        }
    }

    /** Steps of an argument per step of an input; at most {@link #MULTIPLIER_MAX} is allowed. */
    public static double factor(float scale) {
        return (double) scale * ARGUMENT_ONE;
    }

    /** {@code 1 / (1 + exp(-x))}, 1 .. 32767. */
    public static int logistic(Argument scaling, int value) {
        int argument = scaling.of(value);
        int result = ofMagnitude(Math.abs(argument), 9, Short.MAX_VALUE << 10);
        int rounded = argument >= 0 ? result + (1 << 9) : (1 << 25) - result + (1 << 9) - 1;
        return rounded >> 10;
    }

    /** {@code 2 / (1 + exp(-2 x)) - 1}, -32767 .. 32767. */
    public static int tanh(Argument scaling, int value) {
        int argument = scaling.of(value);
        int above = ofMagnitude(Math.abs(argument), 8, 0xFFFF << 8) - (1 << 23);
        int rounded = argument >= 0 ? above + (1 << 7) : -above + (1 << 7) - 1;
        return rounded >> 8;
    }

    /** Table entries with {@code bits} more, for an argument that has as many bits between entries. */
    private static int ofMagnitude(int argument, int bits, int largest) {
        int entry = argument >> bits;
        if (entry >= LAST) {
            return largest;
        }
        int between = argument & ((1 << bits) - 1);
        return (TABLE[entry] << bits) + between * (TABLE[entry + 1] - TABLE[entry]);
    }
}
