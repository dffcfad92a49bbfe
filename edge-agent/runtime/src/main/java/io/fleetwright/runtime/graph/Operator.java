package io.fleetwright.runtime.graph;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** One step of a {@link Graph}; numbers are positions in {@link Graph#tensors()}. Images are NHWC. */
public sealed interface Operator {
    /** Version of the builtin in the file it came from. */
    int version();

    /** The tensor this step writes; the first one if there are several. */
    int output();

    /** All tensors this step writes. */
    default List<Integer> outputs() {
        return List.of(output());
    }

    /** Name in the TFLite schema, for example {@code CONV_2D}. */
    String builtin();

    /** Tensors read that are computed at run time, in order. */
    List<Integer> activations();

    /** Constant tensors read, weights and biases. */
    default List<Integer> constants() {
        return List.of();
    }

    /**
     * Tensors among {@link #activations()} in whose place the output may be written, when both have the same size and
     * nothing reads them later: every kernel reads all it needs of element i before it writes element i, and never again.
     */
    default List<Integer> overwritable() {
        return List.of();
    }

    /** How error texts name an operator. */
    static String where(int index, String builtin, int version) {
        return "operator %d %s v%d".formatted(index, builtin, version);
    }

    /** Filter {@code [outputChannels, kernelHeight, kernelWidth, inputChannels]}. */
    record Conv2d(
            int version, int input, int filter, OptionalInt bias, int output, Window window, Activation activation)
            implements Operator {
        @Override
        public String builtin() {
            return "CONV_2D";
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }

        @Override
        public List<Integer> constants() {
            return bias.isPresent() ? List.of(filter, bias.getAsInt()) : List.of(filter);
        }
    }

    /** Filter {@code [1, kernelHeight, kernelWidth, inputChannels * multiplier]}. */
    record DepthwiseConv2d(
            int version,
            int input,
            int filter,
            OptionalInt bias,
            int output,
            Window window,
            int multiplier,
            Activation activation)
            implements Operator {
        @Override
        public String builtin() {
            return "DEPTHWISE_CONV_2D";
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }

        @Override
        public List<Integer> constants() {
            return bias.isPresent() ? List.of(filter, bias.getAsInt()) : List.of(filter);
        }
    }

    /**
     * The transpose of a convolution: the window slides over the output, and each of its positions takes part in what
     * the filter makes of one input position. Filter {@code [outputChannels, kernelHeight, kernelWidth, inputChannels]}.
     */
    record TransposeConv(
            int version, int input, int filter, OptionalInt bias, int output, Window window, Activation activation)
            implements Operator {
        @Override
        public String builtin() {
            return "TRANSPOSE_CONV";
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }

        @Override
        public List<Integer> constants() {
            return bias.isPresent() ? List.of(filter, bias.getAsInt()) : List.of(filter);
        }
    }

    /** Weights {@code [units, depth]}; the input is read as rows of {@code depth}. */
    record FullyConnected(int version, int input, int weights, OptionalInt bias, int output, Activation activation)
            implements Operator {
        @Override
        public String builtin() {
            return "FULLY_CONNECTED";
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }

        @Override
        public List<Integer> constants() {
            return bias.isPresent() ? List.of(weights, bias.getAsInt()) : List.of(weights);
        }
    }

    /**
     * Two tensors element by element. Their shapes broadcast: trailing dimensions align, and an extent of 1 is repeated.
     * One side may be a constant, which {@link #activations()} then names as well.
     */
    sealed interface Pairwise extends Operator {
        int left();

        int right();

        Activation activation();

        @Override
        default List<Integer> activations() {
            return List.of(left(), right());
        }

        @Override
        default List<Integer> overwritable() {
            return activations();
        }
    }

    record Add(int version, int left, int right, int output, Activation activation) implements Pairwise {
        @Override
        public String builtin() {
            return "ADD";
        }
    }

    record Sub(int version, int left, int right, int output, Activation activation) implements Pairwise {
        @Override
        public String builtin() {
            return "SUB";
        }
    }

    record Mul(int version, int left, int right, int output, Activation activation) implements Pairwise {
        @Override
        public String builtin() {
            return "MUL";
        }
    }

    /** A function of each value by itself. */
    record Elementwise(int version, Int8Function function, int input, int output) implements Operator {
        @Override
        public String builtin() {
            return function.builtin();
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }

        @Override
        public List<Integer> overwritable() {
            return activations();
        }
    }

    /** Mean over the positions of the window that lie inside the input. */
    record AveragePool2d(int version, int input, int output, Window window, Activation activation) implements Operator {
        @Override
        public String builtin() {
            return "AVERAGE_POOL_2D";
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }
    }

    /** Largest value of the window among the positions that lie inside the input. */
    record MaxPool2d(int version, int input, int output, Window window, Activation activation) implements Operator {
        @Override
        public String builtin() {
            return "MAX_POOL_2D";
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }
    }

    /** To another height and width, linear between the four input positions around each output position. */
    record ResizeBilinear(int version, int input, int output, boolean alignsCorners, boolean halfPixelCenters)
            implements Operator {
        @Override
        public String builtin() {
            return "RESIZE_BILINEAR";
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }
    }

    /** Same bytes, other shape. */
    record Reshape(int version, int input, int output) implements Operator {
        @Override
        public String builtin() {
            return "RESHAPE";
        }

        @Override
        public List<Integer> overwritable() {
            return activations();
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }
    }

    /** Over the last dimension; output scale 1/256, zero point -128, of int16 1/32768 and 0. */
    record Softmax(int version, int input, int output, float beta) implements Operator {
        @Override
        public String builtin() {
            return "SOFTMAX";
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }
    }

    /**
     * Over whole dimensions; the output leaves them out, or keeps them with an extent of 1.
     *
     * @param axes ascending
     */
    record Mean(int version, int input, int output, List<Integer> axes, boolean keepsDimensions) implements Operator {
        public Mean {
            axes = List.copyOf(axes);
        }

        @Override
        public String builtin() {
            return "MEAN";
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }
    }

    /**
     * An LSTM layer without peepholes, projection or normalization. Input {@code [batch, time, depth]} and output {@code
     * [batch, time, units]}, or time first; int8.
     *
     * @param hiddenState int8, and
     * @param cellState int16: tensors that say how the states are quantized, and have no value in a graph. Every inference
     *     begins with zeros.
     * @param cellClip largest magnitude of the cell, in real values; 0 for none
     */
    record UnidirectionalSequenceLstm(
            int version,
            int input,
            Gate inputGate,
            Gate forgetGate,
            Gate cellGate,
            Gate outputGate,
            int hiddenState,
            int cellState,
            int output,
            boolean timeMajor,
            float cellClip)
            implements Operator {
        /** Weights {@code [units, depth]} and {@code [units, units]}, bias of {@code units}. */
        public record Gate(int inputWeights, int recurrentWeights, int bias) {}

        @Override
        public String builtin() {
            return "UNIDIRECTIONAL_SEQUENCE_LSTM";
        }

        @Override
        public List<Integer> activations() {
            return List.of(input);
        }

        public List<Gate> gates() {
            return List.of(inputGate, forgetGate, cellGate, outputGate);
        }

        @Override
        public List<Integer> constants() {
            return gates().stream()
                    .flatMap(gate -> Stream.of(gate.inputWeights(), gate.recurrentWeights(), gate.bias()))
                    .toList();
        }
    }

    /** A step on whole arrays of any type and shape: it knows its own rules and brings its own kernel. */
    non-sealed interface OnArrays extends Operator {
        /** What about its tensors contradicts the step's rules, if anything does. */
        Optional<String> contradiction(List<Tensor> tensors);

        /** Multiply-accumulates of one run. */
        long macs();

        /** Steps of one run, where they are more than products and elements; see {@link Work}. */
        default long work() {
            return macs();
        }

        /** The input's dimension that each of the output's is, when moving them is all that the step does; else empty. */
        default List<Integer> permutation() {
            return List.of();
        }

        /** What carries the products, for example {@code bit-planes}; empty when that is left to the kernel set. */
        default String carrier() {
            return "";
        }
    }
}
