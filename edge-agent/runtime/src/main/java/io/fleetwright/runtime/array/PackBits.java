package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.BitCoding;
import io.fleetwright.runtime.kernel.BitPlaneProduct;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.List;

/**
 * From real values that are {@code scale} times an integer of few bits to planes of those bits, for {@link
 * BitPlaneFunction}.
 *
 * <p>The input is float32; vectors run along {@code axis}. The output is INT64 with the other dimensions in their order,
 * and last the {@link BitPlaneProduct#leftLongs} of each vector. A value that is no such number, as NaN is none, counts
 * as the nearest one, NaN as 0.
 *
 * @param coding bipolar values are told by their sign
 */
public record PackBits(BitCoding coding, float scale, int axis) implements ArrayFunction {
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
            float scale = function.scale;
            int least = function.coding.least();
            int most = function.coding.most();
            for (int lane = from; lane < to; lane++) {
                int at = x.at() + 4 * lanes.start(lane);
                for (int k = 0; k < lanes.length(); k++) {
                    float steps = Element.getFloat32(data, at + 4 * k * lanes.stride()) / scale;
                    values[k] = Math.clamp((int) Math.rint(steps), least, most);
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
