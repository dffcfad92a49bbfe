package io.fleetwright.zoo.project;

import io.fleetwright.forge.evaluate.Accuracy;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.Evaluator;
import io.fleetwright.forge.evaluate.FloatEvaluator;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.onnx.OnnxWriter;
import io.fleetwright.forge.quantize.Calibration;
import io.fleetwright.forge.quantize.Quantizer;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.zoo.data.Samples;
import io.fleetwright.zoo.data.Split;
import io.fleetwright.zoo.files.ModelFiles;
import io.fleetwright.zoo.files.ModelFiles.Kept;
import io.fleetwright.zoo.train.EpochResult;
import io.fleetwright.zoo.train.NetworkFamily;
import io.fleetwright.zoo.train.NetworkFamily.Member;
import io.fleetwright.zoo.train.Trainer;
import io.fleetwright.zoo.train.TrainingSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Makes every file of a project from a seed: trains all networks, quantizes, measures, writes. */
public final class ProjectTraining {
    /** The seed of the unseen inputs that the figures of the training log are measured on. */
    public static final long TEST_SEED = 20_260_101;

    private static final int CALIBRATION_INPUTS = 500;
    private static final double RATE_FIRST = 4e-3;
    private static final double RATE_LAST = 2e-5;
    private static final Calibration CALIBRATION = new Calibration(0.9999);

    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final List<TrainingLog.Network> networks = new ArrayList<>();
    private final Project project;
    private final Samples samples;
    private final TrainingSettings settings;
    private final Consumer<String> progress;

    private ProjectTraining(Project project, long seed, Effort effort, Consumer<String> progress) {
        this.project = project;
        this.progress = progress;
        samples = project.data().samples(Split.TRAIN, seed);
        settings = new TrainingSettings(
                seed, effort.epochs(), effort.stepsPerEpoch(), effort.threads(), RATE_FIRST, RATE_LAST);
    }

    /**
     * How long to train and how many unseen inputs to measure on. The constants are what the files that come with
     * the product were made with.
     */
    public record Effort(int epochs, int stepsPerEpoch, int testInputs, int threads) {
        public static final int EPOCHS = 14;
        public static final int STEPS_PER_EPOCH = 500;
        public static final int TEST_INPUTS = 10_000;
    }

    /**
     * Trains and writes the files into {@code directory}, which is made when it is not there. Files are written
     * at the end, so a run that is broken off leaves none.
     *
     * @param progress told one line at a time
     */
    public static void run(Project project, long seed, Effort effort, Path directory, Consumer<String> progress)
            throws IOException, InterruptedException {
        var training = new ProjectTraining(project, seed, effort, progress);
        EvaluationSet test = project.data().samples(Split.TEST, TEST_SEED).evaluationSet(effort.testInputs());
        for (NetworkFamily family : project.families()) {
            training.make(family, test);
        }
        Files.createDirectories(directory);
        for (var file : training.files.entrySet()) {
            Files.write(directory.resolve(file.getKey()), file.getValue());
        }
        var log = new TrainingLog(training.settings, TEST_SEED, training.networks, training.files);
        Files.writeString(directory.resolve(ModelFiles.TRAINING_LOG), log.json());
    }

    private void make(NetworkFamily family, EvaluationSet test) throws InterruptedException {
        List<EpochResult> epochs = new ArrayList<>();
        List<FloatNetwork> trained = Trainer.train(project.name(), family, settings, samples, epoch -> {
            epochs.add(epoch);
            progress.accept("%s %s epoch %d of %d: loss %.4f, accuracy %.4f, %.1f s"
                    .formatted(
                            project.name(),
                            epoch.width(),
                            epoch.epoch(),
                            settings.epochs(),
                            epoch.loss(),
                            epoch.accuracy(),
                            epoch.seconds()));
        });
        for (int i = 0; i < trained.size(); i++) {
            Member member = family.members().get(i);
            List<EpochResult> own = epochs.stream()
                    .filter(epoch -> epoch.width().equals(member.width()))
                    .toList();
            finish(member.width(), trained.get(i), own, test);
        }
    }

    private void finish(String width, FloatNetwork trained, List<EpochResult> epochs, EvaluationSet test) {
        files.put(project.files().fileName(ModelFiles.floatVariant(width)), OnnxWriter.write(trained));
        EvaluationSet calibration = samples.evaluationSet(CALIBRATION_INPUTS);
        byte[] tflite =
                TfliteWriter.write(TfliteExport.classifier(Quantizer.quantize(trained, calibration, CALIBRATION)));
        Graph graph = read(trained.name(), tflite);
        if (project.kept() == Kept.FLOAT_AND_INT8) {
            addInt8(ModelFiles.int8Variant(width), tflite, graph, test);
        }
        var result = new TrainingLog.Network(
                width,
                trained.macs(),
                trained.parameters(),
                epochs,
                Accuracy.of(FloatEvaluator.answers(trained, test), test.labels()),
                Evaluator.evaluate(graph, test));
        networks.add(result);
        progress.accept("%s unseen: float %.4f, int8 %.4f of %d"
                .formatted(
                        trained.name(),
                        result.floatAccuracy().fraction(),
                        result.int8Accuracy().fraction(),
                        test.count()));
    }

    private static Graph read(String name, byte[] tflite) {
        try {
            return ModelReader.read(tflite, name + ".tflite");
        } catch (ModelException refused) {
            throw new IllegalStateException("our own runtime refused our own file", refused);
        }
    }

    private void addInt8(String variant, byte[] tflite, Graph graph, EvaluationSet test) {
        var interpreter = Interpreter.create(graph);
        var inputs = new byte[ModelFiles.GOLDEN_VECTORS * interpreter.inputBytes()];
        var outputs = new byte[ModelFiles.GOLDEN_VECTORS * interpreter.outputBytes()];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = (byte) ((test.inputs()[i] & 0xFF) + Byte.MIN_VALUE);
        }
        for (int i = 0; i < ModelFiles.GOLDEN_VECTORS; i++) {
            interpreter.run(inputs, i * interpreter.inputBytes(), outputs, i * interpreter.outputBytes());
        }
        files.put(project.files().fileName(variant), tflite);
        files.put(project.files().goldenInputsName(variant), inputs);
        files.put(project.files().goldenOutputsName(variant), outputs);
    }
}
