package io.fleetwright.zoo.project;

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
import io.fleetwright.zoo.data.Split;
import io.fleetwright.zoo.files.ModelFiles;
import io.fleetwright.zoo.files.ModelFiles.Golden;
import io.fleetwright.zoo.glyphs.GlyphDataSet;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The networks that come with the product. */
final class ComesWithTest {
    /** Neither the training seed nor the seed of the training logs' figures. */
    private static final long FRESH_SEED = 987_654_321;

    private static final int FRESH_INPUTS = 1000;
    private static final int FILE_BYTES_LIMIT = 150_000;
    private static final int TOTAL_BYTES_LIMIT = 1_000_000;

    static Stream<Arguments> networks() {
        return Project.ALL.stream()
                .flatMap(project -> project.widths().stream().map(width -> Arguments.of(project.name(), width)));
    }

    @Test
    void trainingLogsHoldTheDigestOfEachFile() {
        int total = 0;
        for (Project project : Project.ALL) {
            ModelFiles files = project.files();
            String log = log(project);
            total += log.length();
            for (String name : files.fileNames()) {
                byte[] bytes = files.resource(name);
                assertThat(log)
                        .contains("\"%s\": {\"bytes\": %d, \"sha256\": \"%s\"}"
                                .formatted(name, bytes.length, TrainingLog.sha256(bytes)));
                assertThat(bytes.length).as(name).isLessThan(FILE_BYTES_LIMIT);
                total += bytes.length;
            }
        }
        assertThat(total).isLessThan(TOTAL_BYTES_LIMIT);
    }

    /** Devices in the field hold these bytes. */
    @ParameterizedTest
    @CsvSource({
        "w1.0-float, 41791c2901d6e1277a16e4742f42b6d318f49fbcd66939b8bf54542f7956a89d",
        "w0.5-float, 7d6590f5e702ec74e5331ab73a8cca02e82fff717bad84d9f0eacbbba6b9a7c1",
        "w1.0-int8, f71a06ca78cc548bc427989e62a0c4b764547f87c2a419dcfc23cc5c8f76e224",
        "w0.5-int8, dc6264a4df4ad5abebd38dc031ff435b85e821c3608836ec0109a8fbe9bdebb9"
    })
    void glyphNetworksKeepTheirBytes(String variant, String sha256) {
        assertThat(TrainingLog.sha256(GlyphModels.bytes(variant))).isEqualTo(sha256);
    }

    /** On other unseen inputs than the log's, so the interval that must hold both is wider: each by its own 95 %. */
    @ParameterizedTest
    @MethodSource("networks")
    void accuracyOnFreshInputsAgreesWithTheLog(String name, String width) throws OnnxRefusedException {
        Project project = Project.named(name).orElseThrow();
        EvaluationSet fresh = project.data().samples(Split.TEST, FRESH_SEED).evaluationSet(FRESH_INPUTS);
        FloatNetwork network = OnnxNetworkReader.read(project.files().bytes(ModelFiles.floatVariant(width)));
        Accuracy found = Accuracy.of(FloatEvaluator.answers(network, fresh), fresh.labels());
        Accuracy stated = floatAccuracy(project, width);
        assertThat(found.high95()).isGreaterThanOrEqualTo(stated.low95());
        assertThat(found.low95()).isLessThanOrEqualTo(stated.high95());
    }

    @ParameterizedTest
    @ValueSource(strings = {"w1.0-int8", "w0.5-int8"})
    void runtimeGivesTheGoldenOutputsByteForByte(String variant) throws ModelException {
        var interpreter = Interpreter.create(read(variant), Rounding.DOUBLE);
        Golden golden = GlyphModels.golden(variant);
        assertThat(golden.inputs()).hasSize(ModelFiles.GOLDEN_VECTORS * interpreter.inputBytes());
        var outputs = new byte[ModelFiles.GOLDEN_VECTORS * interpreter.outputBytes()];
        for (int i = 0; i < ModelFiles.GOLDEN_VECTORS; i++) {
            interpreter.run(golden.inputs(), i * interpreter.inputBytes(), outputs, i * interpreter.outputBytes());
        }
        assertThat(outputs).isEqualTo(golden.outputs());
    }

    @ParameterizedTest
    @CsvSource({"w1.0-int8, 0.98", "w0.5-int8, 0.95"})
    void int8AccuracyOnFreshImagesIsAboveItsFloor(String variant, double floor) throws ModelException {
        Accuracy accuracy =
                Evaluator.evaluate(read(variant), GlyphDataSet.test(FRESH_SEED).evaluationSet(FRESH_INPUTS));
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
    @MethodSource("networks")
    void floatFilesReadBackAndWriteTheSameBytes(String name, String width) throws OnnxRefusedException {
        byte[] bytes = Project.named(name).orElseThrow().files().bytes(ModelFiles.floatVariant(width));
        FloatNetwork network = OnnxNetworkReader.read(bytes);
        assertThat(OnnxWriter.write(network)).isEqualTo(bytes);
        assertThat(network.macs()).isLessThan(1_500_000);
        assertThat(network.parameters()).isLessThan(40_000);
    }

    @Test
    void namesItsVariantsAndRefusesOthers() {
        ModelFiles files = GlyphModels.FILES;
        assertThat(files.variants()).isEqualTo(List.of("w1.0-float", "w0.5-float", "w1.0-int8", "w0.5-int8"));
        assertThat(Project.named("chirps").orElseThrow().files().variants())
                .isEqualTo(List.of("w1.0-float", "w0.75-float", "w0.5-float", "w0.25-float"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> files.bytes("../w1.0"))
                .withMessageContaining("../w1.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> files.golden("w1.0-float"))
                .withMessageContaining("w1.0-float");
    }

    private static String log(Project project) {
        return new String(project.files().trainingLog(), StandardCharsets.UTF_8);
    }

    private static Accuracy floatAccuracy(Project project, String width) {
        Matcher stated = Pattern.compile("\"width\": \"%s\".*\\s+\"float\": \\{\"n\": (\\d+), \"correct\": (\\d+)"
                        .formatted(Pattern.quote(width)))
                .matcher(log(project));
        assertThat(stated.find()).as("%s of %s", width, project.name()).isTrue();
        return Accuracy.of(Integer.parseInt(stated.group(1)), Integer.parseInt(stated.group(2)));
    }

    private static Graph read(String variant) throws ModelException {
        return ModelReader.read(GlyphModels.bytes(variant), GlyphModels.FILES.fileName(variant));
    }
}
