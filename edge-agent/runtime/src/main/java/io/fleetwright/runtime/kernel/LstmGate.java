package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator.UnidirectionalSequenceLstm.Gate;
import io.fleetwright.runtime.graph.Tensor;

/**
 * What one gate of an LSTM adds up, Q3.12: a product with the input and one with the hidden state, each scaled and kept
 * to 16 bits by itself, as is their sum.
 */
final class LstmGate {
    private final Product input;
    private final Product recurrent;

    /** @param hidden carries the scale and zero point of the hidden state */
    LstmGate(Graph graph, Gate gate, Tensor input, Tensor hidden, Rounding rounding) {
        var tensors = graph.tensors();
        this.input = new Product(
                input,
                tensors.get(gate.inputWeights()),
                tensors.get(gate.bias()).constantInts(),
                rounding);
        var recurrentWeights = tensors.get(gate.recurrentWeights());
        this.recurrent = new Product(hidden, recurrentWeights, new int[recurrentWeights.dimension(0)], rounding);
    }

    /**
     * @param values the input from {@code inputAt} on and the hidden state from {@code hiddenAt} on, zero points included
     * @param unit row of the weights
     */
    int apply(int[] values, int inputAt, int hiddenAt, int unit) {
        return clamped(input.apply(values, inputAt, unit) + recurrent.apply(values, hiddenAt, unit));
    }

    private static int clamped(int value) {
        return Math.clamp(value, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    /** {@code scale * (start[n] + sum_k values[k] * weight[n][k])}; starts hold the bias and what the zero point adds. */
    private static final class Product {
        private final int depth;
        private final int[] weights;
        private final int[] starts;
        private final QuantizedMultiplier factor;
        private final Rounding rounding;

        Product(Tensor values, Tensor weights, int[] bias, Rounding rounding) {
            this.depth = weights.dimension(1);
            this.weights = new int[weights.elements()];
            this.starts = bias;
            this.factor = QuantizedMultiplier.of(Factors.lstmGate(values, weights));
            this.rounding = rounding;
            byte[] bytes = weights.constantBytes();
            for (int i = 0; i < bytes.length; i++) {
                this.weights[i] = bytes[i];
                starts[i / depth] -= values.zeroPoint(0) * bytes[i];
            }
        }

        int apply(int[] values, int at, int unit) {
            int sum = 0;
            int from = unit * depth;
            for (int k = 0; k < depth; k++) {
                sum += values[at + k] * weights[from + k];
            }
            return clamped(rounding.scale(starts[unit] + sum, factor.multiplier(), factor.shift()));
        }
    }
}
