package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.RowProduct;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Arrays;
import java.util.List;

/** Matrix product over the last two dimensions, float32; the others broadcast, and vectors count as one row or column. */
public record MatMul() implements ArrayFunction {
    @Override
    public String name() {
        return "MatMul";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        ArrayFunction.requireType("a", inputs.get(0), TensorType.FLOAT32);
        ArrayFunction.requireType("b", inputs.get(1), TensorType.FLOAT32);
        return List.of(MatrixShapes.of(inputs.get(0), inputs.get(1)).output(TensorType.FLOAT32));
    }

    @Override
    public long macs(Slots<ArrayType> inputs, List<ArrayType> outputs) {
        var a = inputs.get(0);
        return (long) outputs.getFirst().elements() * a.dimension(a.rank() - 1);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return kernel(inputs, outputs, RowProduct.SCALAR);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs, RowProduct rows) {
        return new Product(inputs.get(0), inputs.get(1), outputs.get(0), rows);
    }

    private static final class Product implements Kernel {
        private final Operand a;
        private final Operand out;
        private final FloatConstant b;
        private final MatrixShapes shapes;
        private final RowProduct rows;

        Product(Operand a, Operand b, Operand out, RowProduct rows) {
            this.rows = rows;
            this.a = a;
            this.out = out;
            this.b = new FloatConstant(b);
            this.shapes = MatrixShapes.checked(a.type(), b.type());
        }

        @Override
        public WorkspaceSize workspace() {
            return WorkspaceSize.ofFloats(shapes.depth() + shapes.columns());
        }

        /** Rows of the output. */
        @Override
        public int parts() {
            return b.isConstant() ? shapes.batches() * shapes.rows() : 1;
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            float[] panel = b.values(arena);
            int last = b.isConstant() ? to : shapes.batches() * shapes.rows();
            float[] work = workspace.floats;
            int depth = shapes.depth();
            int columns = shapes.columns();
            for (int part = from; part < last; part++) {
                int batch = part / shapes.rows();
                int first = shapes.leftStart(batch) + part % shapes.rows() * depth;
                Element.readFloats(a.in(arena), a.at() + 4 * first, work, 0, depth);
                Arrays.fill(work, depth, depth + columns, 0);
                rows.accumulate(work, 0, depth, panel, shapes.rightStart(batch), columns, work, depth);
                Element.writeFloats(work, depth, arena, out.at() + 4 * part * columns, columns);
            }
        }
    }
}
