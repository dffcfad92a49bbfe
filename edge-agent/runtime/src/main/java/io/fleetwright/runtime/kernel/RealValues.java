package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Tensor;

/** Between int8 and the real values that it stands for, as the ONNX standard defines both ways, in float32. */
final class RealValues {
    private RealValues() {}

    /** The real value of each byte from -128 on. */
    static float[] table(Tensor tensor) {
        float[] table = new float[256];
        for (int value = Byte.MIN_VALUE; value <= Byte.MAX_VALUE; value++) {
            table[value - Byte.MIN_VALUE] = (value - tensor.zeroPoint(0)) * tensor.scale(0);
        }
        return table;
    }

    /** From real values to a tensor: {@code clamp(roundHalfEven(x / scale) + zeroPoint)}. */
    record Quantizer(float scale, int zeroPoint, int low, int high) {
        static Quantizer of(Tensor output, Activation activation) {
            float scale = output.scale(0);
            int zeroPoint = output.zeroPoint(0);
            return new Quantizer(scale, zeroPoint, activation.low(scale, zeroPoint), activation.high(scale, zeroPoint));
        }

        byte apply(float x) {
            // Clamped as a float first: the quotient may be beyond an int.
            float steps = Math.min(Math.max((float) Math.rint(x / scale), -1024), 1024);
            return (byte) Math.min(Math.max((int) steps + zeroPoint, low), high);
        }
    }
}
