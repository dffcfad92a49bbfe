package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayFunction;
import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.InferenceException;
import io.fleetwright.runtime.array.Operand;
import io.fleetwright.runtime.array.Reduction;
import io.fleetwright.runtime.array.Slots;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;
import java.util.OptionalInt;

/** A function that a quantized part of the file became: an int8 operator of the graph, images in NHWC. */
sealed interface Fused extends ArrayFunction {
    /** The operator over tensors of a graph. */
    Operator operator(int version, List<OptionalInt> inputs, int output);

    @Override
    default String name() {
        return getClass().getSimpleName();
    }

    /** Kernel sets make the kernels of these. */
    @Override
    default Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        throw new IllegalStateException("%s has no kernel of its own".formatted(name()));
    }

    private static int required(List<OptionalInt> inputs, int index) {
        return inputs.get(index).orElseThrow();
    }

    private static ArrayType image(ArrayType input, int height, int width, int channels) throws InferenceException {
        return ArrayType.of(TensorType.INT8, new long[] {input.dimension(0), height, width, channels});
    }

    /** Inputs x, filters {@code [units, height, width, channels]} and optionally int32 bias. */
    record Conv(Window window, Activation activation, int outHeight, int outWidth) implements Fused {
        @Override
        public Operator operator(int version, List<OptionalInt> inputs, int output) {
            return new Operator.Conv2d(
                    version, required(inputs, 0), required(inputs, 1), inputs.get(2), output, window, activation);
        }

        @Override
        public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
            return List.of(
                    image(inputs.get(0), outHeight, outWidth, inputs.get(1).dimension(0)));
        }
    }

    /** Inputs x, filters {@code [1, height, width, channels]} and optionally int32 bias. */
    record Depthwise(Window window, int multiplier, Activation activation, int outHeight, int outWidth)
            implements Fused {
        @Override
        public Operator operator(int version, List<OptionalInt> inputs, int output) {
            return new Operator.DepthwiseConv2d(
                    version,
                    required(inputs, 0),
                    required(inputs, 1),
                    inputs.get(2),
                    output,
                    window,
                    multiplier,
                    activation);
        }

        @Override
        public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
            return List.of(
                    image(inputs.get(0), outHeight, outWidth, inputs.get(1).dimension(3)));
        }
    }

    /** Inputs x {@code [..., depth]}, weights {@code [units, depth]} and optionally int32 bias. */
    record Dense(Activation activation) implements Fused {
        @Override
        public Operator operator(int version, List<OptionalInt> inputs, int output) {
            return new Operator.FullyConnected(
                    version, required(inputs, 0), required(inputs, 1), inputs.get(2), output, activation);
        }

        @Override
        public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
            int[] shape = inputs.get(0).shape();
            shape[shape.length - 1] = inputs.get(1).dimension(0);
            return List.of(ArrayType.of(TensorType.INT8, shape));
        }
    }

    /** Two inputs of one shape. */
    record Sum(Activation activation) implements Fused {
        @Override
        public Operator operator(int version, List<OptionalInt> inputs, int output) {
            return new Operator.Add(version, required(inputs, 0), required(inputs, 1), output, activation);
        }

        @Override
        public List<ArrayType> infer(Slots<ArrayType> inputs) {
            return List.of(inputs.get(0));
        }
    }

    /** Mean over windows. */
    record Mean(Window window, Activation activation, int outHeight, int outWidth) implements Fused {
        @Override
        public Operator operator(int version, List<OptionalInt> inputs, int output) {
            return new Operator.AveragePool2d(version, required(inputs, 0), output, window, activation);
        }

        @Override
        public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
            return List.of(
                    image(inputs.get(0), outHeight, outWidth, inputs.get(0).dimension(3)));
        }
    }

    /** Mean over whole dimensions. */
    record DimensionMean(List<Integer> axes, Reduction.Kept kept) implements Fused {
        @Override
        public Operator operator(int version, List<OptionalInt> inputs, int output) {
            return new Operator.Mean(version, required(inputs, 0), output, axes, kept == Reduction.Kept.AS_ONE);
        }

        @Override
        public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
            return new Reduction(name(), Reduction.Kind.MEAN, axes, kept).infer(inputs);
        }
    }

    /** Largest value of each window, of an input and output with one meaning. */
    record Max(Window window, Activation activation, int outHeight, int outWidth) implements Fused {
        @Override
        public Operator operator(int version, List<OptionalInt> inputs, int output) {
            return new Operator.MaxPool2d(version, required(inputs, 0), output, window, activation);
        }

        @Override
        public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
            return List.of(
                    image(inputs.get(0), outHeight, outWidth, inputs.get(0).dimension(3)));
        }
    }

    /** Over the last dimension. */
    record Softmax() implements Fused {
        @Override
        public Operator operator(int version, List<OptionalInt> inputs, int output) {
            return new Operator.Softmax(version, required(inputs, 0), output, 1);
        }

        @Override
        public List<ArrayType> infer(Slots<ArrayType> inputs) {
            return List.of(inputs.get(0));
        }
    }
}
