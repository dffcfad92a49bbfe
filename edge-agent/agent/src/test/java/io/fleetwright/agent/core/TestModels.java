package io.fleetwright.agent.core;

import io.fleetwright.forge.tflite.TfliteModel;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Fused;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Operator;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.forge.tflite.TfliteModel.Tensor;
import io.fleetwright.forge.tflite.TfliteWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tiny models, made in the test. */
final class TestModels {
    static final int INPUT_BYTES = 4;

    private TestModels() {}

    /** A layer of four inputs and so many outputs; each output is the sum of the inputs times {@code weight}. */
    static byte[] sums(int weight, int outputs) {
        byte[] weights = new byte[outputs * INPUT_BYTES];
        java.util.Arrays.fill(weights, (byte) weight);
        return TfliteWriter.write(new TfliteModel(
                "sums",
                List.of(
                        tensor("in", List.of(1, INPUT_BYTES), ElementType.INT8, null, 1),
                        tensor("weights", List.of(outputs, INPUT_BYTES), ElementType.INT8, weights, 1),
                        tensor("bias", List.of(outputs), ElementType.INT32, new byte[outputs * 4], 1),
                        tensor("out", List.of(1, outputs), ElementType.INT8, null, 1)),
                List.of(new Operator(new Kind.FullyConnected(Fused.NONE), List.of(0, 1, 2), List.of(3))),
                List.of(0),
                List.of(3),
                Map.of()));
    }

    /** So many layers of four inputs and as many outputs; each output is the sum of the inputs. */
    static byte[] chain(int layers, int outputs) {
        byte[] weights = new byte[outputs * outputs];
        java.util.Arrays.fill(weights, (byte) 1);
        List<Tensor> tensors = new ArrayList<>(List.of(
                tensor("weights", List.of(outputs, outputs), ElementType.INT8, weights, 1),
                tensor("bias", List.of(outputs), ElementType.INT32, new byte[outputs * 4], 1),
                tensor("in", List.of(1, outputs), ElementType.INT8, null, 1)));
        List<Operator> operators = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            tensors.add(tensor("out" + layer, List.of(1, outputs), ElementType.INT8, null, 1));
            operators.add(
                    new Operator(new Kind.FullyConnected(Fused.NONE), List.of(2 + layer, 0, 1), List.of(3 + layer)));
        }
        return TfliteWriter.write(
                new TfliteModel("chain", tensors, operators, List.of(2), List.of(2 + layers), Map.of()));
    }

    /** A layer of so many inputs and two outputs. */
    static byte[] wide(int inputs) {
        return TfliteWriter.write(new TfliteModel(
                "wide",
                List.of(
                        tensor("in", List.of(1, inputs), ElementType.INT8, null, 1),
                        tensor("weights", List.of(2, inputs), ElementType.INT8, new byte[2 * inputs], 1),
                        tensor("bias", List.of(2), ElementType.INT32, new byte[2 * 4], 1),
                        tensor("out", List.of(1, 2), ElementType.INT8, null, 1)),
                List.of(new Operator(new Kind.FullyConnected(Fused.NONE), List.of(0, 1, 2), List.of(3))),
                List.of(0),
                List.of(3),
                Map.of()));
    }

    static byte[] sums(int weight) {
        return sums(weight, 2);
    }

    private static Tensor tensor(
            String name,
            List<Integer> shape,
            ElementType type,
            byte @org.jspecify.annotations.Nullable [] data,
            float scale) {
        return new Tensor(name, shape, type, Optional.ofNullable(data), Optional.of(Quantization.perTensor(scale, 0)));
    }
}
