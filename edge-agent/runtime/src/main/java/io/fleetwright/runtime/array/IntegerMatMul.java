package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Product of 8-bit matrices, summed in int32.
 *
 * <p>MatMulInteger: inputs a, b and optionally their zero points; the output is the sums. QLinearMatMul: inputs a, its
 * scale and zero point, b, its scale and zero point, and those of the output; see {@link IntegerOutput}.
 */
public record IntegerMatMul(Form form) implements ArrayFunction {
    /** Which of the two. */
    public enum Form {
        SUMS,
        QUANTIZED
    }

    @Override
    public String name() {
        return form == Form.SUMS ? "MatMulInteger" : "QLinearMatMul";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        boolean sums = form == Form.SUMS;
        var a = inputs.get(0);
        var b = inputs.get(sums ? 1 : 3);
        var shapes = MatrixShapes.of(a, b);
        IntegerOutput.checkOperand("a", a, sums ? null : inputs.get(1), inputs.orNull(2), 1);
        IntegerOutput.checkOperand("b", b, sums ? null : inputs.get(4), inputs.orNull(sums ? 3 : 5), shapes.columns());
        if (sums) {
            return List.of(shapes.output(TensorType.INT32));
        }
        var out = shapes.output(inputs.get(7).type());
        IntegerOutput.checkOperand("y", out, inputs.get(6), inputs.get(7), 1);
        return List.of(out);
    }

    @Override
    public long macs(Slots<ArrayType> inputs, List<ArrayType> outputs) {
        var a = inputs.get(0);
        return (long) outputs.getFirst().elements() * a.dimension(a.rank() - 1);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var out = outputs.get(0);
        if (form == Form.SUMS) {
            var sums = IntegerOutput.sums(out);
            return new Product(inputs.get(0), inputs.get(1), inputs.orNull(2), inputs.orNull(3), sums);
        }
        var factor =
                inputs.get(4).type().elements() == 1 ? IntegerOutput.Factor.PRODUCT_FIRST : IntegerOutput.Factor.ONCE;
        var scaled = new IntegerOutput(factor, out, inputs.get(1), inputs.get(4), inputs.get(6), inputs.get(7));
        return new Product(inputs.get(0), inputs.get(3), inputs.orNull(2), inputs.orNull(5), scaled);
    }

    private static final class Product implements Kernel {
        private final Operand a;
        private final Operand b;
        private final @Nullable Operand zeroA;
        private final @Nullable Operand zeroB;
        private final IntegerOutput output;
        private final MatrixShapes shapes;

        Product(Operand a, Operand b, @Nullable Operand zeroA, @Nullable Operand zeroB, IntegerOutput output) {
            this.a = a;
            this.b = b;
            this.zeroA = zeroA;
            this.zeroB = zeroB;
            this.output = output;
            this.shapes = MatrixShapes.checked(a.type(), b.type());
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var left = Element.of(a.type().type());
            var right = Element.of(b.type().type());
            byte[] leftData = a.in(arena);
            byte[] rightData = b.in(arena);
            int columns = shapes.columns();
            int zeroLeft = IntegerOutput.zeroPoint(zeroA, arena, 0);
            for (int index = 0; index < output.out().type().elements(); index++) {
                int column = index % columns;
                int row = index / columns % shapes.rows();
                int batch = index / columns / shapes.rows();
                int l = shapes.leftStart(batch) + row * shapes.depth();
                int r = shapes.rightStart(batch) + column;
                int zeroRight = IntegerOutput.zeroPoint(zeroB, arena, column);
                int sum = 0;
                for (int k = 0; k < shapes.depth(); k++) {
                    int x = (int) left.getLong(leftData, a.at(), l + k) - zeroLeft;
                    int w = (int) right.getLong(rightData, b.at(), r + k * columns) - zeroRight;
                    sum += x * w;
                }
                output.store(arena, index, column, sum);
            }
        }
    }
}
