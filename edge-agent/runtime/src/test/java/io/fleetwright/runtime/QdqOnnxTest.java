package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.qdq.QdqOnnxConverter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The golden networks as float operators between quantizers: what fusing makes of them has to be the same networks. */
class QdqOnnxTest {
    private static Graph throughOnnx(GoldenModel model) throws Exception {
        return ModelReader.read(QdqOnnxConverter.convert(model.graph()), model.fileName + ".onnx");
    }

    @ParameterizedTest
    @EnumSource
    void everyOutputByteEqualsTheReferenceInBothRoundings(GoldenModel model) throws Exception {
        var graph = throughOnnx(model);
        byte[] inputs = model.inputs();
        for (var rounding : Rounding.values()) {
            var interpreter = Interpreter.create(graph, Arithmetic.tflite(rounding), Kernels.best());
            byte[] outputs = new byte[GoldenModel.VECTORS * interpreter.outputBytes()];
            for (int vector = 0; vector < GoldenModel.VECTORS; vector++) {
                interpreter.run(inputs, vector * interpreter.inputBytes(), outputs, vector * interpreter.outputBytes());
            }
            assertThat(outputs).as("%s", rounding).isEqualTo(model.outputs(rounding));
        }
    }

    /** Fusing left nothing in float, and no transposition that the network did not have. */
    @ParameterizedTest
    @EnumSource
    void fusingGivesBackTheIntegerOperatorsWithoutTranspositions(GoldenModel model) throws Exception {
        var graph = throughOnnx(model);
        assertThat(graph.operators().stream().map(Operator::builtin))
                .doesNotContain("QuantizeLinear", "DequantizeLinear", "Conv", "Gemm", "FlipSign", "ReduceMean");
        assertThat(count(graph, "Transpose")).isEqualTo(count(model.graph(), "TRANSPOSE"));
        assertThat(ModelReport.of(graph).macs()).isEqualTo(model.macs);
    }

    private static long count(Graph graph, String builtin) {
        return graph.operators().stream()
                .filter(operator -> operator.builtin().equals(builtin))
                .count();
    }
}
