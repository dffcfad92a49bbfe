package io.fleetwright.forge.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.forge.quantize.CalibrationSource;
import io.fleetwright.forge.quantize.QuantizedNetwork;
import io.fleetwright.forge.quantize.QuantizedNetwork.QuantizedLayer;
import io.fleetwright.forge.quantize.QuantizedWeights;
import io.fleetwright.forge.quantize.RangeMethod;
import io.fleetwright.forge.quantize.Recipe;
import io.fleetwright.forge.quantize.Scheme;
import io.fleetwright.forge.quantize.Step;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.ScaleSpan;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.Digest;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class QuantizedOnnxWriterTest {
    private static final int INPUTS = 16;
    private static final ImageShape GREY = RandomNetworks.INPUT;
    private static final ImageShape COLOUR = new ImageShape(9, 8, 3);
    private static final List<Function<QuantizedNetwork, byte[]>> SPELLINGS =
            List.of(QuantizedOnnxWriter::qcdq, QuantizedOnnxWriter::qonnx);

    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void whatIsReadBackHoldsTheSameIntegersAndIsWrittenAsTheSameBytes(WeightFormat format) throws Exception {
        QuantizedNetwork network = network(5, GREY, format);
        for (var spelling : SPELLINGS) {
            byte[] bytes = spelling.apply(network);
            QuantizedNetwork back = QuantizedOnnxReader.read(bytes);
            assertThat(spelling.apply(back)).isEqualTo(bytes);
            assertThat(TfliteWriter.write(TfliteExport.classifier(back)))
                    .isEqualTo(TfliteWriter.write(TfliteExport.classifier(network)));
        }
    }

    @Test
    void oneSpellingTurnsIntoTheOtherWhereBothSayTheRange() throws Exception {
        QuantizedNetwork network = network(5, GREY, WeightFormat.TERNARY);
        QuantizedNetwork back = QuantizedOnnxReader.read(QuantizedOnnxWriter.qcdq(network));
        assertThat(QuantizedOnnxWriter.qonnx(back)).isEqualTo(QuantizedOnnxWriter.qonnx(network));
    }

    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void filesSayTheBitsOfTheFormat(WeightFormat format) throws Exception {
        int bits = switch (format) {
            case TERNARY -> 2;
            case INT4, INT4_G32 -> 4;
            case INT8, POW2, POW2X2 -> 8;
        };
        for (var spelling : SPELLINGS) {
            QuantizedNetwork back = QuantizedOnnxReader.read(spelling.apply(network(5, GREY, format)));
            assertThat(weights(back))
                    .extracting(weights -> weights.range().bits())
                    .containsOnly(bits);
        }
    }

    /** Under one arithmetic; each file means another, which the runtime takes by default. */
    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void theRuntimeGivesTheBytesOfTheTfliteFileForBothSpellings(WeightFormat format) throws Exception {
        for (ImageShape shape : List.of(GREY, COLOUR)) {
            QuantizedNetwork network = network(6, shape, format);
            Graph tflite = ModelReader.read(TfliteWriter.write(TfliteExport.classifier(network)), "tflite");
            Graph logits = tflite.segment(0, tflite.operators().size() - 1);
            byte[] images = RandomNetworks.bytes(new SplittableRandom(1), 100 * shape.elements());
            for (var spelling : SPELLINGS) {
                Graph onnx = ModelReader.read(spelling.apply(network), "onnx").integerCore();
                assertThat(outputs(onnx.meantFor(logits.arithmetic()), images)).isEqualTo(outputs(logits, images));
            }
        }
    }

    @Test
    void damagedFilesAreRefusedOrRead() throws Exception {
        QuantizedNetwork network = network(7, GREY, WeightFormat.INT4);
        List<byte[]> files =
                SPELLINGS.stream().map(spelling -> spelling.apply(network)).toList();
        SeededCases.forEach(1, 2000, (random, index) -> {
            byte[] damaged = files.get(random.nextInt(files.size())).clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            byte[] cut = random.nextBoolean() ? damaged : Arrays.copyOf(damaged, random.nextInt(damaged.length));
            try {
                QuantizedNetwork read = QuantizedOnnxReader.read(cut);
                assertThat(SPELLINGS)
                        .anySatisfy(spelling -> assertThat(spelling.apply(read)).isEqualTo(cut));
            } catch (OnnxRefusedException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
            try {
                ModelReader.read(cut, "damaged").integerCore();
            } catch (ModelException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
        });
    }

    @Test
    void aFloatFileIsNotAQuantizedOne() {
        byte[] bytes = OnnxWriter.write(RandomNetworks.classifier(new SplittableRandom(1)));
        assertThatExceptionOfType(OnnxRefusedException.class)
                .isThrownBy(() -> QuantizedOnnxReader.read(bytes))
                .withMessageContaining("input.scale");
    }

    private static Stream<QuantizedWeights> weights(QuantizedNetwork network) {
        return network.layers().stream().map(QuantizedLayer::weights).flatMap(Optional::stream);
    }

    private static byte[] outputs(Graph graph, byte[] inputs) {
        Interpreter interpreter = Interpreter.create(graph);
        int size = interpreter.inputBytes();
        var outputs = new byte[inputs.length / size * interpreter.outputBytes()];
        for (int n = 0; n < inputs.length / size; n++) {
            interpreter.run(inputs, n * size, outputs, n * interpreter.outputBytes());
        }
        return outputs;
    }

    private static QuantizedNetwork network(long seed, ImageShape shape, WeightFormat format)
            throws OnnxRefusedException {
        var random = new SplittableRandom(seed);
        FloatNetwork network = RandomNetworks.classifier(random, shape);
        byte[] file = OnnxWriter.write(network);
        byte[] images = RandomNetworks.bytes(random, INPUTS * shape.elements());
        var set = new EvaluationSet(
                List.of(shape.height(), shape.width(), shape.channels()),
                RandomNetworks.CLASSES,
                images,
                1f / 255,
                0,
                new int[INPUTS]);
        CalibrationSet calibration = CalibrationSet.of(network.input(), set, INPUTS);
        var recipe = new Recipe(
                Digest.of(file),
                new CalibrationSource.Given(calibration.digest(), calibration.count()),
                List.of(
                        new Step.SetRanges(Collections.nCopies(network.layers().size(), RangeMethod.MSE)),
                        new Step.RoundWeights(Scheme.uniform(format), Rounding.NEAREST, ScaleSpan.CHANNEL)));
        return recipe.replay(file, Optional.of(calibration)).int8();
    }
}
