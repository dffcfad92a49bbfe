package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.FixedPoint;
import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Int8Function;
import io.fleetwright.runtime.graph.Tensor;
import java.util.function.IntUnaryOperator;

/**
 * An {@link Int8Function} as a table, value by value with the integer arithmetic of TFLite Micro's reference kernels:
 *
 * <ul>
 *   <li>RELU, RELU6, RELU_N1_TO_1: {@code QuantizedReluX} of TFLite's activations; where the scales are equal, TFLM's too.
 *   <li>LOGISTIC, TANH: {@code reference_integer_ops::Logistic} and {@code Tanh} on gemmlowp's fixed point numbers. (Not
 *       the tables that TFLite's optimized kernels fill with float values: those differ by a step here and there.)
 *   <li>HARD_SWISH: {@code reference_ops::HardSwish} in 16 bits, which no rounding mode changes.
 *   <li>LEAKY_RELU: {@code reference_ops::QuantizeLeakyRelu}. QUANTIZE: {@code reference_ops::Requantize}.
 * </ul>
 */
final class Int8Table {
    private static final int SIGMOID_INTEGER_BITS = 4;
    /** 16-bit fixed point 1, as far as it goes. */
    private static final int ONE_Q15 = 1 << 15;

    private final Tensor input;
    private final Tensor output;
    private final Rounding rounding;
    private final int outputZero;

    private Int8Table(Tensor input, Tensor output, Rounding rounding) {
        this.input = input;
        this.output = output;
        this.rounding = rounding;
        this.outputZero = output.zeroPoint(0);
    }

    /** Output for each input from -128 on. */
    static byte[] of(Int8Function function, Tensor input, Tensor output, Rounding rounding) {
        var table = new Int8Table(input, output, rounding);
        return switch (function) {
            case Int8Function.Clamp clamp -> table.clamped(clamp.activation());
            case Int8Function.Rescale _ -> table.rescaled();
            case Int8Function.Logistic _ ->
                table.sigmoid(a -> FixedPoint.divideByPowerOfTwo(FixedPoint.logistic(a), 23) + Byte.MIN_VALUE);
            case Int8Function.Tanh _ -> table.sigmoid(a -> FixedPoint.divideByPowerOfTwo(FixedPoint.tanh(a), 24));
            case Int8Function.HardSwish _ -> table.hardSwish();
            case Int8Function.LeakyRelu leaky -> table.leakyRelu(leaky.alpha());
        };
    }

    /** @param function from a value without its zero point to one that is still to be clamped */
    private byte[] each(IntUnaryOperator function, int low, int high) {
        byte[] table = new byte[256];
        for (int value = Byte.MIN_VALUE; value <= Byte.MAX_VALUE; value++) {
            int result = function.applyAsInt(value - input.zeroPoint(0));
            table[value - Byte.MIN_VALUE] = (byte) Math.clamp(result, low, high);
        }
        return table;
    }

    private byte[] each(IntUnaryOperator function) {
        return each(function, Byte.MIN_VALUE, Byte.MAX_VALUE);
    }

    private byte[] clamped(Activation activation) {
        var factor = QuantizedMultiplier.of(Factors.clampedRescale(input, output));
        return each(
                x -> outputZero + scaled(x, factor),
                activation.low(output.scale(0), outputZero),
                activation.high(output.scale(0), outputZero));
    }

    private byte[] rescaled() {
        var factor = QuantizedMultiplier.of(Factors.rescale(input, output));
        return each(x -> outputZero + scaled(x, factor));
    }

    private byte[] leakyRelu(float alpha) {
        var identity = QuantizedMultiplier.of(Factors.clampedRescale(input, output));
        var leak = QuantizedMultiplier.of(Factors.leakyRescale(alpha, input, output));
        return each(x -> outputZero + scaled(x, x >= 0 ? identity : leak));
    }

    /** Far enough inside 32 bits that a zero point can be added. */
    private int scaled(int x, QuantizedMultiplier factor) {
        return Math.clamp(rounding.scale(x, factor.multiplier(), factor.shift()), -1024, 1024);
    }

    /** @param function of Q4.27; beyond its range, the output is at its bounds */
    private byte[] sigmoid(IntUnaryOperator function) {
        var factor = QuantizedMultiplier.of(Factors.sigmoidInput(input));
        double largest = ((1 << SIGMOID_INTEGER_BITS) - 1) * (double) (1 << (31 - SIGMOID_INTEGER_BITS));
        int radius = (int) Math.floor(Math.scalb(largest, -factor.shift()));
        return each(x -> {
            if (x <= -radius) {
                return Byte.MIN_VALUE;
            }
            if (x >= radius) {
                return Byte.MAX_VALUE;
            }
            return function.applyAsInt(rounding.scale(x, factor.multiplier(), factor.shift()));
        });
    }

    private byte[] hardSwish() {
        var toOutput = QuantizedMultiplier.of(Factors.hardSwishOutput(input, output));
        int outputMultiplier = highHalf(toOutput.multiplier());
        var toGate = QuantizedMultiplier.of(Factors.hardSwishGate(input));
        int gateMultiplier = highHalf(toGate.multiplier());
        return each(x -> {
            int fine = x << 7;
            int onOutput = roundingHighMul16(fine, outputMultiplier);
            int gate = fine;
            // All of a left shift but one bit, which comes after the multiplication: so only that one can saturate.
            if (toGate.shift() > 0) {
                gate = saturated16((long) gate << Math.min(toGate.shift() - 1, 16));
            }
            gate = roundingHighMul16(gate, gateMultiplier);
            if (toGate.shift() > 0) {
                gate = saturated16((long) gate << 1);
            } else {
                gate = FixedPoint.divideByPowerOfTwo(gate, -toGate.shift());
            }
            // From -1 .. 1 to 0 .. 1.
            gate = (gate + ONE_Q15) >> 1;
            int product = gate * onOutput / ONE_Q15;
            return FixedPoint.divideByPowerOfTwo(product, -toOutput.shift()) + outputZero;
        });
    }

    /** A 31-bit multiplier rounded to 15 bits. */
    private static int highHalf(int multiplier) {
        int half = 1 << 15;
        return multiplier >= Integer.MAX_VALUE - half ? Short.MAX_VALUE : (multiplier + half) >> 16;
    }

    /** {@code round(a * b / 2^15)} of 16-bit values, half up, {@code b >= 0}. */
    private static int roundingHighMul16(int a, int b) {
        int product = a * b;
        int nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);
        return (product + nudge) / ONE_Q15;
    }

    private static int saturated16(long value) {
        return (int) Math.clamp(value, (long) Short.MIN_VALUE, (long) Short.MAX_VALUE);
    }
}
