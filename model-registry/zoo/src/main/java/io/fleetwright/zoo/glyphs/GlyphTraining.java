package io.fleetwright.zoo.glyphs;

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
import io.fleetwright.zoo.train.EpochResult;
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

/** Makes every file of the glyph model from a seed: trains both widths, quantizes, measures, writes. */
public final class GlyphTraining {
    /** The seed of the unseen images that the figures of the training log are measured on. */
    public static final long TEST_SEED = 20_260_101;

    private static final int CALIBRATION_IMAGES = 500;
    private static final double RATE_FIRST = 4e-3;
    private static final double RATE_LAST = 2e-5;
    private static final Calibration CALIBRATION = new Calibration(0.9999);

    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final List<TrainingLog.Network> networks = new ArrayList<>();
    private final TrainingSettings settings;
    private final long seed;
    private final Consumer<String> progress;

    private GlyphTraining(long seed, Effort effort, Consumer<String> progress) {
        this.seed = seed;
        this.progress = progress;
        settings = new TrainingSettings(
                seed, effort.epochs(), effort.stepsPerEpoch(), effort.threads(), RATE_FIRST, RATE_LAST);
    }

    /**
     * How long to train and how many unseen images to measure on. The constants are what the files that come with
     * the product were made with.
     */
    public record Effort(int epochs, int stepsPerEpoch, int testImages, int threads) {
        public static final int EPOCHS = 14;
        public static final int STEPS_PER_EPOCH = 500;
        public static final int TEST_IMAGES = 10_000;
    }

    /**
     * Trains and writes the files into {@code directory}, which is made when it is not there. Files are written
     * at the end, so a run that is broken off leaves none.
     *
     * @param progress told one line at a time
     */
    public static void run(long seed, Effort effort, Path directory, Consumer<String> progress)
            throws IOException, InterruptedException {
        var training = new GlyphTraining(seed, effort, progress);
        EvaluationSet test = GlyphDataSet.test(TEST_SEED).evaluationSet(effort.testImages());
        for (GlyphNetwork network : GlyphNetwork.values()) {
            training.make(network, test);
        }
        Files.createDirectories(directory);
        for (var file : training.files.entrySet()) {
            Files.write(directory.resolve(file.getKey()), file.getValue());
        }
        var log = new TrainingLog(training.settings, TEST_SEED, training.networks, training.files);
        Files.writeString(directory.resolve(GlyphModels.trainingLogName()), log.json());
    }

    private void make(GlyphNetwork network, EvaluationSet test) throws InterruptedException {
        String width = network.width();
        List<EpochResult> epochs = new ArrayList<>();
        GlyphDataSet images = GlyphDataSet.train(seed);
        FloatNetwork trained = Trainer.train("glyphs-" + width, network.plan(), settings, images, epoch -> {
            epochs.add(epoch);
            progress.accept("%s epoch %d of %d: loss %.4f, accuracy %.4f, %.1f s"
                    .formatted(
                            width, epoch.epoch(), settings.epochs(), epoch.loss(), epoch.accuracy(), epoch.seconds()));
        });
        files.put(GlyphModels.fileName(width + "-float"), OnnxWriter.write(trained));

        String int8 = width + "-int8";
        EvaluationSet calibration = images.evaluationSet(CALIBRATION_IMAGES);
        byte[] tflite =
                TfliteWriter.write(TfliteExport.classifier(Quantizer.quantize(trained, calibration, CALIBRATION)));
        files.put(GlyphModels.fileName(int8), tflite);
        Graph graph = read(int8, tflite);
        addGolden(int8, graph, test);

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
                        width,
                        result.floatAccuracy().fraction(),
                        result.int8Accuracy().fraction(),
                        test.count()));
    }

    private static Graph read(String variant, byte[] tflite) {
        try {
            return ModelReader.read(tflite, GlyphModels.fileName(variant));
        } catch (ModelException refused) {
            throw new IllegalStateException("our own runtime refused our own file", refused);
        }
    }

    private void addGolden(String variant, Graph graph, EvaluationSet test) {
        var interpreter = Interpreter.create(graph);
        var inputs = new byte[GlyphModels.GOLDEN_VECTORS * interpreter.inputBytes()];
        var outputs = new byte[GlyphModels.GOLDEN_VECTORS * interpreter.outputBytes()];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = (byte) ((test.inputs()[i] & 0xFF) + Byte.MIN_VALUE);
        }
        for (int i = 0; i < GlyphModels.GOLDEN_VECTORS; i++) {
            interpreter.run(inputs, i * interpreter.inputBytes(), outputs, i * interpreter.outputBytes());
        }
        files.put(GlyphModels.goldenInputsName(variant), inputs);
        files.put(GlyphModels.goldenOutputsName(variant), outputs);
    }
}
