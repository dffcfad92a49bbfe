package io.fleetwright.zoo.glyphs;

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
import io.fleetwright.trust.Digest;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A network of the zoo with what it is quantized by. */
@SuppressWarnings("ArrayRecordComponent")
record ZooNetwork(String width, byte[] file, FloatNetwork network, CalibrationSet calibration) {
    private static final long CALIBRATION_SEED = 7;

    /** @param width {@code w1.0} or {@code w0.5} */
    static ZooNetwork of(String width, int calibrationInputs) throws OnnxRefusedException {
        byte[] file = GlyphModels.bytes(width + "-float");
        FloatNetwork network = OnnxNetworkReader.read(file);
        EvaluationSet images = GlyphDataSet.train(CALIBRATION_SEED).evaluationSet(calibrationInputs);
        return new ZooNetwork(width, file, network, CalibrationSet.of(network.input(), images, calibrationInputs));
    }

    /** Ranges and rounding alone, without what else mends accuracy. */
    QuantizedModel rounded(Scheme scheme, Rounding rounding) throws OnnxRefusedException {
        int layers = network.layers().size();
        var recipe = new Recipe(
                Digest.of(file),
                new CalibrationSource.Given(calibration.digest(), calibration.count()),
                List.of(
                        new Step.SetRanges(Collections.nCopies(layers, RangeMethod.MSE)),
                        new Step.RoundWeights(scheme, rounding)));
        return recipe.replay(file, Optional.of(calibration));
    }
}
