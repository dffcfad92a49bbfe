package io.fleetwright.forge.onnx;

import static io.fleetwright.forge.onnx.OnnxGraph.STANDARD;

import io.fleetwright.forge.quantize.ActivationParameters;
import io.fleetwright.forge.quantize.QuantizedNetwork;
import io.fleetwright.forge.quantize.QuantizedWeights;
import io.fleetwright.forge.weights.LevelRange;
import java.util.List;

/** Integers as constants, and between the standard's QuantizeLinear and DequantizeLinear. */
record QcdqNumbers(OnnxGraph graph, QuantizedNetwork network) implements LayerNodes.Numbers {
    @Override
    public String activation(int layer, String value) {
        ActivationParameters parameters = network.outputOf(layer);
        String name = ConstantNames.activation(layer);
        String scale = graph.floats(ConstantNames.scale(name), new float[] {parameters.scale()}, List.of());
        String zero = graph.bytes(ConstantNames.zero(name), new byte[] {(byte) parameters.zeroPoint()}, List.of());
        String integers = graph.node(STANDARD, "QuantizeLinear", List.of(value, scale, zero));
        return graph.node(STANDARD, "DequantizeLinear", List.of(integers, scale, zero));
    }

    @Override
    public String weights(int layer, String name, FilterOrder order) {
        QuantizedWeights weights = network.weightsOf(layer);
        String levels = graph.bytes(name, order.toOnnx(weights.values()), order.shape());
        float[] scales = weights.channelScales();
        List<Long> channels = OnnxGraph.shape(scales.length);
        String scale = graph.floats(ConstantNames.scale(name), scales, channels);
        String zero = graph.bytes(ConstantNames.zero(name), new byte[scales.length], channels);
        return dequantized(clipped(levels, weights.range()), scale, zero);
    }

    private String clipped(String levels, LevelRange range) {
        if (range.bits() == Byte.SIZE) {
            return levels;
        }
        String name = ConstantNames.integer(range);
        String lowest = graph.bytes(ConstantNames.lowest(name), new byte[] {(byte) range.lowest()}, List.of());
        String highest = graph.bytes(ConstantNames.highest(name), new byte[] {(byte) range.highest()}, List.of());
        return graph.node(STANDARD, "Clip", List.of(levels, lowest, highest));
    }

    @Override
    public String bias(int layer, String name) {
        int[] steps = network.weightsOf(layer).bias();
        float[] scales = network.weightsOf(layer).channelScales();
        for (int c = 0; c < scales.length; c++) {
            scales[c] *= network.outputOf(layer - 1).scale();
        }
        List<Long> channels = OnnxGraph.shape(steps.length);
        String scale = graph.floats(ConstantNames.scale(name), scales, channels);
        String zero = graph.integers(ConstantNames.zero(name), new int[steps.length], channels);
        return dequantized(graph.integers(name, steps, channels), scale, zero);
    }

    private String dequantized(String integers, String scale, String zero) {
        return graph.node(STANDARD, "DequantizeLinear", List.of(integers, scale, zero), OnnxGraph.integer("axis", 0));
    }
}
