package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.PackBits;
import io.fleetwright.runtime.array.Pooling;
import io.fleetwright.runtime.array.QonnxQuant;
import io.fleetwright.runtime.array.Reshape;
import io.fleetwright.runtime.array.Transpose;
import io.fleetwright.runtime.kernel.BitCoding;
import java.util.Optional;

/** Which real values are a scale times an integer of few bits. */
final class FewBits {
    /** Largest magnitude of an integer in two's complement of the most planes there may be. */
    private static final int MAGNITUDE_MAX = 1 << BitCoding.PLANES_MAX;

    private FewBits() {}

    /**
     * Every element is {@code scale} times an integer in the coding's range.
     *
     * @param source a value that becomes those integers by {@code steps}: the one before the quantizer where that is
     *     next, else the quantized one
     */
    record Activation(BitCoding coding, float scale, Value source, PackBits.Steps steps) {}

    /**
     * Weights as integers.
     *
     * @param integers {@code [units][depth]}
     * @param scales one per unit
     */
    record Weights(BitCoding coding, byte[] integers, float[] scales) {}

    /** A value that comes from a quantizer with constant parameters, through steps that only move or choose elements. */
    static Optional<Activation> activation(Value value) {
        var step = value.producer();
        while (step != null && keepsValues(step)) {
            step = step.input(0).producer();
        }
        if (step == null || !(step.function() instanceof QonnxQuant quant)) {
            return Optional.empty();
        }
        float scale = Constants.scalar(step.inputOrNull(1)).orElse(Float.NaN);
        if (!(scale >= Float.MIN_NORMAL) || Float.isInfinite(scale)) {
            return Optional.empty();
        }
        if (quant.isBipolar()) {
            return Optional.of(
                    activation(value, step, BitCoding.BIPOLAR, PackBits.Steps.ofQuantized(scale, BitCoding.BIPOLAR)));
        }
        float zeroPoint = Constants.scalar(step.inputOrNull(2)).orElse(Float.NaN);
        float bits = Constants.scalar(step.inputOrNull(3)).orElse(Float.NaN);
        var integers = quant.integers();
        boolean usable = integers != null
                && Math.abs(zeroPoint) <= MAGNITUDE_MAX
                && zeroPoint == Math.rint(zeroPoint)
                && bits >= 1
                && bits <= BitCoding.PLANES_MAX
                && bits == Math.rint(bits);
        if (!usable || integers == null) {
            return Optional.empty();
        }
        float least = integers.range().least(bits);
        float most = integers.range().most(bits);
        var steps = new PackBits.Steps(scale, zeroPoint, least, most, integers.rounding());
        var quantizer = step;
        return coding((int) (least - zeroPoint), (int) (most - zeroPoint))
                .map(coding -> activation(value, quantizer, coding, steps));
    }

    private static Activation activation(Value value, Step quantizer, BitCoding coding, PackBits.Steps steps) {
        return quantizer.output().equals(value)
                ? new Activation(coding, steps.scale(), quantizer.input(0), steps)
                : new Activation(coding, steps.scale(), value, PackBits.Steps.ofQuantized(steps.scale(), coding));
    }

    private static boolean keepsValues(Step step) {
        return switch (step.function()) {
            case Reshape _, Transpose _ -> true;
            // Padding is below all values, and may be all that a window sees.
            case Pooling pool ->
                pool.kind() == Pooling.Kind.MAX
                        && pool.window().padsBefore().stream().allMatch(pad -> pad == 0)
                        && pool.window().padsAfter().stream().allMatch(pad -> pad == 0);
            default -> false;
        };
    }

    /** The fewest planes that hold all integers from {@code least} to {@code most}. */
    private static Optional<BitCoding> coding(int least, int most) {
        var kind = least < 0 ? BitCoding.Kind.SIGNED : BitCoding.Kind.UNSIGNED;
        for (int planes = 1; planes <= BitCoding.PLANES_MAX; planes++) {
            var coding = new BitCoding(kind, planes);
            if (least >= coding.least() && most <= coding.most()) {
                return Optional.of(coding);
            }
        }
        return Optional.empty();
    }

    /**
     * Constant real weights on a grid of few steps, each unit with its own scale. Quantizers of constants were computed
     * when they were read, so that the grid is found in the values; where they are on one, it does not matter who put
     * them there.
     *
     * @param rows {@code [units][depth]}
     */
    static Optional<Weights> weights(float[] rows, int units) {
        if (units == 0 || rows.length == 0) {
            return Optional.empty();
        }
        int depth = rows.length / units;
        byte[] integers = new byte[rows.length];
        float[] scales = new float[units];
        int least = 0;
        int most = 0;
        boolean bipolar = true;
        for (int unit = 0; unit < units; unit++) {
            float scale = scale(rows, unit * depth, depth, integers);
            if (!(scale > 0)) {
                return Optional.empty();
            }
            scales[unit] = scale;
            for (int i = unit * depth; i < (unit + 1) * depth; i++) {
                least = Math.min(least, integers[i]);
                most = Math.max(most, integers[i]);
                bipolar &= Math.abs(integers[i]) == 1;
            }
        }
        var coding = bipolar ? Optional.of(BitCoding.BIPOLAR) : coding(least, most);
        return coding.map(found -> new Weights(found, integers, scales));
    }

    /** The scale that makes all weights of a row small integers, written to {@code integers}; NaN when none does. */
    private static float scale(float[] rows, int from, int depth, byte[] integers) {
        float smallest = 0;
        for (int i = from; i < from + depth; i++) {
            float magnitude = Math.abs(rows[i]);
            boolean smaller = magnitude > 0 && (smallest == 0 || magnitude < smallest);
            smallest = smaller ? magnitude : smallest;
        }
        if (smallest == 0) {
            return allZero(rows, from, depth) ? 1 : Float.NaN;
        }
        // The smallest magnitude is one step, unless no weight happens to be one.
        for (int steps = 1; steps < MAGNITUDE_MAX; steps++) {
            // The quotient was rounded, so that the scale may be a neighbour.
            float scale = Math.nextDown(smallest / steps);
            for (int neighbour = 0; neighbour < 3; neighbour++) {
                if (scale >= Float.MIN_NORMAL && isGrid(rows, from, depth, scale, integers)) {
                    return scale;
                }
                scale = Math.nextUp(scale);
            }
        }
        return Float.NaN;
    }

    private static boolean allZero(float[] rows, int from, int depth) {
        for (int i = from; i < from + depth; i++) {
            if (rows[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isGrid(float[] rows, int from, int depth, float scale, byte[] integers) {
        for (int i = from; i < from + depth; i++) {
            double steps = Math.rint(rows[i] / scale);
            if (!(Math.abs(steps) < MAGNITUDE_MAX) || (float) steps * scale != rows[i]) {
                return false;
            }
            integers[i] = (byte) steps;
        }
        return true;
    }
}
