package io.fleetwright.zoo.glyphs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.forge.evaluate.Accuracy;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.Evaluator;
import io.fleetwright.forge.evaluate.FloatEvaluator;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.pack.QuantizedPackage;
import io.fleetwright.forge.quantize.PostTrainingQuantizer;
import io.fleetwright.forge.quantize.QuantizedModel;
import io.fleetwright.forge.quantize.Scheme;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.ModelException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures of the quantizer on the networks of the zoo; every step is seeded, so each run prints the same. */
final class QuantizationFiguresTest {
    private static final int CALIBRATION_INPUTS = 128;
    private static final EvaluationSet TEST =
            GlyphDataSet.test(GlyphTraining.TEST_SEED).evaluationSet(2000);

    /** A zoo network with what it is measured by. */
    private record Fixture(ZooNetwork zoo) {
        static Fixture of(String width) throws OnnxRefusedException {
            return new Fixture(ZooNetwork.of(width, CALIBRATION_INPUTS));
        }

        double accuracy(String what, QuantizedModel model) throws ModelException {
            byte[] tflite = TfliteWriter.write(TfliteExport.classifier(model.int8()));
            Accuracy accuracy = Evaluator.evaluate(ModelReader.read(tflite, what + ".tflite"), TEST);
            print(what, accuracy);
            System.out.printf("%s %s codes and scales %.2f times smaller%n", zoo.width(), what, model.weightRatio());
            return accuracy.fraction();
        }

        double floatAccuracy() {
            Accuracy accuracy = Accuracy.of(FloatEvaluator.answers(zoo.network(), TEST), TEST.labels());
            print("float", accuracy);
            return accuracy.fraction();
        }

        private void print(String what, Accuracy accuracy) {
            System.out.printf(
                    "%s %s %.2f %% of %d (95 %%: %.2f to %.2f)%n",
                    zoo.width(),
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
        PostTrainingQuantizer.Result given = quantizer.quantize(fixture.zoo.file(), int8, fixture.zoo.calibration());
        QuantizedModel made =
                quantizer.quantizeZeroShot(fixture.zoo.file(), int8, 1).model();
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
        double nearest = fixture.accuracy(
                "int4 nearest", fixture.zoo.rounded(Scheme.uniform(WeightFormat.INT4), Rounding.NEAREST));
        double adaptive = fixture.accuracy(
                "int4 adaptive", fixture.zoo.rounded(Scheme.uniform(WeightFormat.INT4), Rounding.ADAPTIVE));
        assertThat(adaptive).isGreaterThanOrEqualTo(nearest + 0.01);
    }

    /** int8 at 9 to 96 weights per channel pays more for scales than the 3.9 of larger networks allows. */
    @ParameterizedTest
    @ValueSource(strings = {"w1.0", "w0.5"})
    void smallWeightsAreSmall(String width) throws Exception {
        Fixture fixture = Fixture.of(width);
        assertThat(fixture.zoo
                        .rounded(Scheme.uniform(WeightFormat.INT8), Rounding.NEAREST)
                        .weightRatio())
                .isGreaterThan(3.75);
        assertThat(fixture.zoo
                        .rounded(Scheme.uniform(WeightFormat.INT4_G32), Rounding.NEAREST)
                        .weightRatio())
                .isGreaterThan(7.0);
        assertThat(fixture.zoo
                        .rounded(Scheme.uniform(WeightFormat.TERNARY), Rounding.NEAREST)
                        .weightRatio())
                .isGreaterThan(12.0);
    }
}
