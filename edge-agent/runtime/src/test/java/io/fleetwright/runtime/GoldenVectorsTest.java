package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Rounding;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole networks against the outputs of the reference kernels, byte for byte. */
class GoldenVectorsTest {
    @ParameterizedTest
    @EnumSource(GoldenModel.class)
    void everyOutputByteEqualsTheReferenceInBothRoundings(GoldenModel model) throws Exception {
        var graph = model.graph();
        byte[] inputs = model.inputs();
        for (var rounding : Rounding.values()) {
            var interpreter = Interpreter.create(graph, rounding);
            assertThat(inputs).hasSize(GoldenModel.VECTORS * interpreter.inputBytes());
            byte[] outputs = new byte[GoldenModel.VECTORS * interpreter.outputBytes()];
            for (int vector = 0; vector < GoldenModel.VECTORS; vector++) {
                interpreter.run(inputs, vector * interpreter.inputBytes(), outputs, vector * interpreter.outputBytes());
            }
            assertThat(outputs).as("%s", rounding).isEqualTo(model.outputs(rounding));
        }
    }

    @ParameterizedTest
    @EnumSource(GoldenModel.class)
    void reportAgreesWithThePublishedFigures(GoldenModel model) throws Exception {
        var report = ModelReport.of(model.graph());
        assertThat(report.macs()).as("macs").isEqualTo(model.macs);
        assertThat(report.weightBytes()).as("weightBytes").isEqualTo(model.constantBytes);
        assertThat(report.liveSetBytes()).as("liveSetBytes").isEqualTo(model.liveSetBytes);
        assertThat(report.arenaBytes()).isGreaterThanOrEqualTo(report.liveSetBytes());
    }
}
