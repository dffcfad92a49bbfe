package io.fleetwright.forge.tflite;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What goes into a TensorFlow Lite file with one subgraph; tensors are referred to by position in {@code tensors}.
 *
 * @param metadata named byte blocks, written in name order
 */
public record TfliteModel(
        String description,
        List<Tensor> tensors,
        List<Operator> operators,
        List<Integer> inputs,
        List<Integer> outputs,
        Map<String, byte[]> metadata) {

    public TfliteModel {
        tensors = List.copyOf(tensors);
        operators = List.copyOf(operators);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        metadata = Map.copyOf(metadata);
        checkReferences("inputs", inputs, tensors.size());
        checkReferences("outputs", outputs, tensors.size());
        for (Operator operator : operators) {
            checkReferences("operator inputs", operator.inputs(), tensors.size());
            checkReferences("operator outputs", operator.outputs(), tensors.size());
        }
    }

    /** Element types, with the schema's numbers. */
    public enum ElementType {
        FLOAT32(0, 4),
        INT32(2, 4),
        INT8(9, 1);

        final int code;
        final int bytes;

        ElementType(int code, int bytes) {
            this.code = code;
            this.bytes = bytes;
        }
    }

    /**
     * Real value = (integer - zeroPoint) * scale; one scale for all, or one per index of {@code dimension}.
     *
     * @param dimension which dimension of the shape the scales belong to; 0 when there is one scale
     */
    public record Quantization(List<Float> scales, List<Long> zeroPoints, int dimension) {
        public Quantization {
            scales = List.copyOf(scales);
            zeroPoints = List.copyOf(zeroPoints);
            if (scales.isEmpty() || scales.size() != zeroPoints.size()) {
                throw new IllegalArgumentException("scales (%d) must be at least 1 and as many as zero points (%d)"
                        .formatted(scales.size(), zeroPoints.size()));
            }
        }

        public static Quantization perTensor(float scale, int zeroPoint) {
            return new Quantization(List.of(scale), List.of((long) zeroPoint), 0);
        }
    }

    /** One tensor; {@code data} is little-endian and present for constants only. */
    public record Tensor(
            String name,
            List<Integer> shape,
            ElementType type,
            Optional<byte[]> data,
            Optional<Quantization> quantization) {
        public Tensor {
            shape = List.copyOf(shape);
            data = data.map(byte[]::clone);
            long bytes = type.bytes;
            for (int dimension : shape) {
                bytes = Math.multiplyExact(bytes, (long) dimension);
            }
            if (data.isPresent() && data.get().length != bytes) {
                throw new IllegalArgumentException("data of %s (%d bytes) must be %d bytes for shape %s"
                        .formatted(name, data.get().length, bytes, shape));
            }
            if (quantization.isPresent() && quantization.get().scales().size() > 1) {
                Quantization scales = quantization.get();
                int dimension = scales.dimension();
                if (dimension < 0
                        || dimension >= shape.size()
                        || shape.get(dimension) != scales.scales().size()) {
                    throw new IllegalArgumentException("%d scales of %s must match dimension %d of shape %s"
                            .formatted(scales.scales().size(), name, dimension, shape));
                }
            }
        }
    }

    /** How a window treats the border. */
    public enum Padding {
        SAME(0),
        VALID(1);

        final int code;

        Padding(int code) {
            this.code = code;
        }
    }

    /** Activation fused into an operator. */
    public enum Fused {
        NONE(0),
        RELU(1),
        RELU6(3);

        final int code;

        Fused(int code) {
            this.code = code;
        }
    }

    /** Kind of an operator with its options; strides are {@code (height, width)}. */
    public sealed interface Kind {
        record Conv2d(Padding padding, int strideHeight, int strideWidth, Fused fused) implements Kind {}

        record DepthwiseConv2d(Padding padding, int strideHeight, int strideWidth, int depthMultiplier, Fused fused)
                implements Kind {}

        record AveragePool2d(
                Padding padding, int strideHeight, int strideWidth, int filterHeight, int filterWidth, Fused fused)
                implements Kind {}

        record FullyConnected(Fused fused) implements Kind {}

        record Reshape(List<Integer> newShape) implements Kind {
            public Reshape {
                newShape = List.copyOf(newShape);
            }
        }

        record Softmax(float beta) implements Kind {}
    }

    public record Operator(Kind kind, List<Integer> inputs, List<Integer> outputs) {
        public Operator {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }

    private static void checkReferences(String what, List<Integer> references, int tensors) {
        for (int reference : references) {
            if (reference < 0 || reference >= tensors) {
                throw new IllegalArgumentException(
                        "%s (%d) must be a tensor in 0..%d".formatted(what, reference, tensors - 1));
            }
        }
    }
}
