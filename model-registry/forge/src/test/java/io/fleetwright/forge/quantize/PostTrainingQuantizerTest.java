package io.fleetwright.forge.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.onnx.OnnxWriter;
import io.fleetwright.forge.pack.MalformedPackageException;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.pack.QuantizedPackage;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PostTrainingQuantizerTest {
    private static final int INPUTS = 256;

    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void theRecipeReplayedFromItsJsonGivesTheSamePackage(WeightFormat format) throws Exception {
        var random = new SplittableRandom(11);
        byte[] file = OnnxWriter.write(RandomNetworks.withStatistics(random));
        CalibrationSet calibration = calibration(random, 20);
        PostTrainingQuantizer.Result result = quantize(file, format, calibration);
        byte[] bytes = PackageCodec.encode(new QuantizedPackage(result.model(), result.recipe()));

        String json = RecipeJson.write(result.recipe());
        Recipe recipe = RecipeJson.read(json);
        assertThat(recipe).isEqualTo(result.recipe());
        QuantizedModel again = recipe.replay(file, Optional.of(calibration));
        assertThat(PackageCodec.encode(new QuantizedPackage(again, recipe))).isEqualTo(bytes);
        assertThat(PackageCodec.encode(PackageCodec.decode(bytes))).isEqualTo(bytes);
    }

    @Test
    void zeroShotNeedsNothingButTheFile() throws Exception {
        byte[] file = OnnxWriter.write(RandomNetworks.withStatistics(new SplittableRandom(12)));
        PostTrainingQuantizer.Result result =
                new PostTrainingQuantizer(_ -> {}).quantizeZeroShot(file, Scheme.uniform(WeightFormat.INT8), 5);
        Recipe recipe = RecipeJson.read(RecipeJson.write(result.recipe()));
        QuantizedModel again = recipe.replay(file, Optional.empty());
        assertThat(PackageCodec.encode(new QuantizedPackage(again, recipe)))
                .isEqualTo(PackageCodec.encode(new QuantizedPackage(result.model(), result.recipe())));
    }

    @Test
    void anotherFileOrOtherInputsAreNotReplayed() throws Exception {
        var random = new SplittableRandom(13);
        byte[] file = OnnxWriter.write(RandomNetworks.withStatistics(random));
        CalibrationSet calibration = calibration(random, 4);
        Recipe recipe = quantize(file, WeightFormat.INT8, calibration).recipe();
        byte[] other = OnnxWriter.write(RandomNetworks.withStatistics(random));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> recipe.replay(other, Optional.of(calibration)))
                .withMessageContaining("source sha256:");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> recipe.replay(file, Optional.of(calibration(random, 4))))
                .withMessageContaining("calibration inputs sha256:");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> recipe.replay(file, Optional.empty()))
                .withMessageContaining("are needed");
    }

    /** The runtime runs the unpacked int8 weights; the float layers of the same integers, rounded, are the oracle. */
    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void theRuntimeIsWithinOneStepOfTheRoundedFloatNetwork(WeightFormat format) throws Exception {
        var random = new SplittableRandom(14);
        byte[] file = OnnxWriter.write(RandomNetworks.withStatistics(random));
        CalibrationSet calibration = calibration(random, INPUTS);
        QuantizedModel model = PackageCodec.decode(PackageCodec.encode(packaged(quantize(file, format, calibration))))
                .model();
        var graph = ModelReader.read(TfliteWriter.write(TfliteExport.classifier(model.int8())), "x.tflite");
        var interpreter = Interpreter.create(graph, Rounding.DOUBLE);
        var in = new byte[interpreter.inputBytes()];
        var out = new byte[interpreter.outputBytes()];
        double difference = 0;
        for (float[] input : calibration.inputs()) {
            for (int i = 0; i < in.length; i++) {
                in[i] = model.input().quantize(input[i]);
            }
            interpreter.run(in, 0, out, 0);
            double[] expected = softmax(logits(model, input));
            for (int k = 0; k < out.length; k++) {
                difference += Math.abs(out[k] + 128 - 256 * expected[k]);
            }
        }
        assertThat(difference / (INPUTS * out.length)).isLessThanOrEqualTo(1);
    }

    @Test
    void formatsErrInTheOrderOfTheirBits() {
        double[] errors = new double[WeightFormat.values().length];
        SeededCases.forEach(20, 3, (random, _) -> {
            byte[] file = OnnxWriter.write(RandomNetworks.withStatistics(random));
            CalibrationSet calibration = calibration(random, 20);
            for (WeightFormat format : WeightFormat.values()) {
                errors[format.code()] += quantize(file, format, calibration).outputError();
            }
        });
        assertThat(errors[WeightFormat.INT8.code()]).isLessThan(errors[WeightFormat.POW2X2.code()]);
        assertThat(errors[WeightFormat.POW2X2.code()]).isLessThan(errors[WeightFormat.INT4.code()]);
        assertThat(errors[WeightFormat.INT4.code()]).isLessThan(errors[WeightFormat.POW2.code()]);
        assertThat(errors[WeightFormat.POW2.code()]).isLessThan(errors[WeightFormat.TERNARY.code()]);
    }

    @Test
    void mixedGivesEachLayerItsOwnFormat() throws Exception {
        var random = new SplittableRandom(15);
        byte[] file = OnnxWriter.write(RandomNetworks.withStatistics(random));
        Scheme scheme = Scheme.parse("mixed:8,4,2,int4-g32");
        QuantizedModel model = new PostTrainingQuantizer(_ -> {})
                .quantize(file, scheme, calibration(random, 4))
                .model();
        assertThat(model.layers().stream().flatMap(layer -> layer.weights().stream()))
                .extracting(weights -> weights.format())
                .containsExactly(WeightFormat.INT8, WeightFormat.INT4, WeightFormat.TERNARY, WeightFormat.INT4_G32);
        assertThat(Scheme.parse(scheme.label())).isEqualTo(scheme);
    }

    @Test
    void whatDoesNotFitIsRefusedWithItsPlace() {
        var random = new SplittableRandom(16);
        byte[] file = OnnxWriter.write(RandomNetworks.withStatistics(random));
        CalibrationSet calibration = calibration(random, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new PostTrainingQuantizer(_ -> {}).quantize(file, Scheme.parse("mixed:8,4"), calibration))
                .withMessageContaining("names 2 layers, the network has 4");
        for (String wrong : new String[] {"int5", "mixed:8", "mixed:8,3", ""}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Scheme.parse(wrong))
                    .withMessageContaining("scheme (%s)", wrong);
        }
        var narrow = new CalibrationSet(new ImageShape(9, 1, 1), List.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> quantize(file, WeightFormat.INT8, narrow))
                .withMessageContaining("must be of");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> quantize(OnnxWriter.write(withZeroChannel()), WeightFormat.INT8, calibration))
                .withMessageContaining("layer 4 (FullyConnected), channel 2: all 6 weights are 0");
    }

    @Test
    void aWeightThatIsNoNumberIsRefusedByName() {
        byte[] file = OnnxWriter.write(RandomNetworks.withStatistics(new SplittableRandom(17)));
        int at = new String(file, StandardCharsets.ISO_8859_1).indexOf("conv1.weight") + "conv1.weight".length();
        // After the name: the tag and length of the raw data, then the first weight.
        Arrays.fill(file, at + 3, at + 7, (byte) 0xFF);
        assertThatExceptionOfType(OnnxRefusedException.class)
                .isThrownBy(() -> quantize(file, WeightFormat.INT8, calibration(new SplittableRandom(1), 4)))
                .withMessageContaining("initializer 'conv1.weight' must be finite, element 0 is NaN");
    }

    @Test
    void damagedPackagesAreRefusedAndRecipesToo() throws Exception {
        var random = new SplittableRandom(18);
        byte[] file = OnnxWriter.write(RandomNetworks.withStatistics(random));
        byte[] bytes = PackageCodec.encode(packaged(quantize(file, WeightFormat.INT4_G32, calibration(random, 4))));
        SeededCases.forEach(1, 500, (damage, _) -> {
            byte[] damaged = Arrays.copyOf(bytes, damage.nextInt(bytes.length));
            byte[] flipped = bytes.clone();
            flipped[damage.nextInt(bytes.length)] ^= (byte) (1 << damage.nextInt(8));
            for (byte[] wrong : List.of(damaged, flipped)) {
                assertThatExceptionOfType(MalformedPackageException.class)
                        .isThrownBy(() -> PackageCodec.decode(wrong))
                        .withMessageContaining("offset");
            }
        });
        for (String wrong : new String[] {"", "{}", "[1]", "{\"source\":7}", "{\"source\":\"x\"", "{} {}"}) {
            assertThatIllegalArgumentException().isThrownBy(() -> RecipeJson.read(wrong));
        }
    }

    private static FloatNetwork withZeroChannel() {
        FloatNetwork network = RandomNetworks.classifier(new SplittableRandom(3));
        List<FloatLayer> layers = new ArrayList<>(network.layers());
        var connected = (FloatLayer.FullyConnected) layers.removeLast();
        float[] weights = connected.weights().clone();
        Arrays.fill(weights, 12, 18, 0);
        layers.add(new FloatLayer.FullyConnected(6, RandomNetworks.CLASSES, weights, connected.bias()));
        return new FloatNetwork(network.name(), network.input(), layers);
    }

    private static PostTrainingQuantizer.Result quantize(byte[] file, WeightFormat format, CalibrationSet calibration)
            throws OnnxRefusedException {
        return new PostTrainingQuantizer(_ -> {}).quantize(file, Scheme.uniform(format), calibration);
    }

    private static QuantizedPackage packaged(PostTrainingQuantizer.Result result) {
        return new QuantizedPackage(result.model(), result.recipe());
    }

    private static CalibrationSet calibration(SplittableRandom random, int count) {
        return new CalibrationSet(RandomNetworks.INPUT, RandomNetworks.inputs(random, count));
    }

    private static float[] logits(QuantizedModel model, float[] input) {
        float[] values = Workpiece.rounded(model.input(), input);
        ImageShape shape = model.shape();
        for (QuantizedModel.Layer layer : model.layers()) {
            values = Workpiece.rounded(layer.output(), new LayerKernel(layer.source(), shape).outputs(values));
            shape = layer.source().outputShape(shape);
        }
        return values;
    }

    private static double[] softmax(float[] logits) {
        double sum = 0;
        var result = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            result[i] = Math.exp(logits[i]);
            sum += result[i];
        }
        for (int i = 0; i < logits.length; i++) {
            result[i] /= sum;
        }
        return result;
    }
}
