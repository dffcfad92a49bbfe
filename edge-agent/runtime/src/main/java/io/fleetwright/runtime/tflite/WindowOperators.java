package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.tflite.FlatBuffer.Table;

/** Reads windows over images, and the pools that need nothing else. */
final class WindowOperators {
    private static final int SAME = 0;
    private static final int VALID = 1;

    private WindowOperators() {}

    /** Kernel, stride and dilation along height or width. */
    record Axis(int kernel, int stride, int dilation) {
        boolean inRange() {
            return kernel >= 1
                    && stride >= 1
                    && dilation >= 1
                    && stride <= Limits.WINDOW_MAX
                    && extent() <= Limits.WINDOW_MAX;
        }

        long extent() {
            return Window.extent(kernel, dilation);
        }

        int padding(int in, int code) {
            // In range, the padding is below the extent, so it fits.
            return code == SAME ? (int) Window.samePadding(in, stride, extent()) : 0;
        }
    }

    /** A window that slides over an image; SAME puts an odd position of padding after. */
    static Window window(OperatorReader node, int code, Tensor sliding, Axis height, Axis width) throws ModelException {
        if (code != SAME && code != VALID) {
            throw node.unsupported("padding code %d, 0 (SAME) and 1 (VALID) supported".formatted(code));
        }
        if (!height.inRange() || !width.inRange()) {
            throw node.malformed(
                    "height %s, width %s, extents of 1 to %d allowed".formatted(height, width, Limits.WINDOW_MAX));
        }
        int vertical = height.padding(sliding.dimension(1), code);
        int horizontal = width.padding(sliding.dimension(2), code);
        return new Window(
                height.kernel,
                width.kernel,
                height.stride,
                width.stride,
                height.dilation,
                width.dilation,
                vertical / 2,
                horizontal / 2,
                vertical - vertical / 2,
                horizontal - horizontal / 2);
    }

    static Operator averagePool2d(OperatorReader node) throws ModelException {
        Table options = node.options();
        return new Operator.AveragePool2d(
                node.version(), node.input(0), node.output(), pool(node, options), node.activation(options, 5));
    }

    static Operator maxPool2d(OperatorReader node) throws ModelException {
        Table options = node.options();
        return new Operator.MaxPool2d(
                node.version(), node.input(0), node.output(), pool(node, options), node.activation(options, 5));
    }

    /** The size is in the output tensor too. */
    static Operator resizeBilinear(OperatorReader node) throws ModelException {
        Table options = node.options();
        Tensor output = node.image("output", node.output());
        int[] size = MovementOperators.size(node);
        if (output.dimension(1) != size[0] || output.dimension(2) != size[1]) {
            throw node.malformed("output %s, size %d x %d given".formatted(output, size[0], size[1]));
        }
        // Fields 0 and 1 are no longer used.
        return new Operator.ResizeBilinear(
                node.version(), node.input(0), node.output(), node.flag(options, 2), node.flag(options, 3));
    }

    private static Window pool(OperatorReader node, Table options) throws ModelException {
        return window(
                node,
                options.int8(0),
                node.image("input", node.input(0)),
                new Axis(options.int32(4, 0), options.int32(2, 0), 1),
                new Axis(options.int32(3, 0), options.int32(1, 0), 1));
    }
}
