package io.fleetwright.zoo.glyphs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.evaluate.Accuracy;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.Evaluator;
import io.fleetwright.forge.evaluate.FloatEvaluator;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.pack.QuantizedPackage;
import io.fleetwright.forge.quantize.CalibrationSource;
import io.fleetwright.forge.quantize.PostTrainingQuantizer;
import io.fleetwright.forge.quantize.QuantizedModel;
import io.fleetwright.forge.quantize.RangeMethod;
import io.fleetwright.forge.quantize.Recipe;
import io.fleetwright.forge.quantize.Scheme;
import io.fleetwright.forge.quantize.Step;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.trust.Digest;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures of the quantizer on the networks of the zoo; every step is seeded, so each run prints the same. */
final class QuantizationFiguresTest {
    private static final int CALIBRATION_INPUTS = 128;
    private static final EvaluationSet TEST =
            GlyphDataSet.test(GlyphTraining.TEST_SEED).evaluationSet(2000);

    /** A zoo network with what it is quantized and compared by. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Fixture(String width, byte[] file, FloatNetwork network, CalibrationSet calibration) {
        static Fixture of(String width) throws OnnxRefusedException {
            byte[] file = GlyphModels.bytes(width + "-float");
            FloatNetwork network = OnnxNetworkReader.read(file);
            EvaluationSet images = GlyphDataSet.train(7).evaluationSet(CALIBRATION_INPUTS);
            return new Fixture(width, file, network, CalibrationSet.of(network.input(), images, CALIBRATION_INPUTS));
        }

        double accuracy(String what, QuantizedModel model) throws ModelException {
            byte[] tflite = TfliteWriter.write(TfliteExport.classifier(model.int8()));
            Accuracy accuracy = Evaluator.evaluate(ModelReader.read(tflite, what + ".tflite"), TEST);
            print(what, accuracy);
            System.out.printf("%s %s codes and scales %.2f times smaller%n", width, what, model.weightRatio());
            return accuracy.fraction();
        }

        double floatAccuracy() {
            Accuracy accuracy = Accuracy.of(FloatEvaluator.answers(network, TEST), TEST.labels());
            print("float", accuracy);
            return accuracy.fraction();
        }

        private void print(String what, Accuracy accuracy) {
            System.out.printf(
                    "%s %s %.2f %% of %d (95 %%: %.2f to %.2f)%n",
                    width,
                    what,
                    100 * accuracy.fraction(),
                    accuracy.n(),
                    100 * accuracy.low95(),
                    100 * accuracy.high95());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"w1.0", "w0.5"})
    void int8LosesAtMostOnePointWithImagesAndOneAndAHalfWithout(String width) throws Exception {
        Fixture fixture = Fixture.of(width);
        var quantizer = new PostTrainingQuantizer(_ -> {});
        Scheme int8 = Scheme.uniform(WeightFormat.INT8);
        PostTrainingQuantizer.Result given = quantizer.quantize(fixture.file, int8, fixture.calibration);
        QuantizedModel made = quantizer.quantizeZeroShot(fixture.file, int8, 1).model();
        double real = fixture.floatAccuracy();
        assertThat(fixture.accuracy("int8", given.model())).isGreaterThanOrEqualTo(real - 0.010);
        assertThat(fixture.accuracy("int8 zero-shot", made)).isGreaterThanOrEqualTo(real - 0.015);
        int bytes = PackageCodec.encode(new QuantizedPackage(given.model(), given.recipe())).length;
        System.out.printf(
                "%s int8 package of %d bytes, %.2f times smaller%n",
                width, bytes, QuantizedPackage.ratio(given.model(), bytes));
    }

    /** Both without bias correction, which mends most of what nearest rounding does. */
    @ParameterizedTest
    @ValueSource(strings = {"w1.0", "w0.5"})
    void adaptiveRoundingToFourBitsIsAtLeastOnePointBetterThanNearest(String width) throws Exception {
        Fixture fixture = Fixture.of(width);
        double nearest = fixture.accuracy("int4 nearest", rounded(fixture, WeightFormat.INT4, Rounding.NEAREST));
        double adaptive = fixture.accuracy("int4 adaptive", rounded(fixture, WeightFormat.INT4, Rounding.ADAPTIVE));
        assertThat(adaptive).isGreaterThanOrEqualTo(nearest + 0.01);
    }

    /** int8 at 9 to 96 weights per channel pays more for scales than the 3.9 of larger networks allows. */
    @ParameterizedTest
    @ValueSource(strings = {"w1.0", "w0.5"})
    void smallWeightsAreSmall(String width) throws Exception {
        Fixture fixture = Fixture.of(width);
        assertThat(rounded(fixture, WeightFormat.INT8, Rounding.NEAREST).weightRatio())
                .isGreaterThan(3.75);
        assertThat(rounded(fixture, WeightFormat.INT4_G32, Rounding.NEAREST).weightRatio())
                .isGreaterThan(7.0);
        assertThat(rounded(fixture, WeightFormat.TERNARY, Rounding.NEAREST).weightRatio())
                .isGreaterThan(12.0);
    }

    private static QuantizedModel rounded(Fixture fixture, WeightFormat format, Rounding rounding)
            throws OnnxRefusedException {
        int layers = fixture.network.layers().size();
        var recipe = new Recipe(
                Digest.of(fixture.file),
                new CalibrationSource.Given(fixture.calibration.digest(), fixture.calibration.count()),
                List.of(
                        new Step.SetRanges(Collections.nCopies(layers, RangeMethod.MSE)),
                        new Step.RoundWeights(Scheme.uniform(format), rounding)));
        return recipe.replay(fixture.file, Optional.of(fixture.calibration));
    }
}
