package io.fleetwright.zoo.project;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.evaluate.Accuracy;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.Evaluator;
import io.fleetwright.forge.evaluate.FloatEvaluator;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
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
import io.fleetwright.forge.weights.ScaleSpan;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.trust.Digest;
import io.fleetwright.zoo.data.Split;
import io.fleetwright.zoo.files.ModelFiles;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A network that comes with the product, quantized and measured on the integer runtime; every step is seeded. */
public final class Figures {
    /** Unseen inputs to measure on, unless told otherwise. */
    public static final int INPUTS = 2000;

    /** Calibration inputs. */
    static final int CALIBRATION_INPUTS = 128;

    /** The heading of {@link Row#row()}. */
    public static final String HEADING = """
            | network | float | int8 | int8 zero-shot | int4 nearest | int4 adaptive | int4-g32 | int8 smaller | int4-g32 smaller | ternary smaller | int8 made and measured |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |""";

    static final long CALIBRATION_SEED = 7;
    private static final long ZERO_SHOT_SEED = 1;

    private final byte[] file;
    private final FloatNetwork network;
    private final CalibrationSet calibration;
    private final EvaluationSet test;
    private final PostTrainingQuantizer quantizer = new PostTrainingQuantizer(_ -> {});

    private Figures(byte[] file, FloatNetwork network, CalibrationSet calibration, EvaluationSet test) {
        this.file = file;
        this.network = network;
        this.calibration = calibration;
        this.test = test;
    }

    /**
     * All that is measured of a network. Accuracies are on the same unseen inputs.
     *
     * @param int8 calibrated with 128 training inputs
     * @param zeroShot int8, calibrated with inputs made from the statistics in the file
     * @param int4Nearest weights rounded to the nearest of 4 bits, without bias correction
     * @param int4Adaptive the same with adaptive rounding
     * @param int4Groups int4 in groups of 32, calibrated like {@code int8}
     * @param int8Ratio float weights over codes and scales, in bytes
     * @param int4Ratio of {@code int4Groups}
     * @param int8Seconds to make and measure {@code int8}
     */
    public record Row(
            String network,
            Accuracy real,
            Accuracy int8,
            Accuracy zeroShot,
            Accuracy int4Nearest,
            Accuracy int4Adaptive,
            Accuracy int4Groups,
            double int8Ratio,
            double int4Ratio,
            double ternaryRatio,
            double int8Seconds) {
        /** One line of a Markdown table under {@link Figures#HEADING}. */
        public String row() {
            return String.format(
                    Locale.ROOT,
                    "| `%s` | %.2f %% | %.2f %% | %.2f %% | %.2f %% | %.2f %% | %.2f %% | %.2fx | %.2fx | %.2fx | %.1f s |",
                    network,
                    100 * real.fraction(),
                    100 * int8.fraction(),
                    100 * zeroShot.fraction(),
                    100 * int4Nearest.fraction(),
                    100 * int4Adaptive.fraction(),
                    100 * int4Groups.fraction(),
                    int8Ratio,
                    int4Ratio,
                    ternaryRatio,
                    int8Seconds);
        }
    }

    /** Measures a network in every form. */
    public static Row of(Project project, String width, int inputs) {
        Figures figures = read(project, width, inputs);
        long begin = System.nanoTime();
        QuantizedModel int8 = figures.best(WeightFormat.INT8);
        Accuracy int8Accuracy = figures.accuracy(int8);
        double seconds = (System.nanoTime() - begin) / 1e9;
        QuantizedModel groups = figures.best(WeightFormat.INT4_G32);
        return new Row(
                figures.network.name(),
                figures.real(),
                int8Accuracy,
                figures.accuracy(figures.zeroShot()),
                figures.accuracy(figures.rounded(WeightFormat.INT4, Rounding.NEAREST)),
                figures.accuracy(figures.rounded(WeightFormat.INT4, Rounding.ADAPTIVE)),
                figures.accuracy(groups),
                int8.weightRatio(),
                groups.weightRatio(),
                figures.rounded(WeightFormat.TERNARY, Rounding.NEAREST).weightRatio(),
                seconds);
    }

    /** Reads a network and draws the inputs it is calibrated and measured by. */
    static Figures read(Project project, String width, int inputs) {
        byte[] file = project.files().bytes(ModelFiles.floatVariant(width));
        try {
            FloatNetwork network = OnnxNetworkReader.read(file);
            EvaluationSet training =
                    project.data().samples(Split.TRAIN, CALIBRATION_SEED).evaluationSet(CALIBRATION_INPUTS);
            return new Figures(
                    file,
                    network,
                    CalibrationSet.of(network.input(), training, CALIBRATION_INPUTS),
                    project.data()
                            .samples(Split.TEST, ProjectTraining.TEST_SEED)
                            .evaluationSet(inputs));
        } catch (OnnxRefusedException refused) {
            throw ours(refused);
        }
    }

    Accuracy real() {
        return Accuracy.of(FloatEvaluator.answers(network, test), test.labels());
    }

    /** The best recipe by the calibration inputs. */
    QuantizedModel best(WeightFormat format) {
        try {
            return quantizer.quantize(file, Scheme.uniform(format), calibration).model();
        } catch (OnnxRefusedException refused) {
            throw ours(refused);
        }
    }

    /** The best recipe by inputs made from the file. */
    QuantizedModel zeroShot() {
        try {
            return quantizer
                    .quantizeZeroShot(file, Scheme.uniform(WeightFormat.INT8), ZERO_SHOT_SEED)
                    .model();
        } catch (OnnxRefusedException refused) {
            throw ours(refused);
        }
    }

    /** One recipe without bias correction, which mends most of what nearest rounding does. */
    QuantizedModel rounded(WeightFormat format, Rounding rounding) {
        var recipe = new Recipe(
                Digest.of(file),
                new CalibrationSource.Given(calibration.digest(), calibration.count()),
                List.of(
                        new Step.SetRanges(Collections.nCopies(network.layers().size(), RangeMethod.MSE)),
                        new Step.RoundWeights(Scheme.uniform(format), rounding, ScaleSpan.CHANNEL)));
        try {
            return recipe.replay(file, Optional.of(calibration));
        } catch (OnnxRefusedException refused) {
            throw ours(refused);
        }
    }

    Accuracy accuracy(QuantizedModel model) {
        return Accuracy.of(answers(model, test), test.labels());
    }

    /** What the integer runtime answers. */
    int[] answers(QuantizedModel model, EvaluationSet set) {
        byte[] tflite = TfliteWriter.write(TfliteExport.classifier(model.int8()));
        try {
            return Evaluator.answers(ModelReader.read(tflite, network.name() + ".tflite"), set);
        } catch (ModelException refused) {
            throw ours(refused);
        }
    }

    private static IllegalStateException ours(Exception refused) {
        return new IllegalStateException("a file that comes with the product was refused", refused);
    }
}
