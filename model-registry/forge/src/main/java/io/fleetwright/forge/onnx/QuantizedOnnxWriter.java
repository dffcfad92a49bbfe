package io.fleetwright.forge.onnx;

import io.fleetwright.forge.quantize.QuantizedNetwork;
import java.util.List;
import java.util.Map;

/**
 * Writes a {@link QuantizedNetwork} as ONNX with float input and output, in the two spellings there are for integers.
 *
 * <p>Both hold the integers that devices run, one scale per output channel. Where these need more bits than the codes
 * that they were packed as, because group scales are multiplied in or codes are exponents, the files say 8 bits. The
 * same network gives the same bytes.
 *
 * @see "Pappalardo et al., 2022, QONNX: Representing Arbitrary-Precision Quantized Neural Networks, sections III, IV"
 */
public final class QuantizedOnnxWriter {
    private QuantizedOnnxWriter() {}

    /**
     * Standard operators alone: QuantizeLinear and DequantizeLinear around activations, which are int8; DequantizeLinear
     * after int8 weights and int32 biases, with Clip before it where weights have less than 8 bits.
     *
     * @throws IllegalArgumentException if a fully connected layer does not follow a global pool or another
     */
    public static byte[] qcdq(QuantizedNetwork network) {
        var graph = new OnnxGraph();
        return file(network, graph, new QcdqNumbers(graph, network), List.of());
    }

    /**
     * Real weights and biases, and a Quant node of domain {@code qonnx.custom_op.general} after each activation and
     * each weight tensor.
     *
     * @throws IllegalArgumentException if a fully connected layer does not follow a global pool or another
     */
    public static byte[] qonnx(QuantizedNetwork network) {
        var graph = new OnnxGraph();
        return file(network, graph, new QonnxNumbers(graph, network), List.of(QonnxNumbers.DOMAIN));
    }

    private static byte[] file(
            QuantizedNetwork network, OnnxGraph graph, LayerNodes.Numbers numbers, List<String> domains) {
        List<Long> output = LayerNodes.append(network.source(), graph, numbers);
        return graph.model(network.source().name(), network.source().input(), output, domains, Map.of());
    }
}
