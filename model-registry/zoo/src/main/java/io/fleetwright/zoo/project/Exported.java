package io.fleetwright.zoo.project;

import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.zoo.data.Split;
import io.fleetwright.zoo.files.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What one needs to try a model that comes with the product: float networks, inputs to measure and to calibrate with. */
public final class Exported {
    /** Labelled inputs that the networks have never seen. */
    public static final String EVALUATION = "evaluation.fwe";

    /** Inputs of the kind that the networks were trained with. */
    public static final String CALIBRATION = "calibration.fwe";

    private Exported() {}

    /**
     * Writes the files, over older ones.
     *
     * @param directory made when it is not there
     * @param inputs labelled ones, 1 to 100,000
     * @return the names of the files
     */
    public static List<String> write(Project project, Path directory, int inputs) throws IOException {
        Files.createDirectories(directory);
        List<String> names = new ArrayList<>();
        ModelFiles files = project.files();
        for (String width : project.widths()) {
            String variant = ModelFiles.floatVariant(width);
            names.add(files.fileName(variant));
            Files.write(directory.resolve(files.fileName(variant)), files.bytes(variant));
        }
        names.add(EVALUATION);
        Files.write(
                directory.resolve(EVALUATION),
                EvaluationSetCodec.encode(project.data()
                        .samples(Split.TEST, ProjectTraining.TEST_SEED)
                        .evaluationSet(inputs)));
        names.add(CALIBRATION);
        Files.write(
                directory.resolve(CALIBRATION),
                EvaluationSetCodec.encode(project.data()
                        .samples(Split.TRAIN, Figures.CALIBRATION_SEED)
                        .evaluationSet(Figures.CALIBRATION_INPUTS)));
        return names;
    }
}
