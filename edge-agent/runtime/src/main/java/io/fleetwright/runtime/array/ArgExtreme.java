package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.ArrayList;
import java.util.List;

/** Position of the largest or smallest element along a dimension, int64. */
public record ArgExtreme(Extreme extreme, int axis, Reduction.Kept kept, Ties ties) implements ArrayFunction {
    /** Which element is meant. */
    public enum Extreme {
        MAX,
        MIN
    }

    /** Which of several equal ones counts. */
    public enum Ties {
        FIRST,
        LAST
    }

    @Override
    public String name() {
        return extreme == Extreme.MAX ? "ArgMax" : "ArgMin";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var in = inputs.get(0);
        Types.require("input", in, Types.NUMBERS);
        int at = in.axis(axis);
        if (in.dimension(at) == 0) {
            throw InferenceException.contradiction("dimension %d of %s is empty".formatted(at, in));
        }
        var shape = new ArrayList<Long>();
        for (int d = 0; d < in.rank(); d++) {
            if (d != at) {
                shape.add((long) in.dimension(d));
            } else if (kept == Reduction.Kept.AS_ONE) {
                shape.add(1L);
            }
        }
        return List.of(ArrayType.of(
                TensorType.INT64, shape.stream().mapToLong(Long::longValue).toArray()));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return new Search(
                this, inputs.get(0), outputs.get(0), Lanes.of(inputs.get(0).type(), axis));
    }

    private record Search(ArgExtreme function, Operand in, Operand out, Lanes lanes) implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var element = Element.of(in.type().type());
            var target = Element.of(TensorType.INT64);
            byte[] data = in.in(arena);
            for (int lane = 0; lane < lanes.count(); lane++) {
                int start = lanes.start(lane);
                int best = 0;
                double bestValue = element.getDouble(data, in.at(), start);
                for (int i = 1; i < lanes.length(); i++) {
                    double value = element.getDouble(data, in.at(), start + i * lanes.stride());
                    boolean better = function.extreme == Extreme.MAX ? value > bestValue : value < bestValue;
                    if (better || (function.ties == Ties.LAST && value == bestValue)) {
                        best = i;
                        bestValue = value;
                    }
                }
                target.setLong(arena, out.at(), lane, best);
            }
        }
    }
}
