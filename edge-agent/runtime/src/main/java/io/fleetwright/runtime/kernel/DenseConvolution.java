package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Sums;
import io.fleetwright.runtime.graph.Window;
import java.util.OptionalInt;

/**
 * A convolution over all channels, or the transpose of one: each output position gathers, from every place {@code (i, j)} of the
 * kernel, the channels of one input position, and multiplies the row as a fully connected layer.
 *
 * <p>{@code out[y][x][n] = requantize(bias[n] + sum_{i,j,c} (in[row(y, i)][column(x, j)][c] - inZero) * filter[n][i][j][c])}
 * over the {@code i, j} that read a position of the image.
 *
 * <p>The reference of the transpose scatters instead; sums of whole numbers come out the same in any order.
 */
record DenseConvolution(
        int input,
        int filter,
        OptionalInt bias,
        int output,
        Activation activation,
        Window window,
        boolean transposed,
        Image in,
        Image out) {

    /** No position of the image. */
    static final int OUTSIDE = -1;

    static DenseConvolution of(Graph graph, Operator.Conv2d conv) {
        return new DenseConvolution(
                conv.input(),
                conv.filter(),
                conv.bias(),
                conv.output(),
                conv.activation(),
                conv.window(),
                false,
                Image.of(graph, conv.input()),
                Image.of(graph, conv.output()));
    }

    static DenseConvolution of(Graph graph, Operator.TransposeConv conv) {
        return new DenseConvolution(
                conv.input(),
                conv.filter(),
                conv.bias(),
                conv.output(),
                conv.activation(),
                conv.window(),
                true,
                Image.of(graph, conv.input()),
                Image.of(graph, conv.output()));
    }

    /** The input row that output row {@code y} reads at kernel row {@code i}, or {@link #OUTSIDE}. */
    int row(int y, int i) {
        return transposed
                ? spread(y + window.padTop() - i, window.strideHeight(), in.height())
                : inside(y * window.strideHeight() - window.padTop() + i * window.dilationHeight(), in.height());
    }

    /** The input column that output column {@code x} reads at kernel column {@code j}, or {@link #OUTSIDE}. */
    int column(int x, int j) {
        return transposed
                ? spread(x + window.padLeft() - j, window.strideWidth(), in.width())
                : inside(x * window.strideWidth() - window.padLeft() + j * window.dilationWidth(), in.width());
    }

    private static int inside(int position, int extent) {
        return position < 0 || position >= extent ? OUTSIDE : position;
    }

    /** The input position whose window begins {@code distance} before. */
    private static int spread(int distance, int stride, int extent) {
        return distance % stride == 0 ? inside(distance / stride, extent) : OUTSIDE;
    }

    int units() {
        return out.channels();
    }

    /** The value that positions outside the image have, so that they add nothing. */
    int inputZero(Graph graph) {
        return graph.tensors().get(input).zeroPoint(0);
    }

    DenseRows int8Rows(Graph graph, Arithmetic arithmetic) {
        var weights = graph.tensors().get(filter);
        var requantizer = new Requantizer(
                arithmetic, factors(graph), units(), graph.tensors().get(output), activation);
        return new DenseRows(
                units(),
                weights.elements() / units(),
                weights.constantBytes(),
                DenseRows.bias(graph, bias),
                inputZero(graph),
                requantizer);
    }

    DenseRows16x8 int16Rows(Graph graph, Rounding rounding) {
        var requantizer = new Requantizer16(
                Sums.of(graph.tensors(), bias),
                rounding,
                factors(graph),
                units(),
                graph.tensors().get(output),
                activation);
        return new DenseRows16x8(graph.tensors().get(filter), DenseRows16x8.bias(graph, bias, units()), requantizer);
    }

    private double[] factors(Graph graph) {
        return Factors.convolution(
                graph.tensors().get(input),
                graph.tensors().get(filter),
                graph.tensors().get(output));
    }
}
