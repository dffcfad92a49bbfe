package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the int32 sums of a quantized product: {@code saturate(roundHalfEven(sum * factor) + zeroY)} with
 * float32 factors {@code scaleA * scaleB / scaleY}, or the sums themselves.
 *
 * <p>The standard leaves open how a factor is rounded. Here it is as the integer operators have it that such a product
 * becomes where it can ({@link io.fleetwright.runtime.graph.Factors}), so that the bytes are the same either way.
 */
record IntegerOutput(
        Factor factor,
        Operand out,
        @Nullable Operand scaleA,
        @Nullable Operand scaleB,
        @Nullable Operand scaleY,
        @Nullable Operand zeroY) {
    /** How a factor is rounded to float32. */
    enum Factor {
        /** Once, from the exact product divided in float64: convolutions, and one scale for each unit. */
        ONCE,
        /** The product first, then the quotient: one scale in all. */
        PRODUCT_FIRST
    }

    /** The sums themselves. */
    static IntegerOutput sums(Operand out) {
        return new IntegerOutput(Factor.ONCE, out, null, null, null, null);
    }

    private float factor(float a, float b, float y) {
        return switch (factor) {
            case ONCE -> (float) ((double) a * b / y);
            case PRODUCT_FIRST -> a * b / y;
        };
    }

    void store(byte[] arena, int index, int unit, int sum) {
        if (scaleA == null || scaleB == null || scaleY == null || zeroY == null) {
            Element.setInt32(arena, out.at() + 4 * index, sum);
            return;
        }
        float scaled = sum * factor(scale(scaleA, arena, 0), scale(scaleB, arena, unit), scale(scaleY, arena, 0));
        var type = out.type().type();
        var element = Element.of(type);
        long zero = element.getLong(zeroY.in(arena), zeroY.at(), 0);
        long steps = (long) Math.rint(scaled);
        element.setLong(
                arena, out.at(), index, QuantizeLinear.saturate(steps, zero, Element.min(type), Element.max(type)));
    }

    private static float scale(Operand scale, byte[] arena, int unit) {
        int at = scale.type().elements() == 1 ? 0 : unit;
        return (float) Element.of(scale.type().type()).getDouble(scale.in(arena), scale.at(), at);
    }

    /** A zero point, or that of a unit when there are several; 0 when left out. */
    static int zeroPoint(@Nullable Operand zero, byte[] arena, int unit) {
        if (zero == null) {
            return 0;
        }
        int at = zero.type().elements() == 1 ? 0 : unit;
        return (int) Element.of(zero.type().type()).getLong(zero.in(arena), zero.at(), at);
    }

    /** Refuses operands that are not 8-bit, and parameters that are not one or one per unit. */
    static void checkOperand(
            String what, ArrayType found, @Nullable ArrayType scale, @Nullable ArrayType zero, int units)
            throws InferenceException {
        ArrayFunction.requireType(what, found, TensorType.INT8, TensorType.UINT8);
        if (zero != null) {
            Types.same(what + " zero point", zero, found);
            oneOr(what + " zero point", zero, units);
        }
        if (scale != null) {
            ArrayFunction.requireType(what + " scale", scale, TensorType.FLOAT32, TensorType.FLOAT16);
            oneOr(what + " scale", scale, units);
        }
    }

    private static void oneOr(String what, ArrayType found, int units) throws InferenceException {
        if (found.elements() != 1 && found.elements() != units) {
            throw InferenceException.unsupported("%s %s, 1 or %d elements supported".formatted(what, found, units));
        }
    }
}
