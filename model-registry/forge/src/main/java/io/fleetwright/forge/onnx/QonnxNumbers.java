package io.fleetwright.forge.onnx;

import io.fleetwright.forge.quantize.ActivationParameters;
import io.fleetwright.forge.quantize.QuantizedNetwork;
import io.fleetwright.forge.quantize.QuantizedWeights;
import io.fleetwright.forge.weights.LevelRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Real numbers, rounded by QONNX's Quant, {@code (round(clip(x / scale + zero)) - zero) * scale}: it clips before it
 * rounds and adds the zero point before both, so that halves go to the even integer, not to the even step.
 */
record QonnxNumbers(OnnxGraph graph, QuantizedNetwork network) implements LayerNodes.Numbers {
    static final String DOMAIN = "qonnx.custom_op.general";
    static final String OPERATOR = "Quant";
    static final String NARROW = "narrow";
    static final int BITS_INPUT = 3;

    @Override
    public String activation(int layer, String value) {
        ActivationParameters parameters = network.outputOf(layer);
        String name = ConstantNames.activation(layer);
        String scale = graph.floats(ConstantNames.scale(name), new float[] {parameters.scale()}, List.of());
        String zero = graph.floats(ConstantNames.zero(name), new float[] {parameters.zeroPoint()}, List.of());
        return quant(value, scale, zero, LevelRange.INT8);
    }

    @Override
    public String weights(int layer, String name, FilterOrder order) {
        QuantizedWeights weights = network.weightsOf(layer);
        float[] scales = weights.channelScales();
        String real = graph.floats(name, real(order.toOnnx(weights.values()), scales), order.shape());
        var perChannel = new ArrayList<Long>(Collections.nCopies(order.shape().size(), 1L));
        perChannel.set(0, order.shape().getFirst());
        String scale = graph.floats(ConstantNames.scale(name), scales, perChannel);
        String zero = graph.floats(ConstantNames.zero("weight"), new float[1], List.of());
        return quant(real, scale, zero, weights.range());
    }

    /** What the levels {@code [channels][...]} stand for. */
    static float[] real(byte[] levels, float[] scales) {
        var real = new float[levels.length];
        for (int i = 0; i < real.length; i++) {
            real[i] = levels[i] * scales[i / (real.length / scales.length)];
        }
        return real;
    }

    @Override
    public String bias(int layer, String name) {
        float[] bias =
                network.weightsOf(layer).realBias(network.outputOf(layer - 1).scale());
        return graph.floats(name, bias, OnnxGraph.shape(bias.length));
    }

    private String quant(String real, String scale, String zero, LevelRange range) {
        String bits = graph.floats("int%d.bits".formatted(range.bits()), new float[] {range.bits()}, List.of());
        return graph.node(
                DOMAIN,
                OPERATOR,
                List.of(real, scale, zero, bits),
                OnnxGraph.integer("signed", 1),
                OnnxGraph.integer(NARROW, range.narrow() ? 1 : 0),
                OnnxGraph.text("rounding_mode", "ROUND"));
    }
}
