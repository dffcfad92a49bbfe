package io.fleetwright.runtime.arithmetic;

/**
 * How results are rounded to integers: the flavour of a named family of reference kernels. Equal arithmetic gives equal
 * bytes on every device.
 */
public enum Arithmetic {
    /** TFLite's and TFLM's reference kernels: a rounding doubling high multiply, then a rounding shift. */
    TFLITE_DOUBLE_ROUNDING,
    /** The same kernels built for single rounding: one 64-bit multiply and one rounding shift. */
    TFLITE_SINGLE_ROUNDING,
    /** The ONNX standard: a float32 multiply, rounded half to even. */
    ONNX;

    /** The arithmetic of a TFLite model. */
    public static Arithmetic tflite(Rounding rounding) {
        return rounding == Rounding.DOUBLE ? TFLITE_DOUBLE_ROUNDING : TFLITE_SINGLE_ROUNDING;
    }

    /** How fixed-point multipliers round; operators that ONNX does not define keep TFLite's double rounding there. */
    public Rounding rounding() {
        return this == TFLITE_SINGLE_ROUNDING ? Rounding.SINGLE : Rounding.DOUBLE;
    }
}
