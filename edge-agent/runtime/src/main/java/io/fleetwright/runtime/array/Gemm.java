package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Nest;
import io.fleetwright.runtime.kernel.RowProduct;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code alpha * A * B + beta * C}, float32 matrices; C is optional and broadcasts. */
public record Gemm(float alpha, float beta, Order a, Order b) implements ArrayFunction {
    /** How a matrix is given. */
    public enum Order {
        PLAIN,
        TRANSPOSED
    }

    @Override
    public String name() {
        return "Gemm";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        for (int i = 0; i < 2; i++) {
            ArrayFunction.requireType("input " + i, inputs.get(i), TensorType.FLOAT32);
            ArrayFunction.requireRank("input " + i, inputs.get(i), 2);
        }
        var left = inputs.get(0);
        var right = inputs.get(1);
        int depth = left.dimension(a == Order.PLAIN ? 1 : 0);
        if (depth != right.dimension(b == Order.PLAIN ? 0 : 1)) {
            throw InferenceException.contradiction("product of %s (%s) and %s (%s)".formatted(left, a, right, b));
        }
        var out = ArrayType.of(
                TensorType.FLOAT32,
                left.dimension(a == Order.PLAIN ? 0 : 1),
                right.dimension(b == Order.PLAIN ? 1 : 0));
        if (inputs.has(2)) {
            ArrayFunction.requireType("c", inputs.get(2), TensorType.FLOAT32);
            Types.stretchesTo(out, inputs.get(2));
        }
        return List.of(out);
    }

    @Override
    public long macs(Slots<ArrayType> inputs, List<ArrayType> outputs) {
        return (long) outputs.getFirst().elements() * inputs.get(0).dimension(a == Order.PLAIN ? 1 : 0);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return kernel(inputs, outputs, RowProduct.SCALAR);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs, RowProduct rows) {
        return new Product(this, inputs.get(0), inputs.get(1), inputs.orNull(2), outputs.get(0), rows);
    }

    private static final class Product implements Kernel {
        private final Gemm function;
        private final RowProduct product;
        private final Operand left;
        private final @Nullable Operand bias;
        private final Operand out;
        private final FloatConstant right;
        private final float[] panel;
        private final @Nullable Nest biasNest;
        private final int rows;
        private final int depth;
        private final int columns;

        Product(Gemm function, Operand left, Operand right, @Nullable Operand bias, Operand out, RowProduct product) {
            this.product = product;
            this.function = function;
            this.left = left;
            this.right = new FloatConstant(right);
            this.bias = bias;
            this.out = out;
            this.rows = out.type().dimension(0);
            this.columns = out.type().dimension(1);
            this.depth = left.type().dimension(function.a == Order.PLAIN ? 1 : 0);
            this.panel = new float[right.type().elements()];
            this.biasNest = bias == null
                    ? null
                    : Nest.broadcast(out.type().shape(), bias.type().shape());
            if (this.right.isConstant()) {
                fillPanel(new byte[0]);
            }
        }

        /** {@code [depth][columns]}, whatever the order that B is given in. */
        private void fillPanel(byte[] arena) {
            float[] values = right.values(arena);
            if (function.b == Order.PLAIN) {
                System.arraycopy(values, 0, panel, 0, panel.length);
                return;
            }
            for (int j = 0; j < columns; j++) {
                for (int k = 0; k < depth; k++) {
                    panel[k * columns + j] = values[j * depth + k];
                }
            }
        }

        @Override
        public WorkspaceSize workspace() {
            return WorkspaceSize.ofFloats(depth + columns);
        }

        /** Rows of the output. */
        @Override
        public int parts() {
            return right.isConstant() ? rows : 1;
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            if (!right.isConstant()) {
                fillPanel(arena);
            }
            int last = right.isConstant() ? to : rows;
            float[] work = workspace.floats;
            byte[] data = left.in(arena);
            for (int row = from; row < last; row++) {
                for (int k = 0; k < depth; k++) {
                    int at = function.a == Order.PLAIN ? row * depth + k : k * rows + row;
                    work[k] = Element.getFloat32(data, left.at() + 4 * at);
                }
                Arrays.fill(work, depth, depth + columns, 0);
                product.accumulate(work, 0, depth, panel, 0, columns, work, depth);
                finish(arena, work, row);
                Element.writeFloats(work, depth, arena, out.at() + 4 * row * columns, columns);
            }
        }

        private void finish(byte[] arena, float[] work, int row) {
            if (function.alpha != 1) {
                for (int j = 0; j < columns; j++) {
                    work[depth + j] *= function.alpha;
                }
            }
            if (bias == null || biasNest == null) {
                return;
            }
            byte[] data = bias.in(arena);
            for (int j = 0; j < columns; j++) {
                int at = biasNest.offset(0, row * columns + j);
                work[depth + j] += function.beta * Element.getFloat32(data, bias.at() + 4 * at);
            }
        }
    }
}
