package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.Gemm;
import io.fleetwright.runtime.array.IntegerMatMul;
import io.fleetwright.runtime.array.MatMul;
import io.fleetwright.runtime.array.Recurrent;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.onnx.OperatorTable.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Matrix products, and the layers with a memory that are made of them. */
final class ProductNodes {
    private ProductNodes() {}

    static void addTo(Map<String, Reading> table) {
        table.put("MatMul", node -> {
            node.requireInputs(2, 2);
            node.becomes(new MatMul());
        });
        table.put("Gemm", ProductNodes::gemm);
        table.put("MatMulInteger", node -> {
            node.requireInputs(2, 4);
            node.becomes(new IntegerMatMul(IntegerMatMul.Form.SUMS));
        });
        table.put("QLinearMatMul", node -> {
            node.requireInputs(8, 8);
            node.becomes(new IntegerMatMul(IntegerMatMul.Form.QUANTIZED));
        });
        table.put("LSTM", node -> recurrent(node, Recurrent.Cell.LSTM));
        table.put("GRU", node -> recurrent(node, Recurrent.Cell.GRU));
    }

    private static void gemm(NodeReader node) throws ModelException {
        node.requireInputs(2, 3);
        node.becomes(
                new Gemm(node.real("alpha", 1), node.real("beta", 1), order(node, "transA"), order(node, "transB")));
    }

    private static Gemm.Order order(NodeReader node, String attribute) throws ModelException {
        return node.integer(attribute, 0) == 0 ? Gemm.Order.PLAIN : Gemm.Order.TRANSPOSED;
    }

    private static void recurrent(NodeReader node, Recurrent.Cell cell) throws ModelException {
        boolean lstm = cell == Recurrent.Cell.LSTM;
        node.requireInputs(3, lstm ? 8 : 6);
        if (node.integer("layout", 0) != 0 || node.integer("input_forget", 0) != 0 || node.hasAttribute("clip")) {
            throw node.unsupported("layout, input_forget or clip other than the default");
        }
        var recurrences = node.input(2).type();
        if (recurrences.rank() != 3) {
            throw node.malformed("recurrences %s, rank 3 allowed".formatted(recurrences));
        }
        int hidden = node.integer("hidden_size", recurrences.dimension(2), 1, Limits.WINDOW_MAX);
        String name = node.text("direction", "forward");
        var direction = switch (name) {
            case "forward" -> Recurrent.Direction.FORWARD;
            case "reverse" -> Recurrent.Direction.REVERSE;
            case "bidirectional" -> Recurrent.Direction.BIDIRECTIONAL;
            default -> throw node.malformed("direction '%s'".formatted(ProtoReader.shown(name)));
        };
        boolean after = !lstm && node.flag("linear_before_reset", false);
        var reset = after ? Recurrent.Reset.AFTER_PRODUCT : Recurrent.Reset.BEFORE_PRODUCT;
        node.becomes(new Recurrent(cell, direction, hidden, reset, squashings(node, cell, direction)));
    }

    /** The functions of each direction's gates; their own parameters are those of the operators of their names. */
    private static List<Recurrent.Squashing> squashings(
            NodeReader node, Recurrent.Cell cell, Recurrent.Direction direction) throws ModelException {
        var given = node.texts("activations").orElse(null);
        if (given == null) {
            return cell.squashings(direction);
        }
        int count = cell.squashings(direction).size();
        if (given.size() != count) {
            throw node.malformed("%d activations, %d allowed".formatted(given.size(), count));
        }
        var squashings = new ArrayList<Recurrent.Squashing>();
        for (String name : given) {
            squashings.add(Recurrent.Squashing.named(name)
                    .orElseThrow(() -> node.unsupported("activation '%s', %s supported"
                            .formatted(ProtoReader.shown(name), Recurrent.Squashing.names()))));
        }
        return squashings;
    }
}
