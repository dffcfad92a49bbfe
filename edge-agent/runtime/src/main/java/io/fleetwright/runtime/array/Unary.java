package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * One output element per input element, of the same type.
 *
 * <p>Floats are computed in double and rounded once, which for roots and rounding is the correctly rounded result of
 * the type itself. Functions that are not exact use {@link StrictMath}: every device gives the same bytes.
 *
 * @param real for floats
 * @param whole for integers and booleans
 */
public record Unary(String name, Set<TensorType> types, DoubleUnaryOperator real, LongUnaryOperator whole)
        implements ArrayFunction {
    private static Unary real(String name, DoubleUnaryOperator real) {
        return new Unary(name, Types.FLOATS, real, value -> value);
    }

    public static Unary identity() {
        return new Unary("Identity", Types.ALL, x -> x, x -> x);
    }

    public static Unary abs() {
        return new Unary("Abs", Types.NUMBERS, Math::abs, Math::abs);
    }

    public static Unary neg() {
        return new Unary("Neg", Types.NUMBERS, x -> -x, x -> -x);
    }

    public static Unary sign() {
        return new Unary("Sign", Types.NUMBERS, Math::signum, Long::signum);
    }

    public static Unary not() {
        return new Unary("Not", Types.BOOLEANS, x -> x, x -> 1 - x);
    }

    public static Unary relu() {
        return new Unary("Relu", Types.NUMBERS, x -> Math.max(x, 0), x -> Math.max(x, 0));
    }

    public static Unary leakyRelu(float alpha) {
        return real("LeakyRelu", x -> x < 0 ? (float) x * alpha : x);
    }

    public static Unary elu(float alpha) {
        return real("Elu", x -> x < 0 ? alpha * StrictMath.expm1(x) : x);
    }

    public static Unary sigmoid() {
        return real("Sigmoid", Unary::sigmoid);
    }

    static double sigmoid(double x) {
        return 1 / (1 + StrictMath.exp(-x));
    }

    public static Unary tanh() {
        return real("Tanh", StrictMath::tanh);
    }

    public static Unary hardSigmoid(float alpha, float beta) {
        return real("HardSigmoid", x -> Math.max(0, Math.min(1, alpha * x + beta)));
    }

    public static Unary hardSwish() {
        return real("HardSwish", x -> x * Math.max(0, Math.min(1, x / 6 + 0.5)));
    }

    public static Unary softplus() {
        return real(
                "Softplus",
                x -> x > 0 ? x + StrictMath.log1p(StrictMath.exp(-x)) : StrictMath.log1p(StrictMath.exp(x)));
    }

    public static Unary exp() {
        return real("Exp", StrictMath::exp);
    }

    public static Unary log() {
        return real("Log", StrictMath::log);
    }

    public static Unary sqrt() {
        return real("Sqrt", Math::sqrt);
    }

    public static Unary reciprocal() {
        return real("Reciprocal", x -> 1 / x);
    }

    public static Unary floor() {
        return real("Floor", Math::floor);
    }

    public static Unary ceil() {
        return real("Ceil", Math::ceil);
    }

    public static Unary round() {
        return real("Round", Math::rint);
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        Types.require("input", inputs.get(0), types);
        return List.of(inputs.get(0));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var in = inputs.get(0);
        var out = outputs.get(0);
        var element = Element.of(in.type().type());
        int count = in.type().elements();
        if (Element.isFloat(in.type().type())) {
            return (arena, _, _, _) -> {
                byte[] data = in.in(arena);
                for (int i = 0; i < count; i++) {
                    element.setDouble(arena, out.at(), i, real.applyAsDouble(element.getDouble(data, in.at(), i)));
                }
            };
        }
        return (arena, _, _, _) -> {
            byte[] data = in.in(arena);
            for (int i = 0; i < count; i++) {
                element.setLong(arena, out.at(), i, whole.applyAsLong(element.getLong(data, in.at(), i)));
            }
        };
    }
}
