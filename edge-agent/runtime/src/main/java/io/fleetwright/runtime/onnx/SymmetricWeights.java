package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.DequantizeLinear;
import io.fleetwright.runtime.array.Operand;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets constant weights of 2, 4 and 8 bits be int8 with zero point 0, which is what integer operators take: the same real
 * values, where {@code weight - zeroPoint} fits.
 */
final class SymmetricWeights {
    private static final Set<TensorType> FEW_BITS =
            EnumSet.of(TensorType.INT2, TensorType.UINT2, TensorType.INT4, TensorType.UINT4);
    private static final Set<TensorType> BYTES = EnumSet.of(TensorType.INT8, TensorType.UINT8);

    private SymmetricWeights() {}

    /** Rewrites the weights that are dequantized. */
    static void run(Flow flow) throws ModelException {
        var writer = new StepWriter(flow);
        for (var step : List.copyOf(flow.steps())) {
            var weights = of(flow, step).orElse(null);
            if (weights == null) {
                writer.keep(step);
                continue;
            }
            var value = writer.constant(
                    step.input(0),
                    TensorType.INT8,
                    weights,
                    null,
                    step.input(0).type().shape());
            writer.keep(step.reading(Arrays.asList(value, step.input(1))));
        }
        writer.finish();
    }

    private static Optional<byte[]> of(Flow flow, Step step) {
        if (!(step.function() instanceof DequantizeLinear function) || function.blockSize() != 0) {
            return Optional.empty();
        }
        var value = step.input(0);
        var zeroPoint = step.inputOrNull(2);
        boolean gains = FEW_BITS.contains(value.type().type())
                || (BYTES.contains(value.type().type())
                        && zeroPoint != null
                        && value.type().rank() > 1);
        if (!gains || !value.isConstant() || !flow.affordsFolding(value.type().elements())) {
            return Optional.empty();
        }
        int axis = function.axis() < 0 ? function.axis() + value.type().rank() : function.axis();
        return differences(value, zeroPoint, axis);
    }

    /**
     * {@code weight - zeroPoint} of all elements as bytes, if they fit and the zero points are constant.
     *
     * @param zeroPoint one, or one per step along {@code axis}; null for 0
     */
    static Optional<byte[]> differences(Value weights, @Nullable Value zeroPoint, int axis) {
        var type = weights.type();
        if (!weights.isConstant() || (zeroPoint != null && !zeroPoint.isConstant())) {
            return Optional.empty();
        }
        var elements = Operand.constant(type, weights.constant());
        var zeros = zeroPoint == null ? null : Operand.constant(zeroPoint.type(), zeroPoint.constant());
        int count = zeroPoint == null ? 1 : zeroPoint.type().elements();
        boolean perStep = count != 1 && axis < type.rank() && type.dimension(axis) == count;
        if (count != 1 && !perStep) {
            return Optional.empty();
        }
        int inner = perStep ? type.product(axis + 1, type.rank()) : 1;
        byte[] differences = new byte[type.elements()];
        for (int i = 0; i < differences.length; i++) {
            long zero = zeros == null ? 0 : zeros.integer(perStep ? i / inner % count : 0);
            long difference = elements.integer(i) - zero;
            if (difference != (byte) difference) {
                return Optional.empty();
            }
            differences[i] = (byte) difference;
        }
        return Optional.of(differences);
    }
}
