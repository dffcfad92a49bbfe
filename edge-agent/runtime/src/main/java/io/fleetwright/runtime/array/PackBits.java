package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.BitCoding;
import io.fleetwright.runtime.kernel.BitPlaneProduct;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.List;

/**
 * From real values to planes of the bits of the integers of few bits that they are quantized to, for {@link
 * BitPlaneFunction}.
 *
 * <p>The input is float32; vectors run along {@code axis}. The output is INT64 with the other dimensions in their order,
 * and last the {@link BitPlaneProduct#leftLongs} of each vector. NaN counts as the least integer.
 *
 * @param steps how a value becomes an integer; bipolar ones are 1 from 0 on, else -1
 */
public record PackBits(BitCoding coding, Steps steps, int axis) implements ArrayFunction {
    /** {@code round(clip(x / scale + zeroPoint, least, most)) - zeroPoint}, in float32. */
    public record Steps(float scale, float zeroPoint, float least, float most, QuantRounding rounding) {
        /** For values that are already quantized, to integers of this range. */
        public static Steps ofQuantized(float scale, BitCoding coding) {
            return new Steps(scale, 0, coding.least(), coding.most(), QuantRounding.ROUND);
        }

        float of(float x) {
            float steps = Math.max(Math.min(x / scale + zeroPoint, most), least);
            double rounded = rounding == QuantRounding.ROUND ? Math.rint(steps) : rounding.apply(steps);
            return (float) rounded - zeroPoint;
        }
    }

    @Override
    public String name() {
        return "PackBits";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var x = inputs.get(0);
        ArrayFunction.requireType("x", x, TensorType.FLOAT32);
        int at = x.axis(axis);
        long[] shape = new long[x.rank()];
        int to = 0;
        for (int d = 0; d < x.rank(); d++) {
            if (d != at) {
                shape[to++] = x.dimension(d);
            }
        }
        shape[to] = (long) BitPlaneProduct.words(x.dimension(at)) * coding.planes();
        return List.of(ArrayType.of(TensorType.INT64, shape));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return new Packing(this, inputs.get(0), outputs.get(0));
    }

    private static final class Packing implements Kernel {
        private final PackBits function;
        private final Operand x;
        private final Operand out;
        private final Lanes lanes;
        /** Smallest real values that become the least integer plus 1, plus 2 and so on: quantizers never fall. */
        private final float[] thresholds;

        private final BitPlaneProduct product;

        Packing(PackBits function, Operand x, Operand out) {
            this.function = function;
            this.x = x;
            this.out = out;
            this.lanes = Lanes.of(x.type(), function.axis);
            this.thresholds = thresholds(function);
            this.product = new BitPlaneProduct(function.coding, BitCoding.BIPOLAR, 0, lanes.length());
        }

        private static float[] thresholds(PackBits function) {
            if (function.coding.kind() == BitCoding.Kind.BIPOLAR) {
                return new float[] {0};
            }
            var steps = function.steps;
            int least = (int) steps.of(Float.NEGATIVE_INFINITY);
            float[] thresholds = new float[(int) steps.of(Float.POSITIVE_INFINITY) - least];
            for (int i = 0; i < thresholds.length; i++) {
                thresholds[i] = threshold(steps, least + i + 1);
            }
            return thresholds;
        }

        /** Found by halving the range of all float32 numbers in their order. */
        private static float threshold(Steps steps, int integer) {
            long below = ordinal(Float.NEGATIVE_INFINITY);
            long reached = ordinal(Float.POSITIVE_INFINITY);
            while (reached - below > 1) {
                long middle = (below + reached) >> 1;
                if (steps.of(real(middle)) >= integer) {
                    reached = middle;
                } else {
                    below = middle;
                }
            }
            return real(reached);
        }

        /** Bits of a float, mapped so that numbers are in order. */
        private static long ordinal(float real) {
            int bits = Float.floatToRawIntBits(real);
            return bits < 0 ? -(long) (bits & Integer.MAX_VALUE) : bits;
        }

        private static float real(long ordinal) {
            int magnitude = (int) Math.abs(ordinal);
            return Float.intBitsToFloat(ordinal < 0 ? magnitude | Integer.MIN_VALUE : magnitude);
        }

        @Override
        public WorkspaceSize workspace() {
            return WorkspaceSize.ofInts(lanes.length());
        }

        /** Vectors. */
        @Override
        public int parts() {
            return lanes.count();
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            int[] values = workspace.ints;
            byte[] data = x.in(arena);
            int bytes = product.leftLongs() * Long.BYTES;
            boolean bipolar = function.coding.kind() == BitCoding.Kind.BIPOLAR;
            int least = bipolar ? -1 : (int) function.steps.of(Float.NEGATIVE_INFINITY);
            int step = bipolar ? 2 : 1;
            // The first three are compared with in registers; those that a coding lacks are NaN, which nothing reaches.
            float first = thresholds.length > 0 ? thresholds[0] : Float.NaN;
            float second = thresholds.length > 1 ? thresholds[1] : Float.NaN;
            float third = thresholds.length > 2 ? thresholds[2] : Float.NaN;
            for (int lane = from; lane < to; lane++) {
                int at = x.at() + 4 * lanes.start(lane);
                for (int k = 0; k < lanes.length(); k++) {
                    float value = Element.getFloat32(data, at + 4 * k * lanes.stride());
                    int reached = (value >= first ? 1 : 0) + (value >= second ? 1 : 0) + (value >= third ? 1 : 0);
                    for (int i = 3; i < thresholds.length; i++) {
                        reached += value >= thresholds[i] ? 1 : 0;
                    }
                    values[k] = least + step * reached;
                }
                product.packLeft(values, arena, out.at() + lane * bytes);
            }
        }

        @Override
        public String toString() {
            return "bits %s".formatted(function.coding);
        }
    }
}
