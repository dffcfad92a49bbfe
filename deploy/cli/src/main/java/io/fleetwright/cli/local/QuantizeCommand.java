package io.fleetwright.cli.local;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.evaluate.MalformedEvaluationSetException;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.pack.QuantizedPackage;
import io.fleetwright.forge.quantize.PostTrainingQuantizer;
import io.fleetwright.forge.quantize.SchemeChoice;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import java.io.Console;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Turns a trained float network into integers, and says what that cost and saved. */
@Command(
        name = "quantize",
        description = "Quantizes a trained float ONNX network; with --evaluation also says what accuracy is left.")
public final class QuantizeCommand extends CliCommand {
    private static final String PACKAGE_ENDING = ".fwq";

    @Parameters(paramLabel = "FLOAT.onnx", description = "a chain of Conv, BatchNormalization, Relu, pool and Gemm")
    private Path model = Path.of("");

    @Option(
            names = "--scheme",
            required = true,
            paramLabel = "S",
            description =
                    "int8, int4, int4-g32, ternary, pow2, pow2x2; mixed:A,B,... with 8, 4, 2 or one of these for each"
                            + " layer with weights; mixed:size:0.5 or mixed:bops:0.5 chooses 8 or 4 bits within a budget"
                            + " from all layers at 4 (0) to all at 8 (1), by how far the answers move, or with :hessian"
                            + " by the curvature of the loss")
    private String scheme = "";

    @Mixin
    private CalibrationInput calibration = new CalibrationInput();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "F",
            description =
                    "where the network goes: packed codes and recipe when it ends in .fwq, else int8 TensorFlow Lite")
    private Path out = Path.of("");

    @Option(names = "--report", paramLabel = "JSON", description = "where steps, sizes and accuracy go")
    private @Nullable Path report;

    @Option(names = "--evaluation", paramLabel = "F", description = "a labelled evaluation set to measure accuracy on")
    private @Nullable Path evaluation;

    @Option(names = "--json", description = "prints the report, one JSON object, instead of text")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        if (!calibration.isGiven()) {
            throw wrongUsage("Missing required option: '--calibration=RAW|zero-shot'");
        }
        if (!calibration.samplesFit()) {
            throw wrongUsage(calibration.samplesRule());
        }
        byte[] file = InputFile.read(model);
        try {
            FloatNetwork network = OnnxNetworkReader.read(file);
            Optional<EvaluationSet> set = evaluation == null
                    ? Optional.empty()
                    : Optional.of(EvaluationSetCodec.decode(InputFile.read(evaluation)));
            PostTrainingQuantizer.Result result = quantize(file, network.input(), scheme());
            var quantized = new QuantizedPackage(result.model(), result.recipe());
            byte[] packed = PackageCodec.encode(quantized);
            byte[] tflite =
                    TfliteWriter.write(TfliteExport.classifier(result.model().int8()));
            var outcome = QuantizationReport.of(network, result, packed.length, tflite, set);
            OutputFile.write(out, out.toString().endsWith(PACKAGE_ENDING) ? packed : tflite);
            if (report != null) {
                OutputFile.write(report, outcome.json().toPrettyString().getBytes(StandardCharsets.UTF_8));
            }
            if (json) {
                print(outcome.json());
            } else {
                outcome.print(out());
            }
            return CommandFailure.DONE;
        } catch (OnnxRefusedException | MalformedEvaluationSetException | IllegalArgumentException refused) {
            // Whatever does not fit is told by these, with its place.
            throw new CommandFailure("%s: %s".formatted(model, refused.getMessage()), refused);
        }
    }

    private SchemeChoice scheme() {
        try {
            return SchemeChoice.parse(scheme);
        } catch (IllegalArgumentException unknown) {
            throw wrongUsage("--" + unknown.getMessage());
        }
    }

    private PostTrainingQuantizer.Result quantize(byte[] file, ImageShape shape, SchemeChoice wanted)
            throws CommandFailure, OnnxRefusedException, MalformedEvaluationSetException {
        var quantizer = new PostTrainingQuantizer(progress());
        return calibration.isZeroShot()
                ? quantizer.quantizeZeroShot(file, wanted, calibration.seed())
                : quantizer.quantize(file, wanted, calibration.read(shape));
    }

    /** Lines for who watches; nothing for a pipe. */
    private Consumer<String> progress() {
        boolean watched =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        return watched && !json ? err()::println : _ -> {};
    }
}
