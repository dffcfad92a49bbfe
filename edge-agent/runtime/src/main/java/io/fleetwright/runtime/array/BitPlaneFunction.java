package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.BitCoding;
import io.fleetwright.runtime.kernel.BitPlaneProduct;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Products of integers of few bits with constant weights of few bits, see {@link BitPlaneProduct}: {@code out[u] =
 * scale[u] * sum_k x[k] * w[u][k] + bias[u]}, sums exact, the rest float32.
 *
 * <p>Inputs are x as {@link PackBits} leaves it, float32 scales of {@code units}, float32 biases of {@code units} or none,
 * and the weights: constant INT64 {@code [taps, words, planes, units]}.
 */
public sealed interface BitPlaneFunction extends ArrayFunction {
    /** What x is packed as. */
    BitCoding left();

    /** What the weights are packed as. */
    BitCoding right();

    /** Elements of each vector; with several taps, of each tap's. */
    int depth();

    @Override
    default String carrier() {
        return "bit-planes";
    }

    /** Checks what all products have in common, and answers how many units there are. */
    private int check(Slots<ArrayType> inputs, int taps) throws InferenceException {
        ArrayFunction.requireType("x", inputs.get(0), TensorType.INT64);
        int units = inputs.get(1).elements();
        var product = new BitPlaneProduct(left(), right(), units, depth());
        var x = inputs.get(0);
        if (x.rank() < 2 || x.dimension(x.rank() - 1) != product.leftLongs()) {
            throw InferenceException.contradiction("x %s of %d elements of %s".formatted(x, depth(), left()));
        }
        for (int i = 1; i < 3; i++) {
            if (inputs.has(i)) {
                ArrayFunction.requireType("input " + i, inputs.get(i), TensorType.FLOAT32);
                ArrayFunction.requireElements("input " + i, inputs.get(i), units);
            }
        }
        ArrayFunction.requireType("weights", inputs.get(3), TensorType.INT64);
        ArrayFunction.requireElements("weights", inputs.get(3), Math.multiplyExact(taps, product.rightLongs()));
        return units;
    }

    /** Rows {@code [..., leftLongs]}; the output is {@code [..., units]}. */
    record Dense(String name, BitCoding left, BitCoding right, int depth) implements BitPlaneFunction {
        @Override
        public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
            int units = ((BitPlaneFunction) this).check(inputs, 1);
            int[] shape = inputs.get(0).shape();
            shape[shape.length - 1] = units;
            return List.of(ArrayType.of(TensorType.FLOAT32, shape));
        }

        @Override
        public long macs(Slots<ArrayType> inputs, List<ArrayType> outputs) {
            return (long) outputs.getFirst().elements() * depth;
        }

        @Override
        public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
            var out = outputs.get(0);
            int units = inputs.get(1).type().elements();
            return new Product(this, 1, inputs, out, out.type().elements() / Math.max(units, 1));
        }
    }

    /**
     * Images {@code [batch, height, width, leftLongs]}; the output is {@code [batch, units, height, width]}. Padding adds
     * nothing.
     *
     * @param window of two dimensions
     * @param depth channels
     */
    record Conv(SpatialWindow window, BitCoding left, BitCoding right, int depth) implements BitPlaneFunction {
        @Override
        public String name() {
            return "Conv";
        }

        @Override
        public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
            window.check();
            var x = inputs.get(0);
            ArrayFunction.requireRank("x", x, 4);
            if (window.kernel().size() != 2) {
                throw InferenceException.contradiction("window %s on images".formatted(window));
            }
            int units = ((BitPlaneFunction) this).check(inputs, window.positions());
            return List.of(ArrayType.of(
                    TensorType.FLOAT32,
                    x.dimension(0),
                    units,
                    window.fitting(0, x.dimension(1)),
                    window.fitting(1, x.dimension(2))));
        }

        @Override
        public long macs(Slots<ArrayType> inputs, List<ArrayType> outputs) {
            return (long) outputs.getFirst().elements() * depth * window.positions();
        }

        @Override
        public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
            var out = outputs.get(0).type();
            return new Sliding(
                    new Product(this, window.positions(), inputs, outputs.get(0), out.dimension(0)),
                    inputs.get(0).type(),
                    out,
                    window);
        }
    }

    /** The product itself, and the kernel of {@link Dense}. */
    final class Product implements Kernel {
        private final BitPlaneProduct product;
        private final BitCoding left;
        private final BitCoding right;
        private final Operand x;
        private final Operand out;
        private final long[] weights;
        /** {@code [taps][units]}. */
        private final int[] starts;

        private final float[] scales;
        private final float @Nullable [] bias;
        private final int units;
        private final int rows;

        private Product(BitPlaneFunction function, int taps, Slots<Operand> inputs, Operand out, int rows) {
            this.left = function.left();
            this.right = function.right();
            this.x = inputs.get(0);
            this.out = out;
            this.rows = rows;
            this.units = inputs.get(1).type().elements();
            this.product = new BitPlaneProduct(left, right, units, function.depth());
            this.scales = floats(inputs.get(1));
            this.bias = inputs.has(2) ? floats(inputs.get(2)) : null;
            this.weights = new long[inputs.get(3).type().elements()];
            var packed = inputs.get(3);
            for (int i = 0; i < weights.length; i++) {
                weights[i] = Element.of(TensorType.INT64).getLong(packed.in(new byte[0]), packed.at(), i);
            }
            this.starts = new int[taps * units];
            for (int tap = 0; tap < taps; tap++) {
                product.addConstantPart(weights, tap * product.rightLongs(), starts, tap * units);
            }
        }

        private static float[] floats(Operand constant) {
            return new FloatConstant(constant).values(new byte[0]);
        }

        @Override
        public WorkspaceSize workspace() {
            return new WorkspaceSize(0, 0, units, units, 0);
        }

        @Override
        public int parts() {
            return rows;
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            for (int row = from; row < to; row++) {
                Arrays.fill(workspace.ints, 0, units, 0);
                add(arena, row, 0, workspace.ints);
                finish(workspace);
                Element.writeFloats(workspace.floats, 0, arena, out.at() + 4 * row * units, units);
            }
        }

        /** Adds the product of one vector with one tap's weights to the sums of all units. */
        private void add(byte[] arena, int vector, int tap, int[] sums) {
            for (int unit = 0; unit < units; unit++) {
                sums[unit] += starts[tap * units + unit];
            }
            int at = x.at() + vector * product.leftLongs() * Long.BYTES;
            product.accumulate(x.in(arena), at, weights, tap * product.rightLongs(), sums);
        }

        /** From sums to real values. */
        private void finish(Workspace workspace) {
            for (int unit = 0; unit < units; unit++) {
                workspace.floats[unit] = workspace.ints[unit] * scales[unit];
            }
            for (int unit = 0; bias != null && unit < units; unit++) {
                workspace.floats[unit] += bias[unit];
            }
        }

        @Override
        public String toString() {
            return "bit-planes %s x %s".formatted(left, right);
        }
    }

    /** The kernel of {@link Conv}: each position adds up the taps that are inside the image. */
    final class Sliding implements Kernel {
        private final Product product;
        private final WindowWalk walk;
        private final int batch;
        private final int inArea;
        private final int taps;

        private Sliding(Product product, ArrayType x, ArrayType out, SpatialWindow window) {
            this.product = product;
            this.batch = x.dimension(0);
            this.inArea = x.product(1, 3);
            // As channels first, for the walk.
            this.walk = new WindowWalk(window, channelsFirst(x), out);
            this.taps = window.positions();
        }

        private static ArrayType channelsFirst(ArrayType x) {
            try {
                return ArrayType.of(x.type(), x.dimension(0), x.dimension(3), x.dimension(1), x.dimension(2));
            } catch (InferenceException impossible) {
                throw new IllegalStateException("as many elements as before", impossible);
            }
        }

        @Override
        public WorkspaceSize workspace() {
            return product.workspace();
        }

        /** Positions of all images. */
        @Override
        public int parts() {
            return batch * walk.outArea();
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            int area = walk.outArea();
            int units = product.units;
            for (int part = from; part < to; part++) {
                int n = part / area;
                int position = part % area;
                Arrays.fill(workspace.ints, 0, units, 0);
                for (int tap = 0; tap < taps; tap++) {
                    int source = walk.source(position, tap);
                    if (source >= 0) {
                        product.add(arena, n * inArea + source, tap, workspace.ints);
                    }
                }
                product.finish(workspace);
                int at = product.out.at() + 4 * (n * units * area + position);
                for (int unit = 0; unit < units; unit++) {
                    Element.setFloat32(arena, at + 4 * unit * area, workspace.floats[unit]);
                }
            }
        }

        @Override
        public String toString() {
            return product.toString();
        }
    }
}
