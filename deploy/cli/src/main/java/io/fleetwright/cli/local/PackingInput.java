package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.forge.evaluate.CutEvaluator;
import io.fleetwright.forge.evaluate.CutLoss;
import io.fleetwright.forge.evaluate.CutLosses;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.evaluate.MalformedEvaluationSetException;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.TensorInfo;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.Penalty;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what the loss of packed cuts is measured by, and how much may be lost. */
final class PackingInput {
    /** Nothing is sent in few bits: what several tensors lose together is not measured. */
    static final Penalty NEVER = (_, bits) -> bits >= Byte.SIZE ? 0 : Double.POSITIVE_INFINITY;

    private static final int IMAGE_RANK = 3;
    private static final float BYTE_MAX = 255;

    @Option(
            names = "--evaluation",
            paramLabel = "FILE|DIR",
            description =
                    "measures what each cut loses in 4 bits: an evaluation set, a folder with one folder of images"
                            + " for each class, or int8 inputs as the network takes them, where answers are compared with"
                            + " those of the network that is not cut")
    private @Nullable Path evaluation;

    @Option(
            names = "--inputs",
            defaultValue = "1000",
            paramLabel = "N",
            description = "most inputs that are run, drawn from all (default: ${DEFAULT-VALUE})")
    private int inputs = 1000;

    @Option(
            names = "--seconds",
            defaultValue = "60",
            paramLabel = "N",
            description = "most time that measuring takes; fewer inputs are run then (default: ${DEFAULT-VALUE})")
    private int seconds = 60;

    @Option(
            names = "--loss-max",
            paramLabel = "P",
            description = "most of the answers that packing may cost, 0 to 1; needs --evaluation (default: 1)")
    private @Nullable Double lossMax;

    boolean isGiven() {
        return evaluation != null;
    }

    /** What is wrong with the options, empty when nothing is. */
    String misuse() {
        Double most = lossMax;
        if (inputs < 1) {
            return "--inputs (%d) must be at least 1".formatted(inputs);
        }
        if (seconds < 1) {
            return "--seconds (%d) must be at least 1".formatted(seconds);
        }
        if (most != null && !(most >= 0 && most <= 1)) {
            return "--loss-max (%s) must be 0 to 1".formatted(most);
        }
        return most != null && evaluation == null ? "--loss-max needs --evaluation" : "";
    }

    /** Most that a plan may lose, 1 for anything. */
    double lossMax() {
        Double most = lossMax;
        return most == null ? 1 : most;
    }

    /**
     * Measures all cuts of a network.
     *
     * @throws CommandFailure if the inputs cannot be read, do not fit, or there was no time for one
     */
    CutLosses measure(Graph graph) throws CommandFailure {
        Path from = evaluation;
        if (from == null) {
            throw new IllegalStateException("there is nothing to measure by");
        }
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        CutLosses measured;
        try {
            if (Files.isDirectory(from)) {
                measured = byLabels(graph, new ImageFolder(from).read(shape(graph), inputs, 1 / BYTE_MAX, 0), end);
            } else {
                byte[] bytes = InputFile.read(from);
                measured = EvaluationSetCodec.isEvaluationSet(bytes)
                        ? byLabels(graph, EvaluationSetCodec.decode(bytes), end)
                        : CutEvaluator.byAgreement(graph, bytes, inputs, () -> System.nanoTime() - end >= 0);
            }
        } catch (MalformedEvaluationSetException | IllegalArgumentException refused) {
            throw new CommandFailure("%s: %s".formatted(from, refused.getMessage()), refused);
        }
        if (measured.inputs() == 0) {
            throw new CommandFailure("%d s were not enough to read %s and run one input".formatted(seconds, from));
        }
        return measured;
    }

    private CutLosses byLabels(Graph graph, EvaluationSet set, long end) {
        return CutEvaluator.byLabels(graph, set, inputs, () -> System.nanoTime() - end >= 0);
    }

    private static ImageShape shape(Graph graph) {
        TensorInfo in = graph.inputs().getFirst();
        List<Integer> shape = in.shape();
        if (shape.size() != IMAGE_RANK + 1) {
            throw new IllegalArgumentException("%s takes %s, which are no images".formatted(graph.name(), shape));
        }
        return new ImageShape(shape.get(1), shape.get(2), shape.get(3));
    }

    /** What a layer's output in fewer than 8 bits loses; where that was not measured it is not sent so. */
    static Penalty penalty(LayerGraph layers, CutLosses measured) {
        Map<Integer, Double> losses = new HashMap<>();
        for (CutLoss cut : measured.cuts()) {
            layers.carried(cut.boundary())
                    .ifPresent(producer ->
                            losses.put(producer, Math.max(0, cut.loss().loss())));
        }
        return (producer, bits) -> bits >= Byte.SIZE ? 0 : losses.getOrDefault(producer, Double.POSITIVE_INFINITY);
    }
}
