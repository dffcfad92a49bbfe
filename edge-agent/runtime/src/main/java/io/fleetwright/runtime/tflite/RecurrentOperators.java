package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Operator.UnidirectionalSequenceLstm.Gate;
import io.fleetwright.runtime.tflite.FlatBuffer.Table;

/** Reads the operators that go through a sequence. */
final class RecurrentOperators {
    private static final int TANH = 4;

    // Positions of the first input of each kind.
    private static final int INPUT_WEIGHTS = 1;
    private static final int RECURRENT_WEIGHTS = 5;
    private static final int PEEPHOLES = 9;
    private static final int BIASES = 12;
    private static final int PROJECTION = 16;
    private static final int HIDDEN_STATE = 18;
    private static final int CELL_STATE = 19;
    private static final int NORMALIZATION = 20;
    private static final int END = 24;

    private RecurrentOperators() {}

    static Operator lstm(OperatorReader node) throws ModelException {
        leftOut(node, "peephole connections", PEEPHOLES, BIASES);
        leftOut(node, "projection", PROJECTION, HIDDEN_STATE);
        leftOut(node, "layer normalization", NORMALIZATION, END);
        Table options = node.options();
        if (options.int8(0) != TANH) {
            throw node.unsupported("activation %d, %d (TANH) supported".formatted(options.int8(0), TANH));
        }
        if (node.flag(options, 5)) {
            throw node.unsupported("diagonal recurrent weights");
        }
        return new Operator.UnidirectionalSequenceLstm(
                node.version(),
                node.input(0),
                gate(node, 0),
                gate(node, 1),
                gate(node, 2),
                gate(node, 3),
                node.input(HIDDEN_STATE),
                node.input(CELL_STATE),
                node.output(),
                node.flag(options, 3),
                options.float32(1));
    }

    private static void leftOut(OperatorReader node, String what, int from, int to) throws ModelException {
        for (int position = from; position < to; position++) {
            var id = node.optionalInput(position);
            if (id.isPresent()) {
                throw node.unsupported("%s (%s)".formatted(what, node.tensor(what, id.getAsInt())));
            }
        }
    }

    private static Gate gate(OperatorReader node, int index) throws ModelException {
        return new Gate(
                given(node, INPUT_WEIGHTS + index),
                given(node, RECURRENT_WEIGHTS + index),
                given(node, BIASES + index));
    }

    /** Without those of its input gate, a layer takes what the forget gate leaves. */
    private static int given(OperatorReader node, int position) throws ModelException {
        return node.optionalInput(position)
                .orElseThrow(() -> node.unsupported("coupled gates (no input %d)".formatted(position)));
    }
}
