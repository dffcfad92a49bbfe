package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.arithmetic.SigmoidTable;
import io.fleetwright.runtime.arithmetic.SigmoidTable.Argument;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import java.util.Arrays;

/**
 * LSTM layer over sequences of int8, with a cell of int16:
 *
 * <p>{@code c = sigmoid(forget) * c + sigmoid(input) * tanh(cell)}, {@code h = sigmoid(output) * tanh(c)}, where each gate
 * is a {@link LstmGate}. Every inference begins with {@code c = h = 0}.
 *
 * @see "TensorFlow Lite Micro, lstm_eval.h: LstmStep; docs/adr/0010"
 */
final class LstmKernel implements Kernel {
    /** Of what the gates add up, Q3.12. */
    private static final Argument GATE = Argument.ofPower(-12);

    private final Rounding rounding;
    private final LstmGate inputGate;
    private final LstmGate forgetGate;
    private final LstmGate cellGate;
    private final LstmGate outputGate;
    private final Argument cellArgument;
    private final QuantizedMultiplier kept;
    private final QuantizedMultiplier added;
    private final QuantizedMultiplier hidden;
    private final int hiddenZero;
    private final int cellMin;
    private final int cellMax;
    private final int batch;
    private final int steps;
    private final int depth;
    private final int units;
    private final boolean timeMajor;
    private final int inputAt;
    private final int outputAt;

    LstmKernel(Graph graph, Operator.UnidirectionalSequenceLstm lstm, Rounding rounding) {
        var input = graph.tensors().get(lstm.input());
        var hiddenState = graph.tensors().get(lstm.hiddenState());
        var cellState = graph.tensors().get(lstm.cellState());
        this.rounding = rounding;
        this.inputGate = new LstmGate(graph, lstm.inputGate(), input, hiddenState, rounding);
        this.forgetGate = new LstmGate(graph, lstm.forgetGate(), input, hiddenState, rounding);
        this.cellGate = new LstmGate(graph, lstm.cellGate(), input, hiddenState, rounding);
        this.outputGate = new LstmGate(graph, lstm.outputGate(), input, hiddenState, rounding);
        this.cellArgument = Argument.ofPower(Math.getExponent(cellState.scale(0)));
        this.kept = QuantizedMultiplier.of(Factors.lstmKept());
        this.added = QuantizedMultiplier.of(Factors.lstmProduct(cellState));
        this.hidden = QuantizedMultiplier.of(Factors.lstmProduct(hiddenState));
        this.hiddenZero = hiddenState.zeroPoint(0);
        int clip = (int) Math.min((double) lstm.cellClip() / (double) cellState.scale(0), Short.MAX_VALUE);
        this.cellMin = lstm.cellClip() > 0 ? -clip : Short.MIN_VALUE;
        this.cellMax = lstm.cellClip() > 0 ? clip : Short.MAX_VALUE;
        this.timeMajor = lstm.timeMajor();
        this.batch = input.dimension(timeMajor ? 1 : 0);
        this.steps = input.dimension(timeMajor ? 0 : 1);
        this.depth = input.dimension(2);
        this.units = graph.tensors().get(lstm.output()).dimension(2);
        this.inputAt = graph.plan().offset(lstm.input());
        this.outputAt = graph.plan().offset(lstm.output());
    }

    /** The input of a step; the hidden state, as it was and as it becomes; the cell. */
    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofInts(depth + 3 * units);
    }

    /** Sequences. */
    @Override
    public int parts() {
        return batch;
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        int[] values = workspace.ints;
        int hiddenAt = depth;
        int cellAt = depth + 2 * units;
        for (int sequence = from; sequence < to; sequence++) {
            Arrays.fill(values, hiddenAt, hiddenAt + units, hiddenZero);
            Arrays.fill(values, cellAt, cellAt + units, 0);
            for (int step = 0; step < steps; step++) {
                int row = timeMajor ? step * batch + sequence : sequence * steps + step;
                step(arena, inputAt + row * depth, outputAt + row * units, values);
            }
        }
    }

    private void step(byte[] arena, int in, int out, int[] values) {
        int hiddenAt = depth;
        int nextAt = depth + units;
        int cellAt = depth + 2 * units;
        for (int k = 0; k < depth; k++) {
            values[k] = arena[in + k];
        }
        for (int unit = 0; unit < units; unit++) {
            int cell = cell(values, hiddenAt, unit, values[cellAt + unit]);
            int output = SigmoidTable.logistic(GATE, outputGate.apply(values, 0, hiddenAt, unit));
            int next = scaled(SigmoidTable.tanh(cellArgument, cell) * output, hidden) + hiddenZero;
            values[cellAt + unit] = cell;
            values[nextAt + unit] = Math.clamp(next, Byte.MIN_VALUE, Byte.MAX_VALUE);
        }
        for (int unit = 0; unit < units; unit++) {
            values[hiddenAt + unit] = values[nextAt + unit];
            arena[out + unit] = (byte) values[nextAt + unit];
        }
    }

    private int cell(int[] values, int hiddenAt, int unit, int before) {
        int forget = SigmoidTable.logistic(GATE, forgetGate.apply(values, 0, hiddenAt, unit));
        int input = SigmoidTable.logistic(GATE, inputGate.apply(values, 0, hiddenAt, unit));
        int candidate = SigmoidTable.tanh(GATE, cellGate.apply(values, 0, hiddenAt, unit));
        int sum = clamped(scaled(forget * before, kept)) + clamped(scaled(input * candidate, added));
        return Math.clamp(clamped(sum), cellMin, cellMax);
    }

    private int scaled(int product, QuantizedMultiplier factor) {
        return rounding.scale(product, factor.multiplier(), factor.shift());
    }

    private static int clamped(int value) {
        return Math.clamp(value, Short.MIN_VALUE, Short.MAX_VALUE);
    }
}
