package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.evaluate.MalformedEvaluationSetException;
import io.fleetwright.forge.network.ImageShape;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that say which inputs a network is calibrated with. */
final class CalibrationInput {
    private static final String ZERO_SHOT = "zero-shot";

    @Option(
            names = "--calibration",
            paramLabel = "RAW|zero-shot",
            description = "concatenated float32 inputs as the network takes them, or an evaluation set; zero-shot makes"
                    + " inputs from the statistics in the file")
    private String calibration = "";

    @Option(
            names = "--samples",
            defaultValue = "128",
            paramLabel = "N",
            description = "calibration inputs used of an evaluation set (default: ${DEFAULT-VALUE})")
    private int samples = 128;

    @Option(
            names = "--seed",
            defaultValue = "1",
            paramLabel = "N",
            description = "of the inputs that zero-shot makes (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    boolean isGiven() {
        return !calibration.isEmpty();
    }

    boolean isZeroShot() {
        return calibration.equals(ZERO_SHOT);
    }

    long seed() {
        return seed;
    }

    boolean samplesFit() {
        return samples >= 1 && samples <= CalibrationSet.COUNT_MAX;
    }

    String samplesRule() {
        return "--samples (%d) must be 1 to %d".formatted(samples, CalibrationSet.COUNT_MAX);
    }

    /**
     * The given inputs.
     *
     * @throws IllegalArgumentException if they are not of the shape
     */
    CalibrationSet read(ImageShape shape) throws CommandFailure, MalformedEvaluationSetException {
        byte[] inputs = InputFile.read(Path.of(calibration));
        if (!EvaluationSetCodec.isEvaluationSet(inputs)) {
            return CalibrationSet.raw(shape, inputs);
        }
        EvaluationSet set = EvaluationSetCodec.decode(inputs);
        return CalibrationSet.of(shape, set, samples);
    }
}
