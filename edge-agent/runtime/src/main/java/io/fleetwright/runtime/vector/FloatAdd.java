package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Requantizer;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Optional;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Element-wise addition and subtraction as two multiply-adds of float32, where that was proved to give the reference's bytes.
 *
 * <p>An output depends on two bytes, so that there are 65,536 cases. All are tried when the kernel is made; a few
 * neighbouring constants as well, since float32 misses the fixed-point result in about one case of the 65,536.
 */
final class FloatAdd implements Kernel {
    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final int LANES = FLOATS.length();
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(LANES == 16 ? 128 : 64));
    private static final float MAGIC = 0x1.8p23f;
    private static final int MAGIC_BITS = Float.floatToRawIntBits(MAGIC);
    /** Half of what {@link #MAGIC} can round. */
    private static final double SCALED_MAX = 1 << 21;

    /** A quarter of the last bit of a float near 128. */
    private static final double OFFSET_STEP = 0x1p-19;

    private static final int CHUNK = 1024;
    /** Below this, threads cost more than they bring. */
    private static final int PART = 16 * CHUNK;

    /** Neighbours of a constant that are tried, nearest first. */
    private static final int[] DISTANCES = {0, 1, -1, 2, -2, 3, -3, 4, -4, 6, -6, 8, -8};

    private final Constants constants;
    private final int leftAt;
    private final int rightAt;
    private final int outputAt;
    private final int count;

    /**
     * @param constants that were proved for the two inputs and the output
     * @param leftAt where the left input starts in the arena
     * @param count elements
     */
    FloatAdd(Constants constants, int leftAt, int rightAt, int outputAt, int count) {
        this.constants = constants;
        this.leftAt = leftAt;
        this.rightAt = rightAt;
        this.outputAt = outputAt;
        this.count = count;
    }

    /** Registers whose bytes fill a vector of bytes; narrower ones gain nothing. */
    static boolean isUseful() {
        return LANES >= 8;
    }

    /**
     * {@code round(l * left + r * right + offset)}, clamped.
     *
     * @param lowBits smallest output as {@link #MAGIC} leaves it
     * @param highBits largest output likewise
     */
    record Constants(float left, float right, float offset, int lowBits, int highBits) {
        /**
         * Constants that give the reference's bytes for all pairs, if they are found.
         *
         * @param left scale of the left input by that of the output
         * @param right the same of the right input, negative when that is subtracted
         * @param leftZero zero point of the left input
         * @param rightZero of the right input
         * @param expected the reference's output for each left byte from -128 on and, within it, each right byte
         * @param requantizer gives the output's zero point and clamp
         */
        static Optional<Constants> find(
                double left, double right, int leftZero, int rightZero, byte[] expected, Requantizer requantizer) {
            double offset = requantizer.zeroPoint() - leftZero * left - rightZero * right;
            if (!(256 * (left + Math.abs(right)) < SCALED_MAX)) {
                return Optional.empty();
            }
            for (int distance : DISTANCES) {
                float shifted = (float) (offset + distance * OFFSET_STEP);
                for (int factor : new int[] {0, 1, -1}) {
                    var constants = new Constants(
                            (float) left,
                            Float.intBitsToFloat(Float.floatToRawIntBits((float) right) + factor),
                            shifted,
                            MAGIC_BITS + requantizer.low() + requantizer.zeroPoint(),
                            MAGIC_BITS + requantizer.high() + requantizer.zeroPoint());
                    if (constants.agree(expected)) {
                        return Optional.of(constants);
                    }
                }
            }
            return Optional.empty();
        }

        private boolean agree(byte[] expected) {
            int at = 0;
            for (int l = Byte.MIN_VALUE; l <= Byte.MAX_VALUE; l++) {
                for (int r = Byte.MIN_VALUE; r <= Byte.MAX_VALUE; r++) {
                    float scaled = Math.fma((float) l, left, Math.fma((float) r, right, offset));
                    int found = Math.min(Math.max(Float.floatToRawIntBits(scaled + MAGIC), lowBits), highBits);
                    if ((byte) found != expected[at++]) {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofFloats(2 * (CHUNK + LANES));
    }

    /** Stretches of elements. */
    @Override
    public int parts() {
        return Math.ceilDiv(count, PART);
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        int end = Math.min(count, to * PART);
        for (int at = from * PART; at < end; at += CHUNK) {
            int some = Math.min(CHUNK, end - at);
            Lanes.widen(arena, leftAt + at, workspace.floats, 0, some);
            Lanes.widen(arena, rightAt + at, workspace.floats, CHUNK + LANES, some);
            int whole = some - some % LANES;
            add(workspace.floats, whole, arena, outputAt + at);
            if (whole < some) {
                rest(workspace.floats, whole, some, workspace.few, arena, outputAt + at);
            }
        }
    }

    private void add(float[] values, int some, byte[] out, int to) {
        var a = FloatVector.broadcast(FLOATS, constants.left);
        var b = FloatVector.broadcast(FLOATS, constants.right);
        var start = FloatVector.broadcast(FLOATS, constants.offset);
        for (int i = 0; i < some; i += LANES) {
            var partial =
                    FloatVector.fromArray(FLOATS, values, CHUNK + LANES + i).fma(b, start);
            var rounded =
                    FloatVector.fromArray(FLOATS, values, i).fma(a, partial).add(MAGIC);
            var clamped = rounded.reinterpretAsInts().max(constants.lowBits).min(constants.highBits);
            ((ByteVector) clamped.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(out, to + i);
        }
    }

    private void rest(float[] values, int from, int some, int[] few, byte[] out, int to) {
        var partial = FloatVector.fromArray(FLOATS, values, CHUNK + LANES + from)
                .fma(FloatVector.broadcast(FLOATS, constants.right), FloatVector.broadcast(FLOATS, constants.offset));
        IntVector rounded = FloatVector.fromArray(FLOATS, values, from)
                .fma(FloatVector.broadcast(FLOATS, constants.left), partial)
                .add(MAGIC)
                .reinterpretAsInts();
        rounded.max(constants.lowBits).min(constants.highBits).intoArray(few, 0);
        for (int i = from; i < some; i++) {
            out[to + i] = (byte) few[i - from];
        }
    }

    @Override
    public String carrier() {
        return "float32 x%d, all pairs proved".formatted(LANES);
    }
}
