package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of 8-bit arrays, summed in int32; padding counts as the input's zero point.
 *
 * <p>ConvInteger: inputs x, filters and optionally their zero points; the output is the sums. QLinearConv: inputs x, its
 * scale and zero point, filters, their scale and zero point, scale and zero point of the output, and optionally an int32
 * bias; see {@link IntegerOutput}.
 */
public record IntegerConvolution(IntegerMatMul.Form form, SpatialWindow window, int groups) implements ArrayFunction {
    @Override
    public String name() {
        return form == IntegerMatMul.Form.SUMS ? "ConvInteger" : "QLinearConv";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        boolean sums = form == IntegerMatMul.Form.SUMS;
        var x = inputs.get(0);
        var filters = inputs.get(sums ? 1 : 3);
        var type = sums ? TensorType.INT32 : inputs.get(7).type();
        var out = Convolution.output(window, groups, x, filters, type);
        IntegerOutput.checkOperand("x", x, sums ? null : inputs.get(1), inputs.orNull(2), 1);
        IntegerOutput.checkOperand(
                "filters", filters, sums ? null : inputs.get(4), inputs.orNull(sums ? 3 : 5), out.dimension(1));
        if (!sums) {
            IntegerOutput.checkOperand("y", out, inputs.get(6), inputs.get(7), 1);
            if (inputs.has(8)) {
                ArrayFunction.requireType("bias", inputs.get(8), TensorType.INT32);
                ArrayFunction.requireElements("bias", inputs.get(8), out.dimension(1));
            }
        }
        return List.of(out);
    }

    @Override
    public long macs(Slots<ArrayType> inputs, List<ArrayType> outputs) {
        var filters = inputs.get(form == IntegerMatMul.Form.SUMS ? 1 : 3);
        return (long) outputs.getFirst().elements() * filters.product(1, filters.rank());
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var out = outputs.get(0);
        if (form == IntegerMatMul.Form.SUMS) {
            var sums = IntegerOutput.sums(out);
            return new Sliding(this, inputs.get(0), inputs.get(1), inputs.orNull(2), inputs.orNull(3), null, sums);
        }
        var scaled = new IntegerOutput(
                IntegerOutput.Factor.ONCE, out, inputs.get(1), inputs.get(4), inputs.get(6), inputs.get(7));
        return new Sliding(
                this, inputs.get(0), inputs.get(3), inputs.orNull(2), inputs.orNull(5), inputs.orNull(8), scaled);
    }

    private static final class Sliding implements Kernel {
        private final Operand x;
        private final Operand filters;
        private final @Nullable Operand zeroX;
        private final @Nullable Operand zeroFilters;
        private final @Nullable Operand bias;
        private final IntegerOutput output;
        private final WindowWalk walk;
        private final int channels;
        private final int unitsPerGroup;

        Sliding(
                IntegerConvolution function,
                Operand x,
                Operand filters,
                @Nullable Operand zeroX,
                @Nullable Operand zeroFilters,
                @Nullable Operand bias,
                IntegerOutput output) {
            this.x = x;
            this.filters = filters;
            this.zeroX = zeroX;
            this.zeroFilters = zeroFilters;
            this.bias = bias;
            this.output = output;
            this.walk = new WindowWalk(function.window, x.type(), output.out().type());
            this.channels = filters.type().dimension(1);
            this.unitsPerGroup = filters.type().dimension(0) / function.groups;
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            int units = filters.type().dimension(0);
            int zeroIn = IntegerOutput.zeroPoint(zeroX, arena, 0);
            for (int index = 0; index < output.out().type().elements(); index++) {
                int unit = index / walk.outArea() % units;
                int n = index / walk.outArea() / units;
                int firstChannel = n * x.type().dimension(1) + unit / unitsPerGroup * channels;
                int zeroFilter = IntegerOutput.zeroPoint(zeroFilters, arena, unit);
                int sum = bias == null ? 0 : Element.getInt32(bias.in(arena), bias.at() + 4 * unit);
                sum += sum(arena, index % walk.outArea(), firstChannel, unit, zeroIn, zeroFilter);
                output.store(arena, index, unit, sum);
            }
        }

        private int sum(byte[] arena, int position, int firstChannel, int unit, int zeroIn, int zeroFilter) {
            var values = Element.of(x.type().type());
            var weights = Element.of(filters.type().type());
            byte[] data = x.in(arena);
            byte[] weightData = filters.in(arena);
            int sum = 0;
            for (int tap = 0; tap < walk.taps(); tap++) {
                int source = walk.source(position, tap);
                if (source < 0) {
                    continue;
                }
                for (int c = 0; c < channels; c++) {
                    int value = (int) values.getLong(data, x.at(), (firstChannel + c) * walk.inArea() + source);
                    int weight =
                            (int) weights.getLong(weightData, filters.at(), (unit * channels + c) * walk.taps() + tap);
                    sum += (value - zeroIn) * (weight - zeroFilter);
                }
            }
            return sum;
        }
    }
}
