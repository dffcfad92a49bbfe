package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.BatchNormalization;
import io.fleetwright.runtime.array.Convolution;
import io.fleetwright.runtime.array.InstanceNormalization;
import io.fleetwright.runtime.array.IntegerConvolution;
import io.fleetwright.runtime.array.IntegerMatMul;
import io.fleetwright.runtime.array.Pooling;
import io.fleetwright.runtime.array.SpatialWindow;
import io.fleetwright.runtime.array.TransposedConvolution;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.onnx.OperatorTable.Reading;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Operators that slide a window over images, and the normalizations that come with them. */
final class WindowNodes {
    private WindowNodes() {}

    static void addTo(Map<String, Reading> table) {
        table.put("Conv", node -> {
            node.requireInputs(2, 3);
            node.becomes(new Convolution(window(node, node.input(0).type(), kernel(node, 1)), groups(node)));
        });
        table.put("ConvInteger", node -> integerConvolution(node, IntegerMatMul.Form.SUMS, 1));
        table.put("QLinearConv", node -> integerConvolution(node, IntegerMatMul.Form.QUANTIZED, 3));
        table.put("ConvTranspose", WindowNodes::transposed);
        table.put("MaxPool", node -> {
            node.requireInputs(1, 1);
            var order = node.flag("storage_order", false) ? Pooling.Order.COLUMN_MAJOR : Pooling.Order.ROW_MAJOR;
            pool(node, Pooling.Kind.MAX, order);
        });
        table.put("AveragePool", node -> {
            node.requireInputs(1, 1);
            boolean padding = node.flag("count_include_pad", false);
            pool(node, padding ? Pooling.Kind.MEAN_WITH_PADDING : Pooling.Kind.MEAN_INSIDE, Pooling.Order.ROW_MAJOR);
        });
        table.put("BatchNormalization", WindowNodes::batchNormalization);
        table.put("InstanceNormalization", node -> {
            node.requireInputs(3, 3);
            node.becomes(new InstanceNormalization(node.real("epsilon", 1e-5f)));
        });
    }

    private static int groups(NodeReader node) throws ModelException {
        return node.integer("group", 1, 1, Limits.ELEMENTS_MAX);
    }

    private static void integerConvolution(NodeReader node, IntegerMatMul.Form form, int filters)
            throws ModelException {
        node.requireInputs(filters == 1 ? 2 : 8, filters == 1 ? 4 : 9);
        var window = window(node, node.input(0).type(), kernel(node, filters));
        node.becomes(new IntegerConvolution(form, window, groups(node)));
    }

    /** The kernel's extents as the filters have them; an attribute may repeat them. */
    private static List<Integer> kernel(NodeReader node, int filtersInput) throws ModelException {
        var filters = node.input(filtersInput).type();
        if (filters.rank() < 3) {
            throw node.malformed("filters %s, at least 3 dimensions allowed".formatted(filters));
        }
        var kernel = filters.dimensions().subList(2, filters.rank());
        var given = list(node, "kernel_shape", kernel.size(), 1);
        if (node.hasAttribute("kernel_shape") && !given.equals(kernel)) {
            throw node.malformed("kernel_shape %s, filters %s".formatted(given, filters));
        }
        return kernel;
    }

    /** One number per spatial dimension. */
    private static List<Integer> list(NodeReader node, String name, int rank, int absent) throws ModelException {
        long[] given = node.integers(name).orElse(null);
        if (given == null) {
            return Collections.nCopies(rank, absent);
        }
        if (given.length != rank) {
            throw node.malformed("%d %s for %d dimensions".formatted(given.length, name, rank));
        }
        var numbers = new ArrayList<Integer>();
        for (long number : given) {
            if (number < 0 || number > Limits.WINDOW_MAX) {
                throw node.malformed("%s of %d, 0 to %d supported".formatted(name, number, Limits.WINDOW_MAX));
            }
            numbers.add((int) number);
        }
        return numbers;
    }

    private static SpatialWindow window(NodeReader node, ArrayType x, List<Integer> kernel) throws ModelException {
        int rank = kernel.size();
        if (x.rank() != rank + 2) {
            throw node.malformed("kernel %s on %s".formatted(kernel, x));
        }
        var strides = list(node, "strides", rank, 1);
        var dilations = list(node, "dilations", rank, 1);
        var pads = list(node, "pads", 2 * rank, 0);
        String auto = node.text("auto_pad", "NOTSET");
        if (auto.equals("NOTSET")) {
            return checked(
                    node,
                    new SpatialWindow(kernel, strides, dilations, pads.subList(0, rank), pads.subList(rank, 2 * rank)));
        }
        var before = new ArrayList<Integer>();
        var after = new ArrayList<Integer>();
        for (int d = 0; d < rank; d++) {
            long extent = Window.extent(kernel.get(d), dilations.get(d));
            long total = switch (auto) {
                case "VALID" -> 0;
                case "SAME_UPPER", "SAME_LOWER" ->
                    Window.samePadding(x.dimension(d + 2), Math.max(strides.get(d), 1), extent);
                default -> throw node.unsupported("auto_pad '%s'".formatted(ProtoReader.shown(auto)));
            };
            int padding = (int) Math.min(total, Limits.WINDOW_MAX);
            before.add(auto.equals("SAME_LOWER") ? padding - padding / 2 : padding / 2);
            after.add(padding - before.get(d));
        }
        return checked(node, new SpatialWindow(kernel, strides, dilations, before, after));
    }

    private static SpatialWindow checked(NodeReader node, SpatialWindow window) throws ModelException {
        return node.checked(() -> {
            window.check();
            return window;
        });
    }

    private static void pool(NodeReader node, Pooling.Kind kind, Pooling.Order order) throws ModelException {
        var x = node.input(0).type();
        int rank = x.rank() - 2;
        if (rank < 1 || !node.hasAttribute("kernel_shape")) {
            throw node.malformed("kernel_shape is missing, or no images: %s".formatted(x));
        }
        var window = window(node, x, list(node, "kernel_shape", rank, 1));
        var rest = node.flag("ceil_mode", false) ? Pooling.Rest.POOLED : Pooling.Rest.LEFT_OUT;
        node.becomes(new Pooling(kind, window, rest, order));
    }

    /** {@code stride * (in - 1) + outputPadding + extent - pads} positions, or as many as asked for. */
    private static void transposed(NodeReader node) throws ModelException {
        node.requireInputs(2, 3);
        var x = node.input(0).type();
        var kernel = kernel(node, 1);
        int rank = kernel.size();
        if (x.rank() != rank + 2) {
            throw node.malformed("kernel %s on %s".formatted(kernel, x));
        }
        var strides = list(node, "strides", rank, 1);
        var dilations = list(node, "dilations", rank, 1);
        var extra = list(node, "output_padding", rank, 0);
        var wanted = list(node, "output_shape", rank, 0);
        var pads = list(node, "pads", 2 * rank, 0);
        String auto = node.text("auto_pad", "NOTSET");
        var before = new ArrayList<Integer>();
        var after = new ArrayList<Integer>();
        var output = new ArrayList<Integer>();
        for (int d = 0; d < rank; d++) {
            long full = (long) strides.get(d) * (x.dimension(d + 2) - 1L)
                    + extra.get(d)
                    + Window.extent(kernel.get(d), dilations.get(d));
            long total = (long) pads.get(d) + pads.get(rank + d);
            boolean same = auto.startsWith("SAME_");
            boolean shaped = node.hasAttribute("output_shape");
            if (shaped || same) {
                long target = shaped ? wanted.get(d) : (long) x.dimension(d + 2) * strides.get(d);
                total = full - target;
            } else if (!auto.equals("NOTSET") && !auto.equals("VALID")) {
                throw node.unsupported("auto_pad '%s'".formatted(ProtoReader.shown(auto)));
            }
            long out = full - total;
            if (out < 1 || out > Limits.ELEMENTS_MAX || Math.abs(total) > Limits.WINDOW_MAX) {
                throw node.unsupported("output extent %d".formatted(out));
            }
            int padding = (int) Math.max(total, 0);
            int front = shaped || same ? auto.equals("SAME_UPPER") ? padding / 2 : padding - padding / 2 : pads.get(d);
            before.add(front);
            after.add(padding - front);
            output.add((int) out);
        }
        var window = checked(node, new SpatialWindow(kernel, strides, dilations, before, after));
        node.becomes(new TransposedConvolution(window, groups(node), output));
    }

    private static void batchNormalization(NodeReader node) throws ModelException {
        node.requireInputs(5, 5);
        float momentum = node.real("momentum", 0.9f);
        float epsilon = node.real("epsilon", 1e-5f);
        if (!node.flag("spatial", true)) {
            throw node.unsupported("spatial 0");
        }
        boolean training = node.flag("training_mode", false);
        if (!training && node.outputCount() > 1) {
            throw node.unsupported("%d outputs without training_mode, one supported".formatted(node.outputCount()));
        }
        var mode = training ? BatchNormalization.Mode.TRAINING : BatchNormalization.Mode.INFERENCE;
        node.becomes(new BatchNormalization(mode, epsilon, momentum));
    }
}
