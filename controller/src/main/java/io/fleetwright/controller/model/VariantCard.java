package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.forge.evaluate.Evaluation;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.SelfTest;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorInfo;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.part.PartFile;
import io.fleetwright.runtime.part.PartHeader;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What was found out about an artifact by reading and running it.
 *
 * @param golden what its self-test gives, see {@link SelfTest}
 * @param evaluation by the version's evaluation set, absent without one
 */
@SuppressWarnings("ArrayRecordComponent")
record VariantCard(ModelReport report, Graph graph, byte[] golden, Optional<Evaluation> evaluation) {
    private static final int LABEL_CHARS_MAX = 200;

    /**
     * Reads the model, and runs it on the evaluation set when there is one.
     *
     * @param name shown in errors, such as {@code glyphs/1.0.0/w1.0-int8}
     * @throws Refusal naming file, offset or operator, when this runtime cannot run it as it is
     */
    static VariantCard measure(String name, byte[] artifact, Yardstick yardstick) {
        Graph graph;
        try {
            graph = ModelReader.read(artifact, name).integerCore();
        } catch (ModelException unusable) {
            throw new Refusal(Refusal.Kind.INVALID, String.valueOf(unusable.getMessage()));
        }
        if (graph.inputs().size() != 1 || graph.outputs().size() != 1) {
            throw Refusal.invalid("%s: has %d inputs and %d outputs; one of each is allowed"
                    .formatted(name, graph.inputs().size(), graph.outputs().size()));
        }
        TensorInfo input = graph.inputs().get(0);
        TensorInfo output = graph.outputs().get(0);
        if (input.type() != TensorType.INT8 || output.type() != TensorType.INT8) {
            throw Refusal.invalid(
                    "%s: input is %s and output is %s; both must be INT8".formatted(name, input.type(), output.type()));
        }
        try {
            return new VariantCard(
                    ModelReport.of(graph),
                    graph,
                    SelfTest.of(graph),
                    yardstick.set().map(set -> Evaluation.of(graph, set, yardstick.floatAnswers())));
        } catch (IllegalArgumentException doesNotFit) {
            throw Refusal.invalid("%s: evaluation set does not fit: %s".formatted(name, doesNotFit.getMessage()));
        }
    }

    /**
     * What the artifact is a part of; empty for a whole network.
     *
     * @throws Refusal when it contradicts itself
     */
    static Optional<PartHeader> part(String name, byte[] artifact) {
        try {
            return PartFile.header(artifact, name);
        } catch (ModelException malformed) {
            throw new Refusal(Refusal.Kind.INVALID, String.valueOf(malformed.getMessage()));
        }
    }

    /**
     * Checks that a part was cut from a network, so that what was measured of the one is true of the other.
     *
     * @throws Refusal when it was not
     */
    static void requireCutFrom(String name, byte[] part, byte[] whole) {
        try {
            PartFile.requireCutFrom(part, whole, name);
        } catch (ModelException forged) {
            throw new Refusal(Refusal.Kind.INVALID, String.valueOf(forged.getMessage()));
        }
    }

    void write(VariantRow row) {
        row.macs = report.macs();
        row.weightBytes = report.weightBytes();
        row.arenaBytes = report.arenaBytes();
        row.golden = "sha256:" + HexFormat.of().formatHex(golden);
        row.operators = String.join(",", graph.operatorNames());
        TensorInfo input = graph.inputs().get(0);
        row.inputShape = shape(input);
        row.inputName = label(input.name());
        row.inputScale = input.scales().get(0);
        row.inputZeroPoint = input.zeroPoint();
        TensorInfo output = graph.outputs().get(0);
        row.outputShape = shape(output);
        row.outputName = label(output.name());
        row.outputScale = output.scales().get(0);
        row.outputZeroPoint = output.zeroPoint();
        evaluation.ifPresent(measured -> write(measured, row));
    }

    private static void write(Evaluation measured, VariantRow row) {
        row.accuracyCount = measured.accuracy().n();
        row.accuracyCorrect = measured.accuracy().correct();
        row.accuracyLow95 = measured.accuracy().low95();
        row.accuracyHigh95 = measured.accuracy().high95();
        row.saturation = measured.saturation();
        row.robustnessCount = measured.robustness().n();
        row.robustnessSame = measured.robustness().correct();
        measured.comparison().ifPresent(compared -> {
            row.agreementCount = compared.agreement().n();
            row.agreementSame = compared.agreement().correct();
            row.worstClass = compared.worstClass();
            row.worstClassDrop = compared.worstClassDrop();
        });
    }

    /** A tensor's name as text that every database and terminal takes. */
    private static String label(String name) {
        String printable = name.replaceAll("[^\\x20-\\x7e]", "_");
        return printable.length() <= LABEL_CHARS_MAX ? printable : printable.substring(0, LABEL_CHARS_MAX);
    }

    private static String shape(TensorInfo tensor) {
        return String.join(",", tensor.shape().stream().map(String::valueOf).toList());
    }
}
