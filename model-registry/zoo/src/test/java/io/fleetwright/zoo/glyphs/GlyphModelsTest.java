package io.fleetwright.zoo.glyphs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.forge.evaluate.Accuracy;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.Evaluator;
import io.fleetwright.forge.evaluate.FloatEvaluator;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.onnx.OnnxWriter;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GlyphModelsTest {
    /** Neither the training seed nor the seed of the training log's figures. */
    private static final long FRESH_SEED = 987_654_321;

    private static final int TOTAL_BYTES_LIMIT = 300_000;

    @Test
    void trainingLogHoldsTheDigestOfEachFile() {
        String log = new String(GlyphModels.trainingLog(), StandardCharsets.UTF_8);
        int total = log.length();
        for (String name : GlyphModels.fileNames()) {
            byte[] bytes = GlyphModels.resource(name);
            assertThat(log)
                    .contains("\"%s\": {\"bytes\": %d, \"sha256\": \"%s\"}"
                            .formatted(name, bytes.length, TrainingLog.sha256(bytes)));
            total += bytes.length;
        }
        assertThat(total).isLessThan(TOTAL_BYTES_LIMIT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"w1.0-int8", "w0.5-int8"})
    void runtimeGivesTheGoldenOutputsByteForByte(String variant) throws ModelException {
        var interpreter = Interpreter.create(read(variant), Rounding.DOUBLE);
        GlyphModels.Golden golden = GlyphModels.golden(variant);
        assertThat(golden.inputs()).hasSize(GlyphModels.GOLDEN_VECTORS * interpreter.inputBytes());
        var outputs = new byte[GlyphModels.GOLDEN_VECTORS * interpreter.outputBytes()];
        for (int i = 0; i < GlyphModels.GOLDEN_VECTORS; i++) {
            interpreter.run(golden.inputs(), i * interpreter.inputBytes(), outputs, i * interpreter.outputBytes());
        }
        assertThat(outputs).isEqualTo(golden.outputs());
    }

    @ParameterizedTest
    @CsvSource({"w1.0-int8, 0.98", "w0.5-int8, 0.95"})
    void int8AccuracyOnFreshImagesIsAboveItsFloor(String variant, double floor) throws ModelException {
        Accuracy accuracy =
                Evaluator.evaluate(read(variant), GlyphDataSet.test(FRESH_SEED).evaluationSet(1000));
        assertThat(accuracy.fraction()).isGreaterThanOrEqualTo(floor);
    }

    @ParameterizedTest
    @ValueSource(strings = {"w1.0", "w0.5"})
    void int8AnswersAgreeWithFloat(String width) throws ModelException, OnnxRefusedException {
        EvaluationSet set = GlyphDataSet.test(FRESH_SEED).evaluationSet(300);
        int[] answers = Evaluator.answers(read(width + "-int8"), set);
        FloatNetwork network = OnnxNetworkReader.read(GlyphModels.bytes(width + "-float"));
        int same = Accuracy.of(answers, FloatEvaluator.answers(network, set)).correct();
        assertThat(same).as("of 300").isGreaterThanOrEqualTo(294);
    }

    @ParameterizedTest
    @ValueSource(strings = {"w1.0-float", "w0.5-float"})
    void floatFilesReadBackAndWriteTheSameBytes(String variant) throws OnnxRefusedException {
        byte[] bytes = GlyphModels.bytes(variant);
        FloatNetwork network = OnnxNetworkReader.read(bytes);
        assertThat(OnnxWriter.write(network)).isEqualTo(bytes);
        assertThat(network.macs()).isLessThan(1_500_000);
    }

    @Test
    void namesItsVariantsAndRefusesOthers() {
        assertThat(GlyphModels.variants()).isEqualTo(List.of("w1.0-float", "w0.5-float", "w1.0-int8", "w0.5-int8"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GlyphModels.bytes("../w1.0"))
                .withMessageContaining("../w1.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GlyphModels.golden("w1.0-float"))
                .withMessageContaining("w1.0-float");
    }

    private static Graph read(String variant) throws ModelException {
        return ModelReader.read(GlyphModels.bytes(variant), GlyphModels.fileName(variant));
    }
}
