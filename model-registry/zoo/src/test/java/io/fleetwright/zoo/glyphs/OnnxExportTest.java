package io.fleetwright.zoo.glyphs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.Evaluator;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.onnx.QuantizedOnnxReader;
import io.fleetwright.forge.onnx.QuantizedOnnxWriter;
import io.fleetwright.forge.quantize.QuantizedNetwork;
import io.fleetwright.forge.quantize.Scheme;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.forge.weights.WeightRows;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Quantized zoo networks as ONNX, run by ONNX Runtime and by our own; every step is seeded. */
final class OnnxExportTest {
    private static final int CALIBRATION_INPUTS = 32;
    private static final int INPUTS = 1000;
    private static final double AGREEMENT_MIN = 0.99;
    private static final EvaluationSet TEST =
            GlyphDataSet.test(GlyphTraining.TEST_SEED).evaluationSet(INPUTS);
    private static final EvaluationSet SOME =
            GlyphDataSet.test(GlyphTraining.TEST_SEED).evaluationSet(100);

    @ParameterizedTest
    @ValueSource(strings = {"w1.0", "w0.5"})
    void filesAnswerAlikeEverywhereAndComeBackAsTheSameBytes(String width) throws Exception {
        ZooNetwork zoo = ZooNetwork.of(width, CALIBRATION_INPUTS);
        for (Scheme scheme : schemes(zoo)) {
            QuantizedNetwork network = zoo.rounded(scheme, Rounding.NEAREST).int8();
            byte[] qcdq = QuantizedOnnxWriter.qcdq(network);
            byte[] qonnx = QuantizedOnnxWriter.qonnx(network);
            Graph core = core(qcdq);
            int[] answers = Evaluator.answers(core, TEST);
            String what = "%s %s".formatted(width, scheme.label());
            check(
                    what + " QCDQ in ONNX Runtime",
                    answers,
                    onnxRuntime(qcdq, zoo.network().input()));
            check(what + " QONNX", answers, Evaluator.answers(core(qonnx), TEST));
            Graph artifact = logits(TfliteWriter.write(TfliteExport.classifier(network)));
            assertThat(Evaluator.answers(core.meantFor(artifact.arithmetic()), SOME))
                    .as("what devices get, by the same rounding")
                    .isEqualTo(Evaluator.answers(artifact, SOME));
            assertThat(QuantizedOnnxWriter.qcdq(QuantizedOnnxReader.read(qcdq))).isEqualTo(qcdq);
            assertThat(QuantizedOnnxWriter.qonnx(QuantizedOnnxReader.read(qonnx)))
                    .isEqualTo(qonnx);
        }
    }

    /** Every format, and all of them in turn. */
    private static List<Scheme> schemes(ZooNetwork zoo) {
        WeightFormat[] formats = WeightFormat.values();
        long layers = zoo.network().layers().stream().filter(WeightRows::areIn).count();
        var mixed = new Scheme(IntStream.range(0, (int) layers)
                .mapToObj(layer -> formats[layer % formats.length])
                .toList());
        return Stream.concat(Arrays.stream(formats).map(Scheme::uniform), Stream.of(mixed))
                .toList();
    }

    private static void check(String what, int[] wanted, int[] found) {
        long same =
                IntStream.range(0, INPUTS).filter(n -> wanted[n] == found[n]).count();
        System.out.printf("%s: %d of %d answers alike%n", what, same, INPUTS);
        assertThat((double) same / INPUTS).as(what).isGreaterThanOrEqualTo(AGREEMENT_MIN);
    }

    private static Graph core(byte[] file) throws ModelException {
        return ModelReader.read(file, "export").integerCore();
    }

    /** A classifier without its softmax, which makes near answers the same. */
    private static Graph logits(byte[] tflite) throws ModelException {
        Graph graph = ModelReader.read(tflite, "artifact");
        return graph.segment(0, graph.operators().size() - 1);
    }

    private static int[] onnxRuntime(byte[] file, ImageShape shape) throws OrtException {
        assertThat(shape.channels()).as("NHWC is NCHW").isEqualTo(1);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        var answers = new int[INPUTS];
        try (var options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            try (OrtSession session = environment.createSession(file, options)) {
                for (int n = 0; n < INPUTS; n++) {
                    long[] dimensions = {1, 1, shape.height(), shape.width()};
                    try (var input = OnnxTensor.createTensor(
                                    environment, FloatBuffer.wrap(TEST.realInput(n)), dimensions);
                            OrtSession.Result result = session.run(Map.of("input", input))) {
                        answers[n] = largest(((float[][]) result.get(0).getValue())[0]);
                    }
                }
            }
        }
        return answers;
    }

    private static int largest(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
