package io.fleetwright.forge.quantize;

import io.fleetwright.forge.network.ChannelStatistics;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.TrainedStatistics;
import io.fleetwright.forge.weights.WeightRows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves factors over the channels between two layers: what the first puts out is divided, what the second multiplies
 * it by is multiplied. ReLU and averages pass positive factors on, so the network computes the same.
 */
final class ChannelScaling {
    private final FloatNetwork network;
    private final List<FloatLayer> layers;
    private final Map<Integer, ChannelStatistics> statistics;

    ChannelScaling(FloatNetwork network) {
        this.network = network;
        layers = new ArrayList<>(network.layers());
        statistics = new HashMap<>(network.statistics().layers());
    }

    /** The network as it is now, with the statistics of its scaled channels. */
    FloatNetwork network() {
        return new FloatNetwork(
                network.name(),
                network.input(),
                layers,
                new TrainedStatistics(network.statistics().input(), statistics));
    }

    /** Positions of the layers with weights that have another such layer after them. */
    List<Integer> firsts() {
        var firsts = new ArrayList<Integer>();
        for (int i = 0; i < layers.size(); i++) {
            if (WeightRows.areIn(layers.get(i)) && next(i) < layers.size()) {
                firsts.add(i);
            }
        }
        return firsts;
    }

    /** The next layer with weights after {@code index}, or the number of layers. */
    int next(int index) {
        int next = index + 1;
        while (next < layers.size() && layers.get(next) instanceof GlobalAveragePool) {
            next++;
        }
        return next;
    }

    /** The largest size of a weight, for each output channel. */
    double[] outputRanges(int index) {
        WeightRows rows = WeightRows.of(layers.get(index));
        var ranges = new double[rows.channels()];
        for (int i = 0; i < rows.values().length; i++) {
            int channel = i / rows.depth();
            ranges[channel] = Math.max(ranges[channel], Math.abs(rows.values()[i]));
        }
        return ranges;
    }

    /** The largest size of a weight, for each of {@code channels} input channels. */
    double[] inputRanges(int index, int channels) {
        WeightRows rows = WeightRows.of(layers.get(index));
        var ranges = new double[channels];
        for (int i = 0; i < rows.values().length; i++) {
            int channel = inputChannel(index, i, rows, channels);
            ranges[channel] = Math.max(ranges[channel], Math.abs(rows.values()[i]));
        }
        return ranges;
    }

    private int inputChannel(int index, int at, WeightRows rows, int channels) {
        return layers.get(index) instanceof Depthwise ? at / rows.depth() : at % rows.depth() % channels;
    }

    /** Divides the output channels of layer {@code index} and multiplies the inputs of the next by {@code factors}. */
    void move(int index, double[] factors) {
        WeightRows rows = WeightRows.of(layers.get(index));
        float[] values = rows.values();
        for (int i = 0; i < values.length; i++) {
            values[i] /= (float) factors[i / rows.depth()];
        }
        float[] bias = WeightRows.bias(layers.get(index)).clone();
        for (int c = 0; c < bias.length; c++) {
            bias[c] /= (float) factors[c];
        }
        layers.set(index, new WeightRows(rows.channels(), rows.depth(), values).into(layers.get(index), bias));

        statistics.computeIfPresent(index, (_, channels) -> channels.dividedBy(factors));

        int next = next(index);
        WeightRows after = WeightRows.of(layers.get(next));
        float[] multiplied = after.values();
        for (int i = 0; i < multiplied.length; i++) {
            multiplied[i] *= (float) factors[inputChannel(next, i, after, factors.length)];
        }
        layers.set(
                next,
                new WeightRows(after.channels(), after.depth(), multiplied)
                        .into(layers.get(next), WeightRows.bias(layers.get(next))));
    }
}
