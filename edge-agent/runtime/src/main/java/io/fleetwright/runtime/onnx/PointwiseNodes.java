package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayFunction;
import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.Cast;
import io.fleetwright.runtime.array.Clip;
import io.fleetwright.runtime.array.Pointwise;
import io.fleetwright.runtime.array.Unary;
import io.fleetwright.runtime.array.Where;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.onnx.OperatorTable.Reading;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operators that work element by element. */
final class PointwiseNodes {
    private PointwiseNodes() {}

    static void addTo(Map<String, Reading> table) {
        table.put("Identity", plain(Unary.identity()));
        table.put("Abs", plain(Unary.abs()));
        table.put("Neg", plain(Unary.neg()));
        table.put("Sign", plain(Unary.sign()));
        table.put("Not", plain(Unary.not()));
        table.put("Relu", plain(Unary.relu()));
        table.put("Sigmoid", plain(Unary.sigmoid()));
        table.put("Tanh", plain(Unary.tanh()));
        table.put("HardSwish", plain(Unary.hardSwish()));
        table.put("Softplus", plain(Unary.softplus()));
        table.put("Exp", plain(Unary.exp()));
        table.put("Log", plain(Unary.log()));
        table.put("Sqrt", plain(Unary.sqrt()));
        table.put("Reciprocal", plain(Unary.reciprocal()));
        table.put("Floor", plain(Unary.floor()));
        table.put("Ceil", plain(Unary.ceil()));
        table.put("Round", plain(Unary.round()));
        table.put("LeakyRelu", node -> node.becomes(Unary.leakyRelu(node.real("alpha", 0.01f))));
        table.put("Elu", node -> node.becomes(Unary.elu(node.real("alpha", 1))));
        table.put(
                "HardSigmoid",
                node -> node.becomes(Unary.hardSigmoid(node.real("alpha", 0.2f), node.real("beta", 0.5f))));
        table.put("Add", plain(Pointwise.add()));
        table.put("Sub", plain(Pointwise.sub()));
        table.put("Mul", plain(Pointwise.mul()));
        table.put("Div", plain(Pointwise.div()));
        table.put("Pow", plain(Pointwise.pow()));
        table.put("PRelu", plain(Pointwise.prelu()));
        table.put("Min", plain(Pointwise.min()));
        table.put("Max", plain(Pointwise.max()));
        table.put("Sum", plain(Pointwise.sum()));
        table.put("Equal", plain(Pointwise.equal()));
        table.put("Less", plain(Pointwise.less()));
        table.put("Greater", plain(Pointwise.greater()));
        table.put("And", plain(Pointwise.and()));
        table.put("Or", plain(Pointwise.or()));
        table.put("Where", node -> {
            node.requireInputs(3, 3);
            node.becomes(new Where());
        });
        table.put("BitShift", PointwiseNodes::bitShift);
        table.put("Clip", PointwiseNodes::clip);
        table.put("Cast", PointwiseNodes::cast);
        table.put("Dropout", PointwiseNodes::dropout);
    }

    private static Reading plain(ArrayFunction function) {
        return node -> {
            node.requireInputs(1, 1000);
            for (int i = 0; i < node.inputCount(); i++) {
                node.input(i);
            }
            if (function instanceof Unary) {
                node.requireInputs(1, 1);
            }
            node.becomes(function);
        };
    }

    private static void bitShift(NodeReader node) throws ModelException {
        node.requireInputs(2, 2);
        String direction = node.text("direction", "");
        node.becomes(
                switch (direction) {
                    case "LEFT" -> Pointwise.shiftLeft();
                    case "RIGHT" -> Pointwise.shiftRight();
                    default ->
                        throw node.malformed(
                                "direction '%s', LEFT or RIGHT allowed".formatted(ProtoReader.shown(direction)));
                });
    }

    /** Bounds were attributes before version 11, and are inputs since. */
    private static void clip(NodeReader node) throws ModelException {
        node.requireInputs(1, 3);
        if (node.version() >= 11) {
            node.becomes(new Clip());
            return;
        }
        node.requireInputs(1, 1);
        var inputs = new ArrayList<@Nullable Value>();
        inputs.add(node.input(0));
        inputs.add(scalar(node, node.real("min", -Float.MAX_VALUE)));
        inputs.add(scalar(node, node.real("max", Float.MAX_VALUE)));
        node.becomes(new Clip(), inputs);
    }

    private static Value scalar(NodeReader node, float value) throws ModelException {
        var data =
                ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, value);
        return new Value("bound", node.type(TensorType.FLOAT32), data);
    }

    private static void cast(NodeReader node) throws ModelException {
        node.requireInputs(1, 1);
        // Both tell how to round to 8-bit floats, which are not supported.
        node.ignore("saturate", "round_mode");
        long to = node.integer("to", 0);
        var type = OnnxTypes.of(to).orElseThrow(() -> node.unsupported("to %s".formatted(OnnxTypes.name(to))));
        node.becomes(new Cast(type));
    }

    /** Does nothing, except in training; the mask, if asked for, is all true. */
    private static void dropout(NodeReader node) throws ModelException {
        node.requireInputs(1, 3);
        node.ignore("seed", "ratio");
        if (node.hasInput(2)) {
            var training = node.constantInput(2, "training_mode").constant();
            if (!training.hasRemaining() || training.get(0) != 0) {
                throw node.unsupported("training mode");
            }
        }
        var x = node.input(0);
        node.output(0, node.emit(Unary.identity(), Arrays.asList(x)));
        if (node.outputCount() > 1) {
            ArrayType mask = x.type().as(TensorType.BOOL);
            byte[] kept = new byte[mask.bytes()];
            Arrays.fill(kept, (byte) 1);
            node.output(1, new Value("mask", mask, ByteBuffer.wrap(kept)));
        }
    }
}
