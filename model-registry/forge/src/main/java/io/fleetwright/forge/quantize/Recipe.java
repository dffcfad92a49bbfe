package io.fleetwright.forge.quantize;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.calibrate.Distillation;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.trust.Digest;
import java.util.List;
import java.util.Optional;

/**
 * Everything that was done to make a quantized network of a float file: doing it again on the same file and the same
 * calibration inputs gives the same integers.
 *
 * @param source digest of the float ONNX file
 */
public record Recipe(Digest source, CalibrationSource calibration, List<Step> steps) {
    private static final int STEPS_MAX = 100;

    public Recipe {
        steps = List.copyOf(steps);
        if (steps.isEmpty() || steps.size() > STEPS_MAX) {
            throw new IllegalArgumentException("steps (%d) must be 1..%d".formatted(steps.size(), STEPS_MAX));
        }
    }

    /**
     * Does it again.
     *
     * @param calibration the inputs; not needed when they are made from the network's statistics
     * @throws OnnxRefusedException if the file cannot be read
     * @throws IllegalArgumentException if file or inputs are not the recorded ones, or a step does not fit
     */
    public QuantizedModel replay(byte[] file, Optional<CalibrationSet> calibration) throws OnnxRefusedException {
        require("source", source, Digest.of(file));
        FloatNetwork network = OnnxNetworkReader.read(file);
        CalibrationSet inputs = switch (this.calibration) {
            case CalibrationSource.Given given ->
                calibration.orElseThrow(() ->
                        new IllegalArgumentException("calibration inputs %s are needed".formatted(given.digest())));
            case CalibrationSource.Distilled made ->
                Distillation.of(network, made.seed(), made.count(), made.iterations());
        };
        require("calibration inputs", this.calibration.digest(), inputs.digest());
        var piece = new Workpiece(network, inputs);
        steps.forEach(piece::apply);
        return piece.finish();
    }

    private static void require(String what, Digest recorded, Digest found) {
        if (!recorded.equals(found)) {
            throw new IllegalArgumentException("%s %s must be %s".formatted(what, found, recorded));
        }
    }
}
