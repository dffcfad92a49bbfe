package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Nest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * QONNX's quantizers, which give the real value of the nearest step; float32, parameters broadcast to x.
 *
 * @param integers those of an IntQuant; null for the others
 * @see "QONNX custom operators: IntQuant, BipolarQuant, Trunc"
 */
public record QonnxQuant(
        String name,
        Formula formula,
        int parameters,
        @Nullable Integers integers) implements ArrayFunction {
    /** Bits that a range is computed for; more would not be exact in float32. */
    private static final int BITS_MAX = 24;

    /** The integers that a quantizer rounds to. */
    public record Integers(Range range, QuantRounding rounding) {}

    /** One element; {@code p} are the parameters that belong to it. */
    @FunctionalInterface
    public interface Formula {
        float apply(float x, float[] p);
    }

    /**
     * {@code (round(clip(x / scale + zeroPoint)) - zeroPoint) * scale}; parameters are scale, zero point and bits.
     */
    public static QonnxQuant intQuant(String name, Range range, QuantRounding rounding) {
        return new QonnxQuant(
                name,
                (x, p) -> {
                    float steps = range.clip(x / p[0] + p[1], p[2]);
                    return ((float) rounding.apply(steps) - p[1]) * p[0];
                },
                3,
                new Integers(range, rounding));
    }

    /** {@code x >= 0 ? scale : -scale}; the parameter is scale. */
    public static QonnxQuant bipolar() {
        return new QonnxQuant("BipolarQuant", (x, p) -> x >= 0 ? p[0] : -p[0], 1, null);
    }

    /** Drops low bits, version 1; parameters are scale, zero point, bits before and bits after. */
    public static QonnxQuant truncV1(QuantRounding rounding) {
        return new QonnxQuant(
                "Trunc",
                (x, p) -> {
                    float steps = (float) Math.rint(x / p[0] + p[1]);
                    float dropped = (float) Math.scalb(1.0, bits(p[2]) - bits(p[3]));
                    return ((float) rounding.apply(steps / dropped) - p[1]) * p[0];
                },
                4,
                null);
    }

    /** Drops low bits, version 2; parameters are scale, zero point, bits before, scale after and bits after. */
    public static QonnxQuant truncV2(Range range, QuantRounding rounding) {
        return new QonnxQuant(
                "Trunc",
                (x, p) -> {
                    float steps = (float) Math.rint(x / p[0] + p[1]);
                    double exponent = Math.rint(StrictMath.log(p[3] / p[0]) / StrictMath.log(2));
                    float dropped = (float) Math.scalb(1.0, (int) Math.clamp(exponent, -126, 126));
                    float kept = (float) rounding.apply(range.clip(steps / dropped, p[4]));
                    return (kept - p[1] / dropped) * p[3];
                },
                5,
                null);
    }

    /** True for BipolarQuant, whose values are plus or minus the scale. */
    public boolean isBipolar() {
        return parameters == 1;
    }

    private static int bits(float bits) {
        return (int) Math.clamp(bits, 0f, (float) BITS_MAX);
    }

    /** Which integers a number of bits stands for. */
    public enum Range {
        SIGNED,
        SIGNED_NARROW,
        UNSIGNED,
        UNSIGNED_NARROW;

        public static Range of(boolean signed, boolean narrow) {
            return signed ? narrow ? SIGNED_NARROW : SIGNED : narrow ? UNSIGNED_NARROW : UNSIGNED;
        }

        public float least(float bits) {
            double half = Math.scalb(1.0, bits(bits) - 1);
            return (float)
                    switch (this) {
                        case SIGNED -> -half;
                        case SIGNED_NARROW -> 1 - half;
                        case UNSIGNED, UNSIGNED_NARROW -> 0;
                    };
        }

        public float most(float bits) {
            double half = Math.scalb(1.0, bits(bits) - 1);
            return (float)
                    switch (this) {
                        case SIGNED, SIGNED_NARROW -> half - 1;
                        case UNSIGNED -> 2 * half - 1;
                        case UNSIGNED_NARROW -> 2 * half - 2;
                    };
        }

        float clip(float steps, float bits) {
            return Math.max(Math.min(steps, most(bits)), least(bits));
        }
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var x = inputs.get(0);
        ArrayFunction.requireType("x", x, TensorType.FLOAT32);
        if (inputs.count() != parameters + 1) {
            throw InferenceException.contradiction("%d inputs, %d allowed".formatted(inputs.count(), parameters + 1));
        }
        for (int i = 1; i <= parameters; i++) {
            Types.require("input " + i, inputs.get(i), Types.NUMBERS);
            Types.stretchesTo(x, inputs.get(i));
        }
        return List.of(x);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var all = new ArrayList<Operand>();
        for (int i = 0; i <= parameters; i++) {
            all.add(inputs.get(i));
        }
        var in = all.toArray(Operand[]::new);
        var out = outputs.get(0);
        boolean scalars =
                all.stream().skip(1).allMatch(parameter -> parameter.type().elements() == 1);
        // The kernel has one part, so one thread at a time uses this.
        float[] p = new float[parameters];
        if (scalars) {
            return (arena, _, _, _) -> {
                for (int k = 0; k < p.length; k++) {
                    p[k] = parameter(in[k + 1], arena, 0);
                }
                byte[] data = in[0].in(arena);
                for (int element = 0; element < out.type().elements(); element++) {
                    float x = Element.getFloat32(data, in[0].at() + 4 * element);
                    Element.setFloat32(arena, out.at() + 4 * element, formula.apply(x, p));
                }
            };
        }
        var nest = Nest.broadcast(
                out.type().shape(),
                all.stream().map(operand -> operand.type().shape()).toArray(int[][]::new));
        return (arena, _, _, _) -> {
            byte[] data = in[0].in(arena);
            int element = 0;
            for (int row = 0; row < nest.rows(); row++) {
                for (int i = 0; i < nest.rowLength(); i++) {
                    for (int k = 0; k < p.length; k++) {
                        p[k] = parameter(in[k + 1], arena, nest.start(k + 1, row) + i * nest.step(k + 1));
                    }
                    float x = Element.getFloat32(data, in[0].at() + 4 * element);
                    Element.setFloat32(arena, out.at() + 4 * element, formula.apply(x, p));
                    element++;
                }
            }
        };
    }

    private static float parameter(Operand operand, byte[] arena, int element) {
        return (float) Element.of(operand.type().type()).getDouble(operand.in(arena), operand.at(), element);
    }
}
