package io.fleetwright.forge.evaluate;

import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How often values between layers lie at an end of their int8 range, and so may have been clipped: at 127, and at -128
 * unless that stands for zero, where a rectifier puts half of all values. The network's own outputs do not count.
 */
final class Saturation {
    private final Graph graph;
    private final List<Graph> steps = new ArrayList<>();
    private final List<Interpreter> interpreters = new ArrayList<>();
    private long values;
    private long atEnds;

    private Saturation(Graph graph) {
        this.graph = graph;
        for (int i = 0; i < graph.operators().size(); i++) {
            Graph step = graph.segment(i, i + 1);
            steps.add(step);
            interpreters.add(Interpreter.create(step));
        }
    }

    /** A share from 0 to 1; 0 when the network has one layer. */
    static double of(Graph graph, EvaluationSet set) {
        var saturation = new Saturation(graph);
        var quantized = new QuantizedInputs(graph.inputs().getFirst(), set);
        for (int i = 0; i < set.count(); i++) {
            saturation.run(quantized.input(i));
        }
        saturation.interpreters.forEach(Interpreter::close);
        return saturation.values == 0 ? 0 : (double) saturation.atEnds / saturation.values;
    }

    private void run(byte[] input) {
        Map<Integer, byte[]> live = new HashMap<>();
        live.put(graph.inputIds().getFirst(), input);
        for (int i = 0; i < steps.size(); i++) {
            var in = new byte[interpreters.get(i).inputBytes()];
            int at = 0;
            for (int id : steps.get(i).inputIds()) {
                byte[] part = Objects.requireNonNull(live.get(id));
                System.arraycopy(part, 0, in, at, part.length);
                at += part.length;
            }
            var out = new byte[interpreters.get(i).outputBytes()];
            interpreters.get(i).run(in, 0, out, 0);
            at = 0;
            for (int k = 0; k < steps.get(i).outputIds().size(); k++) {
                int id = steps.get(i).outputIds().get(k);
                var part =
                        new byte[Math.toIntExact(steps.get(i).outputs().get(k).bytes())];
                System.arraycopy(out, at, part, 0, part.length);
                at += part.length;
                live.put(id, part);
                count(id, part);
            }
        }
    }

    private void count(int id, byte[] part) {
        Tensor tensor = graph.tensors().get(id);
        if (tensor.info().type() != TensorType.INT8 || graph.outputIds().contains(id)) {
            return;
        }
        boolean zeroAtTheEnd = tensor.info().zeroPoint() == Byte.MIN_VALUE;
        for (byte value : part) {
            if (value == Byte.MAX_VALUE || value == Byte.MIN_VALUE && !zeroAtTheEnd) {
                atEnds++;
            }
        }
        values += part.length;
    }
}
