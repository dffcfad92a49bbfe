package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.evaluate.MalformedEvaluationSetException;
import io.fleetwright.forge.network.ImageShape;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes evaluation and calibration sets of what people have. */
@Command(name = "dataset", description = "Evaluation and calibration sets from images or NumPy arrays.")
public final class DatasetCommand extends CommandGroup {
    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,4})x([0-9]{1,4})x([13])");
    private static final int BYTE_MAX = 255;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Where a set goes, and what its bytes stand for. */
    static final class Made {
        @Option(names = "--out", required = true, paramLabel = "F", description = "where the set goes")
        private Path out = Path.of("");

        @Option(
                names = "--scale",
                paramLabel = "S",
                description = "real value of a network's input = byte * scale + offset (default: 1/255, for 0 to 1)")
        private float scale = 1f / BYTE_MAX;

        @Option(names = "--offset", paramLabel = "O", description = "(default: 0)")
        private float offset;

        @Option(names = "--inputs", paramLabel = "N", description = "at most so many, evenly from all (default: all)")
        private int inputs = Integer.MAX_VALUE;
    }

    @Command(name = "images", description = "From a folder with one folder of images for each class.")
    int images(
            @Parameters(paramLabel = "FOLDER") Path folder,
            @Option(
                            names = "--shape",
                            required = true,
                            paramLabel = "HxWxC",
                            description = "height, width and channels (1: grey, 3: colours) that the network takes")
                    String shape,
            @Mixin Made made)
            throws CommandFailure {
        Matcher sides = SHAPE.matcher(shape);
        if (!sides.matches()) {
            throw new CommandFailure(
                    "--shape (%s) must be like 32x32x1 or 96x96x3".formatted(shape), CommandFailure.WRONG_USAGE);
        }
        checkInputs(made);
        var found = new ImageFolder(folder);
        try {
            var wanted = new ImageShape(
                    Integer.parseInt(sides.group(1)),
                    Integer.parseInt(sides.group(2)),
                    Integer.parseInt(sides.group(3)));
            EvaluationSet set = found.read(wanted, made.inputs, made.scale, made.offset);
            OutputFile.write(made.out, EvaluationSetCodec.encode(set));
            print(set, found.classes());
        } catch (IllegalArgumentException | ArithmeticException refused) {
            throw new CommandFailure("%s: %s".formatted(folder, refused.getMessage()), refused);
        }
        return CommandFailure.DONE;
    }

    @Command(
            name = "numpy",
            description =
                    "From .npy files: inputs [N, height, width, channels], as bytes or as the real values that the"
                            + " network takes, which then set scale and offset; labels [N].")
    int numpy(
            @Parameters(paramLabel = "INPUTS.npy") Path inputs,
            @Parameters(paramLabel = "LABELS.npy", arity = "0..1", description = "not needed to calibrate") @Nullable
                    Path labels,
            @Mixin Made made)
            throws CommandFailure {
        checkInputs(made);
        NumpyArray array = array(inputs);
        try {
            EvaluationSet set = set(array, labels == null ? null : array(labels), made);
            OutputFile.write(made.out, EvaluationSetCodec.encode(set));
            print(set, List.of());
        } catch (IllegalArgumentException | ArithmeticException refused) {
            throw new CommandFailure("%s: %s".formatted(inputs, refused.getMessage()), refused);
        }
        return CommandFailure.DONE;
    }

    @Command(name = "show", description = "What is in a set.")
    int show(@Parameters(paramLabel = "SET") Path file) throws CommandFailure {
        try {
            print(EvaluationSetCodec.decode(InputFile.read(file)), List.of());
        } catch (MalformedEvaluationSetException malformed) {
            throw new CommandFailure("%s: %s".formatted(file, malformed.getMessage()), malformed);
        }
        return CommandFailure.DONE;
    }

    private static void checkInputs(Made made) throws CommandFailure {
        if (made.inputs < 1) {
            throw new CommandFailure(
                    "--inputs (%d) must be 1 or more".formatted(made.inputs), CommandFailure.WRONG_USAGE);
        }
    }

    private static NumpyArray array(Path file) throws CommandFailure {
        try {
            return NumpyArray.of(InputFile.read(file));
        } catch (IllegalArgumentException malformed) {
            throw new CommandFailure("%s: %s".formatted(file, malformed.getMessage()), malformed);
        }
    }

    private static EvaluationSet set(NumpyArray inputs, @Nullable NumpyArray labels, Made made) {
        int all = inputs.shape().getFirst();
        if (all < 1 || inputs.shape().size() < 2) {
            throw new IllegalArgumentException("shape %s must be [N, ...] with N above 0".formatted(inputs.shape()));
        }
        if (labels != null && labels.count() != all) {
            throw new IllegalArgumentException(
                    "labels (%d) must be as many as inputs (%d)".formatted(labels.count(), all));
        }
        int count = Math.min(made.inputs, all);
        int elements = inputs.count() / all;
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < inputs.count() && !inputs.isBytes(); i++) {
            double value = inputs.at(i);
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException(
                        "element %d of input %d is %s".formatted(i % elements, i / elements, value));
            }
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        float scale = inputs.isBytes() ? made.scale : high > low ? (float) ((high - low) / BYTE_MAX) : 1f;
        float offset = inputs.isBytes() ? made.offset : (float) low;
        var bytes = new byte[Math.multiplyExact(count, elements)];
        var kept = new int[count];
        int classes = 1;
        for (int n = 0; n < count; n++) {
            int at = (int) ((long) n * all / count);
            for (int i = 0; i < elements; i++) {
                double value = inputs.at(at * elements + i);
                bytes[n * elements + i] = (byte)
                        (inputs.isBytes()
                                ? (int) value
                                : Math.clamp(Math.round((value - offset) / scale), 0, BYTE_MAX));
            }
            kept[n] = labels == null ? 0 : label(labels.at(at), at);
        }
        for (int n = 0; n < all && labels != null; n++) {
            classes = Math.max(classes, label(labels.at(n), n) + 1);
        }
        return new EvaluationSet(inputs.shape().subList(1, inputs.shape().size()), classes, bytes, scale, offset, kept);
    }

    private static int label(double value, int index) {
        if (value < 0 || value >= Short.MAX_VALUE * 2 || value != Math.rint(value)) {
            throw new IllegalArgumentException(
                    "label %d (%s) must be a whole number of 0 or more".formatted(index, value));
        }
        return (int) value;
    }

    private void print(EvaluationSet set, List<String> names) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("%d inputs of %s, bytes * %.6g %+.6g"
                .formatted(set.count(), set.inputShape(), set.scale(), set.offset()));
        var counts = new int[set.classes()];
        for (int label : set.labels()) {
            counts[label]++;
        }
        for (int label = 0; label < counts.length; label++) {
            out.println("%6d of class %d%s"
                    .formatted(counts[label], label, names.isEmpty() ? "" : " (" + names.get(label) + ")"));
        }
    }
}
