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
 * and last the {@link BitPlaneProduct#leftLongs} of each vector. NaN counts as 0, and as -1 where values are bipolar.
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
        private final BitPlaneProduct product;

        Packing(PackBits function, Operand x, Operand out) {
            this.function = function;
            this.x = x;
            this.out = out;
            this.lanes = Lanes.of(x.type(), function.axis);
            this.product = new BitPlaneProduct(function.coding, BitCoding.BIPOLAR, 0, lanes.length());
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
            var steps = function.steps;
            boolean bipolar = function.coding.kind() == BitCoding.Kind.BIPOLAR;
            for (int lane = from; lane < to; lane++) {
                int at = x.at() + 4 * lanes.start(lane);
                for (int k = 0; k < lanes.length(); k++) {
                    float value = Element.getFloat32(data, at + 4 * k * lanes.stride());
                    values[k] = bipolar ? (value >= 0 ? 1 : -1) : (int) steps.of(value);
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
