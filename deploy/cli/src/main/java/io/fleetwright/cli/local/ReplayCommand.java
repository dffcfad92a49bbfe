package io.fleetwright.cli.local;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.evaluate.MalformedEvaluationSetException;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.pack.MalformedPackageException;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.pack.QuantizedPackage;
import io.fleetwright.forge.quantize.QuantizedModel;
import io.fleetwright.forge.quantize.Recipe;
import io.fleetwright.trust.Digest;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a package again from its float file and the steps in it, and compares. */
@Command(
        name = "replay",
        description = "Quantizes again by the recipe in a package; fails unless the same bytes come out.")
public final class ReplayCommand extends CliCommand {
    @Parameters(index = "0", paramLabel = "PACKAGE.fwq", description = "what quantize or model export made")
    private Path packaged = Path.of("");

    @Parameters(index = "1", paramLabel = "FLOAT.onnx", description = "the network that it was made of")
    private Path model = Path.of("");

    @Mixin
    private CalibrationInput calibration = new CalibrationInput();

    @Option(names = "--out", paramLabel = "F.fwq", description = "where what came out goes")
    private @Nullable Path out;

    @Option(names = "--json", description = "one JSON object: identical, recorded, replayed, steps")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        byte[] recorded = InputFile.read(packaged);
        byte[] file = InputFile.read(model);
        try {
            QuantizedPackage quantized = PackageCodec.decode(recorded);
            QuantizedModel again = quantized.recipe().replay(file, inputs(file));
            byte[] replayed = PackageCodec.encode(new QuantizedPackage(again, quantized.recipe()));
            if (out != null) {
                OutputFile.write(out, replayed);
            }
            boolean identical = Arrays.equals(recorded, replayed);
            report(identical, Digest.of(recorded), Digest.of(replayed), quantized.recipe());
            if (!identical) {
                throw new CommandFailure("%s: the recipe makes other bytes".formatted(packaged));
            }
            return CommandFailure.DONE;
        } catch (OnnxRefusedException
                | MalformedPackageException
                | MalformedEvaluationSetException
                | IllegalArgumentException refused) {
            throw new CommandFailure("%s: %s".formatted(packaged, refused.getMessage()), refused);
        }
    }

    private Optional<CalibrationSet> inputs(byte[] file)
            throws CommandFailure, OnnxRefusedException, MalformedEvaluationSetException {
        if (!calibration.isGiven() || calibration.isZeroShot()) {
            return Optional.empty();
        }
        if (!calibration.samplesFit()) {
            throw wrongUsage(calibration.samplesRule());
        }
        FloatNetwork network = OnnxNetworkReader.read(file);
        return Optional.of(calibration.read(network.input()));
    }

    private void report(boolean identical, Digest recorded, Digest replayed, Recipe recipe) {
        if (json) {
            print(object().put("identical", identical)
                    .put("recorded", recorded.value())
                    .put("replayed", replayed.value())
                    .put("steps", recipe.steps().size()));
            return;
        }
        QuantizationReport.printSteps(out(), recipe);
        out().printf("%s %s%n", identical ? "the same bytes:" : "recorded", recorded);
        if (!identical) {
            out().printf("replayed %s%n", replayed);
        }
    }
}
