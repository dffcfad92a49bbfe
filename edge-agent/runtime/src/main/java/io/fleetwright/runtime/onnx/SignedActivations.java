package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.DequantizeLinear;
import io.fleetwright.runtime.array.FlipSign;
import io.fleetwright.runtime.array.QuantizeLinear;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets uint8 values between QuantizeLinear and DequantizeLinear be int8, 128 less with a zero point 128 less: the same
 * real values, in the type that integer operators take. Where the uint8 bytes themselves are wanted, they are made of
 * the int8 ones; weights are made over as constants.
 */
final class SignedActivations {
    private final Flow flow;
    private final StepWriter writer;
    /** The int8 value for each uint8 one. */
    private final Map<Value, Value> signed = new HashMap<>();

    private SignedActivations(Flow flow) {
        this.flow = flow;
        this.writer = new StepWriter(flow);
    }

    static void run(Flow flow) throws ModelException {
        new SignedActivations(flow).run();
    }

    private void run() throws ModelException {
        var dequantized = new HashSet<Value>();
        for (var step : flow.steps()) {
            if (isPair(step, step.function() instanceof DequantizeLinear)
                    && step.input(0).type().type() == TensorType.UINT8) {
                dequantized.add(step.input(0));
            }
        }
        for (var step : List.copyOf(flow.steps())) {
            var output = step.outputs().getFirst();
            if (output != null
                    && dequantized.contains(output)
                    && isPair(step, step.function() instanceof QuantizeLinear)) {
                quantize(step, output);
            } else if (dequantized.contains(
                            step.inputs().isEmpty() ? null : step.inputs().getFirst())
                    && isPair(step, step.function() instanceof DequantizeLinear)) {
                dequantize(step);
            } else {
                writer.keep(step);
            }
        }
        writer.finish();
    }

    /** One of the two, with one constant uint8 zero point, or none, and no blocks. */
    private static boolean isPair(Step step, boolean isOne) {
        if (!isOne) {
            return false;
        }
        var zeroPoint = step.inputOrNull(2);
        boolean blocked = step.function() instanceof DequantizeLinear dequantize && dequantize.blockSize() != 0
                || step.function() instanceof QuantizeLinear quantize && quantize.blockSize() != 0;
        return !blocked
                && (zeroPoint == null || zeroPoint.isConstant())
                && step.input(1).isConstant();
    }

    private void quantize(Step step, Value output) throws ModelException {
        var function = (QuantizeLinear) step.function();
        var value = writer.write(
                new QuantizeLinear(TensorType.INT8, function.axis(), 0),
                step,
                withSignedZero(step, step.input(0)),
                null);
        signed.put(output, value);
        writer.writeTo(output, new FlipSign(TensorType.UINT8), step, Collections.singletonList(value), null);
    }

    private void dequantize(Step step) throws ModelException {
        Value bytes = step.input(0);
        Value value = signed.get(bytes);
        if (value == null) {
            value = bytes.isConstant()
                    ? writer.constant(
                            bytes,
                            TensorType.INT8,
                            flipped(bytes),
                            null,
                            bytes.type().shape())
                    : writer.write(new FlipSign(TensorType.INT8), step, Collections.singletonList(bytes), null);
            signed.put(bytes, value);
        }
        writer.keep(step.reading(withSignedZero(step, value)));
    }

    /** The step's inputs with another first one, and zero points 128 less. */
    private List<@Nullable Value> withSignedZero(Step step, Value first) throws ModelException {
        var inputs = new ArrayList<@Nullable Value>();
        inputs.add(first);
        inputs.add(step.input(1));
        var zeroPoint = step.inputOrNull(2);
        if (zeroPoint != null) {
            inputs.add(writer.constant(
                    zeroPoint,
                    TensorType.INT8,
                    flipped(zeroPoint),
                    null,
                    zeroPoint.type().shape()));
        } else {
            byte[] zeros = new byte[step.input(1).type().elements()];
            Arrays.fill(zeros, Byte.MIN_VALUE);
            inputs.add(writer.constant(
                    step.input(1),
                    TensorType.INT8,
                    zeros,
                    null,
                    step.input(1).type().shape()));
        }
        return inputs;
    }

    private static byte[] flipped(Value constant) {
        byte[] bytes = new byte[constant.type().bytes()];
        constant.constant().get(bytes);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= (byte) 0x80;
        }
        return bytes;
    }
}
