package io.fleetwright.zoo.project;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
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
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Quantized zoo networks as ONNX, run by ONNX Runtime and by our own; every step is seeded. */
final class OnnxExportTest {
    private static final int CALIBRATION_INPUTS = 32;
    private static final int INPUTS = 1000;
    private static final double AGREEMENT_MIN = 0.99;

    static Stream<Arguments> networks() {
        return FiguresTest.networks();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void filesAnswerAlikeEverywhereAndComeBackAsTheSameBytes(String model, String width) throws Exception {
        ZooNetwork zoo = ZooNetwork.of(model, width, CALIBRATION_INPUTS, INPUTS);
        for (Scheme scheme : schemes(zoo)) {
            QuantizedNetwork network = zoo.rounded(scheme, Rounding.NEAREST).int8();
            byte[] qcdq = QuantizedOnnxWriter.qcdq(network);
            byte[] qonnx = QuantizedOnnxWriter.qonnx(network);
            Graph core = core(qcdq);
            int[] answers = Evaluator.answers(core, zoo.test());
            String what = "%s %s".formatted(zoo.name(), scheme.label());
            check(what + " QCDQ in ONNX Runtime", answers, onnxRuntime(qcdq, zoo));
            check(what + " QONNX", answers, Evaluator.answers(core(qonnx), zoo.test()));
            Graph artifact = logits(TfliteWriter.write(TfliteExport.classifier(network)));
            assertThat(Evaluator.answers(core.meantFor(artifact.arithmetic()), zoo.test()))
                    .as("what devices get, by the same rounding")
                    .isEqualTo(Evaluator.answers(artifact, zoo.test()));
            assertThat(QuantizedOnnxWriter.qcdq(QuantizedOnnxReader.read(qcdq))).isEqualTo(qcdq);
            assertThat(QuantizedOnnxWriter.qonnx(QuantizedOnnxReader.read(qonnx)))
                    .isEqualTo(qonnx);
        }
    }

    /** All formats in turn; of the small glyph network each by itself too. */
    private static List<Scheme> schemes(ZooNetwork zoo) {
        WeightFormat[] formats = WeightFormat.values();
        long layers = zoo.network().layers().stream().filter(WeightRows::areIn).count();
        var mixed = new Scheme(IntStream.range(0, (int) layers)
                .mapToObj(layer -> formats[layer % formats.length])
                .toList());
        boolean each = zoo.name().equals("glyphs w0.5");
        return Stream.concat(
                        Stream.of(mixed),
                        each
                                ? Arrays.stream(formats).map(Scheme::uniform)
                                : Stream.of(Scheme.uniform(WeightFormat.INT8)))
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

    private static int[] onnxRuntime(byte[] file, ZooNetwork zoo) throws OrtException {
        ImageShape shape = zoo.network().input();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        var answers = new int[INPUTS];
        try (var options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            try (OrtSession session = environment.createSession(file, options)) {
                for (int n = 0; n < INPUTS; n++) {
                    long[] dimensions = {1, shape.channels(), shape.height(), shape.width()};
                    try (var input = OnnxTensor.createTensor(
                                    environment,
                                    FloatBuffer.wrap(channelFirst(zoo.test().realInput(n), shape)),
                                    dimensions);
                            OrtSession.Result result = session.run(Map.of("input", input))) {
                        answers[n] = largest(((float[][]) result.get(0).getValue())[0]);
                    }
                }
            }
        }
        return answers;
    }

    private static float[] channelFirst(float[] image, ImageShape shape) {
        int pixels = shape.height() * shape.width();
        var planes = new float[image.length];
        for (int p = 0; p < pixels; p++) {
            for (int c = 0; c < shape.channels(); c++) {
                planes[c * pixels + p] = image[p * shape.channels() + c];
            }
        }
        return planes;
    }

    private static int largest(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
