package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.DequantizeLinear;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.onnx.Value.Quantization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is known of values while reading: real constants, and integers that stand for real values. */
final class Constants {
    private Constants() {}

    /** Integers with their meaning, the operand of a DequantizeLinear. */
    record Integers(Value value, Quantization meaning) {}

    /** The float32 elements of a constant. */
    static Optional<float[]> floats(@Nullable Value value) {
        if (value == null || value.type().type() != TensorType.FLOAT32) {
            return Optional.empty();
        }
        if (value.isConstant()) {
            float[] floats = new float[value.type().elements()];
            value.constant().asFloatBuffer().get(floats);
            return Optional.of(floats);
        }
        return Optional.empty();
    }

    /** The one float of a constant. */
    static Optional<Float> scalar(@Nullable Value value) {
        return floats(value).filter(floats -> floats.length == 1).map(floats -> floats[0]);
    }

    /** A constant bias stretched to one element per unit, zeros when it is left out; empty when it is no such bias. */
    static Optional<float[]> perUnit(@Nullable Value bias, int units) {
        if (bias == null) {
            return Optional.of(new float[units]);
        }
        float[] values = floats(bias).orElse(new float[0]);
        int rank = bias.type().rank();
        if (values.length == units && rank > 0 && bias.type().dimension(rank - 1) == units) {
            return Optional.of(values);
        }
        if (values.length != 1) {
            return Optional.empty();
        }
        float[] all = new float[units];
        Arrays.fill(all, values[0]);
        return Optional.of(all);
    }

    /**
     * The integers that a real value comes from: int8, or int32 constants, with constant parameters and one zero point
     * for all.
     */
    static Optional<Integers> integers(@Nullable Value real) {
        var step = real == null ? null : real.producer();
        if (step == null || !(step.function() instanceof DequantizeLinear function) || function.blockSize() != 0) {
            return Optional.empty();
        }
        var value = step.input(0);
        var type = value.type().type();
        if (type != TensorType.INT8 && type != TensorType.INT32) {
            return Optional.empty();
        }
        return meaning(step.input(1), step.inputOrNull(2), axis(function.axis(), value))
                .map(meaning -> new Integers(value, meaning));
    }

    private static int axis(int axis, Value value) {
        return axis < 0 ? axis + value.type().rank() : axis;
    }

    /** Usable constant parameters. */
    static Optional<Quantization> meaning(Value scale, @Nullable Value zeroPoint, int axis) {
        float[] scales = floats(scale).orElse(null);
        if (scales == null || scales.length == 0 || (zeroPoint != null && !zeroPoint.isConstant())) {
            return Optional.empty();
        }
        var list = new ArrayList<Float>();
        for (float one : scales) {
            if (!(one > 0) || Float.isInfinite(one)) {
                return Optional.empty();
            }
            list.add(one);
        }
        int zero = 0;
        if (zeroPoint != null) {
            var data = zeroPoint.constant();
            int step = zeroPoint.type().type() == TensorType.INT32 ? Integer.BYTES : 1;
            for (int at = 0; at < data.limit(); at += step) {
                int one = step == 1 ? data.get(at) : data.getInt(at);
                if (at > 0 && one != zero) {
                    return Optional.empty();
                }
                zero = one;
            }
            if (step != 1 && zero != 0) {
                return Optional.empty();
            }
        }
        return Optional.of(new Quantization(list, zero, scales.length == 1 ? 0 : axis));
    }

    /** Integers with one scale, int8, computed at run time: what an integer operator can read. */
    static Optional<Integers> activation(@Nullable Value real) {
        return integers(real)
                .filter(integers -> integers.meaning.scales().size() == 1
                        && integers.value.type().type() == TensorType.INT8
                        && !integers.value.isConstant()
                        && integers.value.type().elements() > 0
                        && integers.value.canMean(integers.meaning));
    }

    /** Constant int8 weights with zero point 0. */
    static Optional<Integers> weights(@Nullable Value real) {
        return integers(real)
                .filter(integers -> integers.value.isConstant()
                        && integers.value.type().type() == TensorType.INT8
                        && integers.meaning.zeroPoint() == 0);
    }
}
