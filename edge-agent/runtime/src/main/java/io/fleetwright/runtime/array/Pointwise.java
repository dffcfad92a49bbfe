package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Nest;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/**
 * Combines broadcast arrays element by element, left to right.
 *
 * <p>Floats are combined in double and rounded to their type at each step; for the four basic operations on float32 and
 * float16 that is the same as computing in the type itself.
 *
 * @param real for floats
 * @param whole for integers and booleans, modulo the type's size
 * @param unsignedLong for UINT64, given as longs of the same bits
 */
public record Pointwise(
        String name,
        Set<TensorType> types,
        Operands operands,
        Result result,
        DoubleBinaryOperator real,
        LongBinaryOperator whole,
        LongBinaryOperator unsignedLong)
        implements ArrayFunction {
    /** What the inputs have in common. */
    public enum Operands {
        /** Exactly two of one type. */
        TWO,
        /** Two; the second may have another type and is read as a real number. */
        TWO_MIXED,
        /** Two; the second does not stretch the first. */
        TWO_SECOND_STRETCHES,
        /** One or more of one type. */
        MANY
    }

    /** The type of the output. */
    public enum Result {
        SAME,
        BOOL
    }

    private static Pointwise numbers(
            String name, Operands operands, DoubleBinaryOperator real, LongBinaryOperator whole) {
        return new Pointwise(name, Types.NUMBERS, operands, Result.SAME, real, whole, whole);
    }

    public static Pointwise add() {
        return numbers("Add", Operands.TWO, (a, b) -> a + b, (a, b) -> a + b);
    }

    public static Pointwise sub() {
        return numbers("Sub", Operands.TWO, (a, b) -> a - b, (a, b) -> a - b);
    }

    public static Pointwise mul() {
        return numbers("Mul", Operands.TWO, (a, b) -> a * b, (a, b) -> a * b);
    }

    /** Integers truncate; what the standard leaves open, division by 0, is 0. */
    public static Pointwise div() {
        return new Pointwise(
                "Div",
                Types.NUMBERS,
                Operands.TWO,
                Result.SAME,
                (a, b) -> a / b,
                (a, b) -> b == 0 ? 0 : a / b,
                (a, b) -> b == 0 ? 0 : Long.divideUnsigned(a, b));
    }

    public static Pointwise pow() {
        return new Pointwise(
                "Pow",
                Types.NUMBERS,
                Operands.TWO_MIXED,
                Result.SAME,
                StrictMath::pow,
                (a, b) -> (long) StrictMath.pow((double) a, (double) b),
                (a, b) -> (long) StrictMath.pow((double) a, (double) b));
    }

    public static Pointwise prelu() {
        return numbers(
                "PRelu",
                Operands.TWO_SECOND_STRETCHES,
                (x, slope) -> x < 0 ? x * slope : x,
                (x, slope) -> x < 0 ? x * slope : x);
    }

    public static Pointwise min() {
        return new Pointwise(
                "Min",
                Types.NUMBERS,
                Operands.MANY,
                Result.SAME,
                Math::min,
                Math::min,
                (a, b) -> Long.compareUnsigned(a, b) < 0 ? a : b);
    }

    public static Pointwise max() {
        return new Pointwise(
                "Max",
                Types.NUMBERS,
                Operands.MANY,
                Result.SAME,
                Math::max,
                Math::max,
                (a, b) -> Long.compareUnsigned(a, b) > 0 ? a : b);
    }

    public static Pointwise sum() {
        return numbers("Sum", Operands.MANY, (a, b) -> a + b, (a, b) -> a + b);
    }

    public static Pointwise shiftLeft() {
        return shift((a, b) -> b < 0 || b > 63 ? 0 : a << b);
    }

    public static Pointwise shiftRight() {
        return shift((a, b) -> b < 0 || b > 63 ? 0 : a >>> b);
    }

    private static Pointwise shift(LongBinaryOperator shift) {
        var types = Set.of(TensorType.UINT8, TensorType.UINT16, TensorType.UINT32, TensorType.UINT64);
        return new Pointwise("BitShift", types, Operands.TWO, Result.SAME, (a, b) -> a, shift, shift);
    }

    public static Pointwise equal() {
        LongBinaryOperator equal = (a, b) -> a == b ? 1 : 0;
        return new Pointwise(
                "Equal", Types.WHOLE_BYTES, Operands.TWO, Result.BOOL, (a, b) -> a == b ? 1 : 0, equal, equal);
    }

    public static Pointwise less() {
        return new Pointwise(
                "Less",
                Types.NUMBERS,
                Operands.TWO,
                Result.BOOL,
                (a, b) -> a < b ? 1 : 0,
                (a, b) -> a < b ? 1 : 0,
                (a, b) -> Long.compareUnsigned(a, b) < 0 ? 1 : 0);
    }

    public static Pointwise greater() {
        return new Pointwise(
                "Greater",
                Types.NUMBERS,
                Operands.TWO,
                Result.BOOL,
                (a, b) -> a > b ? 1 : 0,
                (a, b) -> a > b ? 1 : 0,
                (a, b) -> Long.compareUnsigned(a, b) > 0 ? 1 : 0);
    }

    public static Pointwise and() {
        return logic("And", (a, b) -> a & b);
    }

    public static Pointwise or() {
        return logic("Or", (a, b) -> a | b);
    }

    private static Pointwise logic(String name, LongBinaryOperator operator) {
        return new Pointwise(name, Types.BOOLEANS, Operands.TWO, Result.BOOL, (a, b) -> a, operator, operator);
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        int count = inputs.count();
        if (operands == Operands.MANY ? count < 1 : count != 2) {
            throw InferenceException.contradiction("%d inputs".formatted(count));
        }
        var all = new ArrayType[count];
        for (int i = 0; i < count; i++) {
            all[i] = inputs.get(i);
            Types.require("input " + i, all[i], types);
            if (operands != Operands.TWO_MIXED) {
                Types.same("input " + i, all[i], all[0]);
            }
        }
        if (operands == Operands.TWO_SECOND_STRETCHES) {
            Types.stretchesTo(all[0], all[1]);
        }
        var type = result == Result.BOOL ? TensorType.BOOL : all[0].type();
        return List.of(Types.broadcast(type, all));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var out = outputs.get(0);
        var operandList = new ArrayList<Operand>();
        for (int i = 0; i < inputs.count(); i++) {
            operandList.add(inputs.get(i));
        }
        var in = operandList.toArray(Operand[]::new);
        var nest = Nest.broadcast(
                out.type().shape(),
                operandList.stream().map(operand -> operand.type().shape()).toArray(int[][]::new));
        var type = in[0].type().type();
        if (Element.isFloat(type) || operands == Operands.TWO_MIXED) {
            return new RealKernel(real, in, out, nest);
        }
        return new WholeKernel(type == TensorType.UINT64 ? unsignedLong : whole, in, out, nest);
    }

    private record RealKernel(DoubleBinaryOperator operator, Operand[] in, Operand out, Nest nest) implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var results = Element.of(out.type().type());
            int length = nest.rowLength();
            for (int k = in.length == 1 ? 0 : 1; k < in.length; k++) {
                // The first pair starts the output, each further operand is combined with it.
                boolean first = k <= 1;
                var left = first ? in[0] : out;
                var lefts = Element.of(left.type().type());
                var rights = Element.of(in[k].type().type());
                byte[] leftData = left.in(arena);
                byte[] rightData = in[k].in(arena);
                for (int row = 0; row < nest.rows(); row++) {
                    int l = first ? nest.start(0, row) : row * length;
                    int r = nest.start(k, row);
                    int leftStep = first ? nest.step(0) : 1;
                    int rightStep = nest.step(k);
                    for (int i = 0; i < length; i++) {
                        double a = lefts.getDouble(leftData, left.at(), l + i * leftStep);
                        double b = rights.getDouble(rightData, in[k].at(), r + i * rightStep);
                        double value = k == 0 ? a : operator.applyAsDouble(a, b);
                        results.setDouble(arena, out.at(), row * length + i, value);
                    }
                }
            }
        }
    }

    private record WholeKernel(LongBinaryOperator operator, Operand[] in, Operand out, Nest nest) implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var results = Element.of(out.type().type());
            int length = nest.rowLength();
            for (int k = in.length == 1 ? 0 : 1; k < in.length; k++) {
                boolean first = k <= 1;
                var left = first ? in[0] : out;
                var lefts = Element.of(left.type().type());
                var rights = Element.of(in[k].type().type());
                byte[] leftData = left.in(arena);
                byte[] rightData = in[k].in(arena);
                for (int row = 0; row < nest.rows(); row++) {
                    int l = first ? nest.start(0, row) : row * length;
                    int r = nest.start(k, row);
                    int leftStep = first ? nest.step(0) : 1;
                    int rightStep = nest.step(k);
                    for (int i = 0; i < length; i++) {
                        long a = lefts.getLong(leftData, left.at(), l + i * leftStep);
                        long b = rights.getLong(rightData, in[k].at(), r + i * rightStep);
                        long value = k == 0 ? a : operator.applyAsLong(a, b);
                        results.setLong(arena, out.at(), row * length + i, value);
                    }
                }
            }
        }
    }
}
