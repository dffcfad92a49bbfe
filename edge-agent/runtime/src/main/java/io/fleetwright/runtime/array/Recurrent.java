package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * LSTM and GRU layers over {@code [steps, batch, depth]}, float32.
 *
 * <p>Inputs: x, weights {@code [directions, gates * hidden, depth]}, recurrences {@code [directions, gates * hidden,
 * hidden]}, biases {@code [directions, 2 * gates * hidden]}, sequence lengths (int32, one per batch), first hidden state
 * {@code [directions, batch, hidden]}, first cell state, peepholes {@code [directions, 3 * hidden]}. Outputs: all hidden
 * states {@code [steps, directions, batch, hidden]}, the last one, the last cell state. A sequence ends after its length,
 * where backward steps begin; hidden states beyond are 0. A length below 0 counts as 0, one above the steps as all of them.
 *
 * @param squashings for each direction in turn: of the gates, of the candidate, and with an LSTM of the cell state
 */
public record Recurrent(Cell cell, Direction direction, int hidden, Reset reset, List<Squashing> squashings)
        implements ArrayFunction {
    public Recurrent {
        squashings = List.copyOf(squashings);
        if (squashings.size() != cell.squashings(direction).size()) {
            throw new IllegalArgumentException("%d squashings for %s %s".formatted(squashings.size(), direction, cell));
        }
    }

    /** What a step computes. */
    public enum Cell {
        /** Gates in the order input, output, forget, cell. */
        LSTM(4),
        /** Gates in the order update, reset, hidden. */
        GRU(3);

        private final int gates;

        Cell(int gates) {
            this.gates = gates;
        }

        /** The functions of the standard. */
        public List<Squashing> squashings(Direction direction) {
            var each = this == LSTM
                    ? List.of(Squashing.SIGMOID, Squashing.TANH, Squashing.TANH)
                    : List.of(Squashing.SIGMOID, Squashing.TANH);
            return Collections.nCopies(direction == Direction.BIDIRECTIONAL ? 2 : 1, each).stream()
                    .flatMap(List::stream)
                    .toList();
        }
    }

    /** What a sum goes through, with the default parameters of the operator of that name. */
    public enum Squashing {
        SIGMOID("Sigmoid"),
        TANH("Tanh"),
        RELU("Relu"),
        HARD_SIGMOID("HardSigmoid"),
        LEAKY_RELU("LeakyRelu"),
        ELU("Elu"),
        SOFTPLUS("Softplus");

        private final String standardName;

        Squashing(String standardName) {
            this.standardName = standardName;
        }

        public static Optional<Squashing> named(String name) {
            return Arrays.stream(values())
                    .filter(squashing -> squashing.standardName.equals(name))
                    .findFirst();
        }

        public static List<String> names() {
            return Arrays.stream(values()).map(one -> one.standardName).toList();
        }

        private DoubleUnaryOperator function() {
            var function = switch (this) {
                case SIGMOID -> Unary.sigmoid();
                case TANH -> Unary.tanh();
                case RELU -> Unary.relu();
                case HARD_SIGMOID -> Unary.hardSigmoid(0.2f, 0.5f);
                case LEAKY_RELU -> Unary.leakyRelu(0.01f);
                case ELU -> Unary.elu(1);
                case SOFTPLUS -> Unary.softplus();
            };
            return function.real();
        }
    }

    /** Which way the steps are taken. */
    public enum Direction {
        FORWARD,
        REVERSE,
        BIDIRECTIONAL
    }

    /** Where a GRU's reset gate acts: on the state before its product with the recurrence, or on the product. */
    public enum Reset {
        BEFORE_PRODUCT,
        AFTER_PRODUCT
    }

    @Override
    public String name() {
        return cell.name();
    }

    private int directions() {
        return direction == Direction.BIDIRECTIONAL ? 2 : 1;
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var x = inputs.get(0);
        ArrayFunction.requireRank("x", x, 3);
        int batch = x.dimension(1);
        int rows = Math.multiplyExact(cell.gates, hidden);
        require("x", x, x.dimension(0), batch, x.dimension(2));
        require("weights", inputs.get(1), directions(), rows, x.dimension(2));
        require("recurrences", inputs.get(2), directions(), rows, hidden);
        if (inputs.has(3)) {
            require("biases", inputs.get(3), directions(), 2 * rows);
        }
        if (inputs.has(4) && !inputs.get(4).equals(ArrayType.of(TensorType.INT32, new long[] {batch}))) {
            throw InferenceException.contradiction(
                    "sequence lengths %s, INT32[%d] allowed".formatted(inputs.get(4), batch));
        }
        if (inputs.has(5)) {
            require("first hidden state", inputs.get(5), directions(), batch, hidden);
        }
        if (inputs.has(6)) {
            require("first cell state", inputs.get(6), directions(), batch, hidden);
        }
        if (inputs.has(7)) {
            require("peepholes", inputs.get(7), directions(), 3 * hidden);
        }
        var last = ArrayType.of(TensorType.FLOAT32, new long[] {directions(), batch, hidden});
        var all = ArrayType.of(TensorType.FLOAT32, new long[] {x.dimension(0), directions(), batch, hidden});
        return cell == Cell.LSTM ? List.of(all, last, last) : List.of(all, last);
    }

    private static void require(String what, ArrayType found, long... shape) throws InferenceException {
        if (!found.equals(ArrayType.of(TensorType.FLOAT32, shape))) {
            throw InferenceException.contradiction(
                    "%s %s, FLOAT32%s allowed".formatted(what, found, Arrays.toString(shape)));
        }
    }

    @Override
    public long macs(Slots<ArrayType> inputs, List<ArrayType> outputs) {
        var x = inputs.get(0);
        return (long) x.dimension(0)
                * x.dimension(1)
                * (inputs.get(1).elements() + (long) inputs.get(2).elements());
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        return new Steps(this, inputs, outputs);
    }

    private static final class Steps implements Kernel {
        private final Recurrent function;
        private final Slots<Operand> in;
        private final Slots<Operand> out;
        private final int steps;
        private final int batch;
        private final int depth;
        private final int hidden;
        private final int rows;
        private final DoubleUnaryOperator[] squashings;

        Steps(Recurrent function, Slots<Operand> in, Slots<Operand> out) {
            this.function = function;
            this.in = in;
            this.out = out;
            var x = in.get(0).type();
            this.steps = x.dimension(0);
            this.batch = x.dimension(1);
            this.depth = x.dimension(2);
            this.hidden = function.hidden;
            this.rows = function.cell.gates * hidden;
            this.squashings =
                    function.squashings.stream().map(Squashing::function).toArray(DoubleUnaryOperator[]::new);
        }

        /** Hidden state, cell state, what weights give per gate row, what recurrences give. */
        @Override
        public WorkspaceSize workspace() {
            return WorkspaceSize.ofFloats(Math.addExact(Math.multiplyExact(3, hidden), Math.multiplyExact(2, rows)));
        }

        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            for (int d = 0; d < function.directions(); d++) {
                boolean backwards = function.direction == Direction.REVERSE || d == 1;
                for (int n = 0; n < batch; n++) {
                    sequence(arena, workspace.floats, d, n, backwards);
                }
            }
        }

        private void sequence(byte[] arena, float[] work, int d, int n, boolean backwards) {
            int cellAt = hidden;
            int state = (d * batch + n) * hidden;
            for (int j = 0; j < hidden; j++) {
                work[j] = optional(5, arena, state + j);
                work[cellAt + j] = optional(6, arena, state + j);
            }
            int length = length(arena, n);
            for (int step = 0; step < length; step++) {
                int t = backwards ? length - 1 - step : step;
                products(arena, work, d, (t * batch + n) * depth);
                if (function.cell == Cell.LSTM) {
                    lstm(arena, work, d);
                } else {
                    gru(arena, work, d);
                }
                store(out.orNull(0), arena, state(t, d, n), work, 0);
            }
            var all = out.orNull(0);
            for (int t = length; all != null && t < steps; t++) {
                int first = all.at() + Float.BYTES * state(t, d, n);
                Arrays.fill(arena, first, first + Float.BYTES * hidden, (byte) 0);
            }
            store(out.orNull(1), arena, state, work, 0);
            store(out.orNull(2), arena, state, work, cellAt);
        }

        /** Where the hidden state after a step starts among all. */
        private int state(int t, int d, int n) {
            return ((t * function.directions() + d) * batch + n) * hidden;
        }

        private int length(byte[] arena, int n) {
            if (!in.has(4)) {
                return steps;
            }
            var lengths = in.get(4);
            long given = Element.of(TensorType.INT32).getLong(lengths.in(arena), lengths.at(), n);
            return Math.clamp(given, 0, steps);
        }

        /** The {@code index}th function of a direction. */
        private DoubleUnaryOperator squashing(int d, int index) {
            return squashings[d * squashings.length / function.directions() + index];
        }

        private void store(@Nullable Operand to, byte[] arena, int first, float[] from, int fromAt) {
            if (to != null) {
                Element.writeFloats(from, fromAt, arena, to.at() + 4 * first, hidden);
            }
        }

        private float optional(int input, byte[] arena, int index) {
            return in.has(input) ? get(in.get(input), arena, index) : 0;
        }

        private static float get(Operand operand, byte[] arena, int index) {
            return Element.getFloat32(operand.in(arena), operand.at() + 4 * index);
        }

        /** {@code weights * x + bias} and {@code recurrences * state + bias}, for every gate row. */
        private void products(byte[] arena, float[] work, int d, int firstX) {
            for (int row = 0; row < rows; row++) {
                float sum = optional(3, arena, d * 2 * rows + row);
                for (int k = 0; k < depth; k++) {
                    sum += get(in.get(1), arena, (d * rows + row) * depth + k) * get(in.get(0), arena, firstX + k);
                }
                work[3 * hidden + row] = sum;
                work[3 * hidden + rows + row] = recurrence(arena, work, d, row, 0);
            }
        }

        /** One row of {@code recurrences * state + bias}; the state starts at {@code stateAt} of the workspace. */
        private float recurrence(byte[] arena, float[] work, int d, int row, int stateAt) {
            float sum = optional(3, arena, d * 2 * rows + rows + row);
            for (int k = 0; k < hidden; k++) {
                sum += get(in.get(2), arena, (d * rows + row) * hidden + k) * work[stateAt + k];
            }
            return sum;
        }

        private float gate(float[] work, int gate, int j) {
            return work[3 * hidden + gate * hidden + j] + work[3 * hidden + rows + gate * hidden + j];
        }

        private void lstm(byte[] arena, float[] work, int d) {
            var gates = squashing(d, 0);
            var candidates = squashing(d, 1);
            var cells = squashing(d, 2);
            for (int j = 0; j < hidden; j++) {
                float cell = work[hidden + j];
                int peephole = d * 3 * hidden + j;
                double input = gates.applyAsDouble(gate(work, 0, j) + optional(7, arena, peephole) * cell);
                double forget =
                        gates.applyAsDouble(gate(work, 2, j) + optional(7, arena, peephole + 2 * hidden) * cell);
                double candidate = candidates.applyAsDouble(gate(work, 3, j));
                float next = (float) (forget * cell + input * candidate);
                double output = gates.applyAsDouble(gate(work, 1, j) + optional(7, arena, peephole + hidden) * next);
                work[hidden + j] = next;
                work[j] = (float) (output * cells.applyAsDouble(next));
            }
        }

        private void gru(byte[] arena, float[] work, int d) {
            var gates = squashing(d, 0);
            var candidate = squashing(d, 1);
            int resetAt = 2 * hidden;
            for (int j = 0; j < hidden; j++) {
                float reset = (float) gates.applyAsDouble(gate(work, 1, j));
                work[resetAt + j] = function.reset == Reset.BEFORE_PRODUCT ? reset * work[j] : reset;
            }
            int candidates = 3 * hidden + 2 * hidden;
            for (int j = 0; j < hidden; j++) {
                int row = 2 * hidden + j;
                float product = function.reset == Reset.BEFORE_PRODUCT
                        ? recurrence(arena, work, d, row, resetAt)
                        : work[resetAt + j] * work[3 * hidden + rows + row];
                work[candidates + j] = (float) candidate.applyAsDouble(work[3 * hidden + row] + product);
            }
            for (int j = 0; j < hidden; j++) {
                double update = gates.applyAsDouble(gate(work, 0, j));
                work[j] = (float) ((1 - update) * work[candidates + j] + update * work[j]);
            }
        }
    }
}
