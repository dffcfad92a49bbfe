package io.fleetwright.zoo.project;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.quantize.CalibrationSource;
import io.fleetwright.forge.quantize.QuantizedModel;
import io.fleetwright.forge.quantize.RangeMethod;
import io.fleetwright.forge.quantize.Recipe;
import io.fleetwright.forge.quantize.Scheme;
import io.fleetwright.forge.quantize.Step;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.ScaleSpan;
import io.fleetwright.trust.Digest;
import io.fleetwright.zoo.data.Split;
import io.fleetwright.zoo.files.ModelFiles;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A network of the zoo with what it is quantized by and judged by. */
@SuppressWarnings("ArrayRecordComponent")
record ZooNetwork(String name, byte[] file, FloatNetwork network, CalibrationSet calibration, EvaluationSet test) {
    private static final long CALIBRATION_SEED = 7;

    static ZooNetwork of(String model, String width, int calibrationInputs, int inputs) throws OnnxRefusedException {
        Project project = Project.named(model).orElseThrow();
        byte[] file = project.files().bytes(ModelFiles.floatVariant(width));
        FloatNetwork network = OnnxNetworkReader.read(file);
        EvaluationSet train =
                project.data().samples(Split.TRAIN, CALIBRATION_SEED).evaluationSet(calibrationInputs);
        return new ZooNetwork(
                model + " " + width,
                file,
                network,
                CalibrationSet.of(network.input(), train, calibrationInputs),
                project.data().samples(Split.TEST, ProjectTraining.TEST_SEED).evaluationSet(inputs));
    }

    /** Ranges and rounding alone, without what else mends accuracy. */
    QuantizedModel rounded(Scheme scheme, Rounding rounding) throws OnnxRefusedException {
        int layers = network.layers().size();
        var recipe = new Recipe(
                Digest.of(file),
                new CalibrationSource.Given(calibration.digest(), calibration.count()),
                List.of(
                        new Step.SetRanges(Collections.nCopies(layers, RangeMethod.MSE)),
                        new Step.RoundWeights(scheme, rounding, ScaleSpan.CHANNEL)));
        return recipe.replay(file, Optional.of(calibration));
    }
}
